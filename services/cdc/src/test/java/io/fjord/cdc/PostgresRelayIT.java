package io.fjord.cdc;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.capture.DatabaseLogin;
import io.fjord.embedded.DatabaseServer;
import io.fjord.testing.TestServers;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;

class PostgresRelayIT extends RelayContract {

    @Override
    DatabaseServer server() {
        return TestServers.postgres();
    }

    @Override
    void loseThePlaceInTheLog() throws SQLException {
        journal.execute();
        try (var connection = JournalWriter.connect(server.adminAddress())) {
            DatabaseLogin.texts(
                    connection, "select pg_terminate_backend(active_pid, 5000) from pg_replication_slots where active");
            DatabaseLogin.texts(connection, "select pg_drop_replication_slot('fjord_relay')::text");
        }
    }

    @Override
    void appendUnseenByTheStream(int events) throws SQLException {
        journal.execute("alter publication fjord_journal drop table " + schema + ".event");
        journal.append(events);
        journal.execute("alter publication fjord_journal add table " + schema + ".event");
    }

    @AfterEach
    void lostSlotsWereCounted() {
        assertThat(metrics.counter("fjord_relay_slot_lost").count()).isBetween(0.0, 1.0);
    }
}
