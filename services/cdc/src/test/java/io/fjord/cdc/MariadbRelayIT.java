package io.fjord.cdc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.embedded.DatabaseServer;
import io.fjord.testing.TestServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

class MariadbRelayIT extends RelayContract {

    @Override
    DatabaseServer server() {
        return TestServers.mariadb();
    }

    @Override
    void loseThePlaceInTheLog() throws SQLException {
        try (Connection connection = JournalWriter.connect(server.adminAddress())) {
            JournalWriter.execute(connection, "reset master");
        }
    }

    @Override
    void appendUnseenByTheStream(int events) throws SQLException {
        try (Connection connection = JournalWriter.connect(server.adminAddress())) {
            JournalWriter.execute(connection, "set session sql_log_bin = 0");
            journal.append(connection, events);
        }
    }

    @Test
    void a_binlog_without_whole_rows_is_no_start() throws SQLException {
        try (Connection connection = JournalWriter.connect(server.adminAddress())) {
            JournalWriter.execute(connection, "set global binlog_row_image = 'MINIMAL'");
            try {
                assertThatThrownBy(() -> new Relay(config(), new SimpleMeterRegistry()).check())
                        .isInstanceOf(Misconfigured.class)
                        .hasMessageContaining("Set log_bin, binlog_format=ROW and binlog_row_image=FULL");
            } finally {
                JournalWriter.execute(connection, "set global binlog_row_image = 'FULL'");
            }
        }
    }
}
