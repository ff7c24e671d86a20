package io.fjord.cdc;

import io.fjord.platform.sql.DatabaseUrl;
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
import java.util.concurrent.ThreadLocalRandom;

/**
 * Journals on MariaDB or MySQL: a database per service, streamed from the binlog.
 *
 * <p>Nothing is kept between starts, neither a binlog offset nor a schema history: the stream begins at the binlog's end and
 * the journal fills what came before. So a purged or reset binlog takes nothing away, and there is no history to lose.
 */
record MariadbJournals(DatabaseUrl url) implements JournalDatabase {

    @Override
    public Connection connect() throws SQLException {
        Properties settings = new Properties();
        settings.setProperty("connectTimeout", "5000");
        settings.setProperty("socketTimeout", "60000");
        settings.setProperty("tcpKeepAlive", "true");
        settings.setProperty("allowPublicKeyRetrieval", "true");
        settings.setProperty(
                "sslMode",
                switch (url.tls()) {
                    case DISABLE -> "disable";
                    case REQUIRE -> "trust";
                    case VERIFY_FULL -> "verify-full";
                });
        return JournalDatabase.open("jdbc:mariadb://" + url.host() + ":" + url.port() + "/", url, settings);
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
        Set<String> there = new HashSet<>(JournalDatabase.texts(
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
        boolean mariadb = url.dialect() == Dialect.MARIADB;
        Properties engine = new Properties();
        engine.setProperty(
                "connector.class",
                mariadb
                        ? "io.debezium.connector.mariadb.MariaDbConnector"
                        : "io.debezium.connector.mysql.MySqlConnector");
        // The server drops the older of two replicas with one number; a predecessor that is not quite gone must not be
        // ours.
        engine.setProperty(
                "database.server.id",
                Integer.toString(ThreadLocalRandom.current().nextInt(100_000, Integer.MAX_VALUE)));
        engine.setProperty(
                "database.ssl.mode",
                switch (url.tls()) {
                    case DISABLE -> mariadb ? "disable" : "disabled";
                    case REQUIRE -> mariadb ? "trust" : "required";
                    case VERIFY_FULL -> mariadb ? "verify-full" : "verify_identity";
                });
        engine.setProperty(
                "database.include.list",
                String.join(",", services.stream().map(Schemas::of).toList()));
        engine.setProperty("table.include.list", JournalDatabase.tables(services));
        // The binlog is waited for in the socket, so nothing has to look often.
        engine.setProperty("poll.interval.ms", "200");
        engine.setProperty("snapshot.locking.mode", "none");
        engine.setProperty("schema.history.internal", "io.debezium.relational.history.MemorySchemaHistory");
        engine.setProperty("schema.history.internal.store.only.captured.tables.ddl", "true");
        engine.setProperty("schema.history.internal.store.only.captured.databases.ddl", "true");
        engine.setProperty("include.schema.changes", "false");
        engine.setProperty("connect.keep.alive.interval.ms", "5000");
        engine.setProperty("heartbeat.interval.ms", "5000");
        return engine;
    }

    @Override
    public String serviceField() {
        return "db";
    }
}
