package io.fjord.cdc;

import io.fjord.capture.DatabaseLogin;
import io.fjord.contract.core.pipeline.DatabaseKind;
import io.fjord.platform.sql.Dialect;
import io.fjord.platform.sql.Schemas;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/**
 * Journals on MariaDB or MySQL: a database per service, streamed from the binlog.
 *
 * <p>Nothing is kept between starts, neither a binlog offset nor a schema history: the stream begins at the binlog's end and
 * the journal fills what came before. So a purged or reset binlog takes nothing away, and there is no history to lose.
 */
record MariadbJournals(DatabaseLogin login) implements JournalDatabase {

    @Override
    public Dialect dialect() {
        return login.kind() == DatabaseKind.MARIADB ? Dialect.MARIADB : Dialect.MYSQL;
    }

    @Override
    public void check(Connection connection) throws SQLException {
        String logs = JournalDatabase.text(connection, "select @@global.log_bin");
        String format = JournalDatabase.text(connection, "select @@global.binlog_format");
        String image = JournalDatabase.text(connection, "select @@global.binlog_row_image");
        if (!logs.equals("1") || !format.equals("ROW") || !image.equals("FULL")) {
            throw new Misconfigured("The database has log_bin=" + logs + ", binlog_format=" + format
                    + " and binlog_row_image=" + image + ", so rows cannot be streamed from its binlog."
                    + " Set log_bin, binlog_format=ROW and binlog_row_image=FULL and restart it.");
        }
    }

    @Override
    public List<String> ready(Connection connection, Collection<String> services) throws SQLException {
        Set<String> there = new HashSet<>(DatabaseLogin.texts(
                connection, "select table_schema from information_schema.tables where table_name = 'event'"));
        return services.stream()
                .filter(service -> there.contains(Schemas.of(service)))
                .toList();
    }

    @Override
    public boolean tryLease(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("set session wait_timeout = " + Lease.LASTS.toSeconds());
        }
        return JournalDatabase.text(connection, "select get_lock('fjord.relay', 0)")
                .equals("1");
    }

    @Override
    public Optional<String> prepareStream(Connection connection, boolean streamedBefore) {
        return Optional.empty();
    }

    @Override
    public Properties engine(Collection<String> services) {
        Properties engine = login.rows("fjord-relay", "fjord_relay", JournalDatabase.tables(services));
        engine.setProperty(
                "database.include.list",
                String.join(",", services.stream().map(Schemas::of).toList()));
        // The binlog is waited for in the socket, so nothing has to look often.
        engine.setProperty("poll.interval.ms", "200");
        return engine;
    }

    @Override
    public String serviceField() {
        return "db";
    }
}
