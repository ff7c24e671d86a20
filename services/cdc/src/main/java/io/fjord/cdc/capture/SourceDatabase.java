package io.fjord.cdc.capture;

import io.fjord.platform.sql.DatabaseUrl;
import io.fjord.platform.sql.Dialect;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;

/** A database as the capture role reaches it, by JDBC and by Debezium. */
final class SourceDatabase {

    private final DatabaseUrl url;
    private final boolean postgres;

    SourceDatabase(DatabaseUrl url) {
        this.url = url;
        this.postgres = url.dialect() == Dialect.POSTGRES;
    }

    Connection connect() throws SQLException {
        Properties login = new Properties();
        login.setProperty("user", url.user());
        login.setProperty("password", url.password());
        if (postgres) {
            login.setProperty("ApplicationName", "fjord-capture");
            login.setProperty("connectTimeout", "5");
            login.setProperty("socketTimeout", "60");
            login.setProperty("tcpKeepAlive", "true");
            login.setProperty(
                    "sslmode",
                    switch (url.tls()) {
                        case DISABLE -> "disable";
                        case REQUIRE -> "require";
                        case VERIFY_FULL -> "verify-full";
                    });
        } else {
            login.setProperty("connectTimeout", "5000");
            login.setProperty("socketTimeout", "60000");
            login.setProperty("tcpKeepAlive", "true");
            login.setProperty("allowPublicKeyRetrieval", "true");
            login.setProperty(
                    "sslMode",
                    switch (url.tls()) {
                        case DISABLE -> "disable";
                        case REQUIRE -> "trust";
                        case VERIFY_FULL -> "verify-full";
                    });
        }
        Connection connection = DriverManager.getConnection(
                "jdbc:" + (postgres ? "postgresql" : "mariadb") + "://" + url.host() + ":" + url.port() + "/"
                        + url.database(),
                login);
        connection.setAutoCommit(true);
        return connection;
    }

    /**
     * What Debezium must be told of the connection.
     *
     * @param slot of the slot and of the publication, where the database has such
     * @param tables regular expressions, separated by commas
     */
    Properties engine(String slot, String tables) {
        return postgres ? postgresEngine(slot, tables) : binlogEngine(tables);
    }

    private Properties postgresEngine(String slot, String tables) {
        Properties engine = new Properties();
        engine.setProperty("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
        engine.setProperty("database.dbname", url.database());
        engine.setProperty(
                "database.sslmode",
                switch (url.tls()) {
                    case DISABLE -> "disable";
                    case REQUIRE -> "require";
                    case VERIFY_FULL -> "verify-full";
                });
        engine.setProperty("plugin.name", "pgoutput");
        engine.setProperty("publication.name", slot);
        engine.setProperty("publication.autocreate.mode", "disabled");
        engine.setProperty("slot.name", slot);
        engine.setProperty("slot.max.retries", "3");
        engine.setProperty("slot.retry.delay.ms", "1000");
        engine.setProperty("status.update.interval.ms", "5000");
        engine.setProperty("lsn.flush.mode", "connector_and_driver");
        engine.setProperty("table.include.list", tables);
        // Moves the slot on while nobody logs in.
        engine.setProperty(
                "heartbeat.action.query", "select pg_logical_emit_message(false, 'fjord-heartbeat', now()::varchar)");
        return engine;
    }

    private Properties binlogEngine(String tables) {
        boolean mariadb = url.dialect() == Dialect.MARIADB;
        Properties engine = new Properties();
        engine.setProperty(
                "connector.class",
                mariadb
                        ? "io.debezium.connector.mariadb.MariaDbConnector"
                        : "io.debezium.connector.mysql.MySqlConnector");
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
        engine.setProperty("database.include.list", url.database());
        engine.setProperty("table.include.list", tables);
        engine.setProperty("snapshot.locking.mode", "none");
        engine.setProperty("schema.history.internal", "io.debezium.relational.history.MemorySchemaHistory");
        engine.setProperty("schema.history.internal.store.only.captured.tables.ddl", "true");
        engine.setProperty("schema.history.internal.store.only.captured.databases.ddl", "true");
        engine.setProperty("include.schema.changes", "false");
        engine.setProperty("connect.keep.alive.interval.ms", "5000");
        return engine;
    }

    static List<String> texts(Connection connection, String query) throws SQLException {
        try (var statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            List<String> all = new ArrayList<>();
            while (row.next()) {
                all.add(String.valueOf(row.getString(1)));
            }
            return all;
        }
    }
}
