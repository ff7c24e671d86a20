package io.fjord.capture;

import io.fjord.contract.core.pipeline.DatabaseKind;
import io.fjord.contract.core.pipeline.DatabaseTls;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * How a database is reached, by JDBC and by Debezium.
 *
 * @param host a name, or an address; with {@code VERIFY_FULL} what the server's certificate must name
 * @param database empty for none; PostgreSQL needs one
 */
public record DatabaseLogin(
        DatabaseKind kind, String host, int port, String database, String user, String password, DatabaseTls tls) {

    /** Rather than those in a file at home. */
    private static final String JAVAS_AUTHORITIES = "org.postgresql.ssl.DefaultJavaSSLFactory";

    public boolean isPostgres() {
        return kind == DatabaseKind.POSTGRESQL;
    }

    public DatabaseLogin withoutDatabase() {
        return new DatabaseLogin(kind, host, port, "", user, password, tls);
    }

    /**
     * A connection that commits each statement, with time-outs for everything that could hang.
     *
     * @param application what PostgreSQL shows beside it
     * @param patience how long connecting may take, in whole seconds
     */
    public Connection connect(String application, Duration patience) throws SQLException {
        Properties login = new Properties();
        login.setProperty("user", user);
        login.setProperty("password", password);
        login.setProperty("tcpKeepAlive", "true");
        if (isPostgres()) {
            login.setProperty("ApplicationName", application);
            login.setProperty("connectTimeout", Long.toString(patience.toSeconds()));
            login.setProperty("socketTimeout", "60");
            login.setProperty("sslmode", postgresTls());
            if (tls == DatabaseTls.VERIFY_FULL) {
                login.setProperty("sslfactory", JAVAS_AUTHORITIES);
            }
        } else {
            login.setProperty("connectTimeout", Long.toString(patience.toMillis()));
            login.setProperty("socketTimeout", "60000");
            login.setProperty("allowPublicKeyRetrieval", "true");
            login.setProperty("allowLocalInfile", "false");
            login.setProperty("sslMode", mariadbTls());
        }
        String at = host.contains(":") ? "[" + host + "]" : host;
        Connection connection = DriverManager.getConnection(
                "jdbc:" + (isPostgres() ? "postgresql" : "mariadb") + "://" + at + ":" + port + "/" + database, login);
        connection.setAutoCommit(true);
        return connection;
    }

    private String postgresTls() {
        return switch (tls) {
            case DISABLE -> "disable";
            case REQUIRE -> "require";
            case VERIFY_FULL -> "verify-full";
        };
    }

    private String mariadbTls() {
        return switch (tls) {
            case DISABLE -> "disable";
            case REQUIRE -> "trust";
            case VERIFY_FULL -> "verify-full";
        };
    }

    private String mysqlTls() {
        return switch (tls) {
            case DISABLE -> "disabled";
            case REQUIRE -> "required";
            case VERIFY_FULL -> "verify_identity";
        };
    }

    /**
     * An engine for rows that are added, which begins at the end of the log every time.
     *
     * @param name of the engine
     * @param slot of the slot and of the publication, where the database has such
     * @param tables regular expressions, separated by commas
     */
    public Properties rows(String name, String slot, String tables) {
        Properties engine = engine(name, slot, tables);
        engine.setProperty("snapshot.mode", "no_data");
        engine.setProperty("snapshot.locking.mode", "none");
        engine.setProperty("offset.storage", "org.apache.kafka.connect.storage.MemoryOffsetBackingStore");
        engine.setProperty("offset.flush.interval.ms", "5000");
        engine.setProperty("skipped.operations", "u,d,t");
        engine.setProperty("provide.transaction.metadata", "false");
        if (isPostgres()) {
            engine.setProperty("lsn.flush.mode", "connector_and_driver");
            // Moves the slot on while these tables rest and others are written; in the log, so it needs no table and no
            // right.
            engine.setProperty("heartbeat.action.query", beat(false));
        }
        return engine;
    }

    /**
     * An engine for all changes, each in its transaction; what it is told to be done with counts as read at once.
     *
     * @param name of the engine
     * @param slot of the slot and of the publication, where the database has such
     * @param tables regular expressions, separated by commas
     * @param offset where to go on, as {@link SourceRecords#offsetAfter} gave it; null to read everything first
     */
    public Properties changes(String name, String slot, String tables, @Nullable Map<String, Object> offset) {
        Properties engine = engine(name, slot, tables);
        engine.setProperty("offset.storage", TopicOffsets.class.getName());
        engine.setProperty("offset.flush.interval.ms", "0");
        engine.setProperty("poll.interval.ms", "100");
        engine.setProperty("skipped.operations", "none");
        engine.setProperty("provide.transaction.metadata", "true");
        engine.setProperty("decimal.handling.mode", "string");
        if (isPostgres()) {
            engine.setProperty("lsn.flush.mode", "connector");
            // In a transaction of its own, so that there is a commit to go on from though nothing changes.
            engine.setProperty("heartbeat.action.query", beat(true));
        }
        if (offset == null) {
            engine.setProperty("snapshot.mode", "initial");
            // For an instant nobody writes: else what is read and where the stream begins are not the same moment.
            engine.setProperty("snapshot.locking.mode", isPostgres() ? "none" : "minimal");
        } else {
            // The columns are as they were, so what they looked like then can be read now.
            engine.setProperty("snapshot.mode", isPostgres() ? "no_data" : "recovery");
            engine.setProperty("snapshot.locking.mode", "none");
            TopicOffsets.tell(engine, offset);
        }
        return engine;
    }

    private static String beat(boolean transaction) {
        return "select pg_logical_emit_message(" + transaction + ", 'fjord-heartbeat', now()::varchar)";
    }

    /** What is the same for all. */
    private Properties engine(String name, String slot, String tables) {
        Properties engine = isPostgres() ? postgresEngine(slot) : binlogEngine();
        engine.setProperty("name", name);
        engine.setProperty("topic.prefix", name);
        engine.setProperty("database.hostname", host);
        engine.setProperty("database.port", Integer.toString(port));
        engine.setProperty("database.user", user);
        engine.setProperty("database.password", password);
        engine.setProperty("table.include.list", tables);
        // Asked for, and not used: whoever listens has a producer of their own.
        engine.setProperty("bootstrap.servers", "127.0.0.1:9");
        engine.setProperty("heartbeat.interval.ms", "5000");
        engine.setProperty("record.processing.threads", "1");
        engine.setProperty("tombstones.on.delete", "false");
        engine.setProperty("extended.headers.enabled", "false");
        // Starting again is done by who started it, and knows where to go on.
        engine.setProperty("errors.max.retries", "0");
        engine.setProperty("task.management.timeout.ms", "20000");
        return engine;
    }

    private Properties postgresEngine(String slot) {
        Properties engine = new Properties();
        engine.setProperty("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
        engine.setProperty("database.dbname", database);
        engine.setProperty("database.sslmode", postgresTls());
        if (tls == DatabaseTls.VERIFY_FULL) {
            engine.setProperty("database.sslfactory", JAVAS_AUTHORITIES);
        }
        engine.setProperty("plugin.name", "pgoutput");
        engine.setProperty("publication.name", slot);
        engine.setProperty("publication.autocreate.mode", "disabled");
        engine.setProperty("slot.name", slot);
        engine.setProperty("slot.max.retries", "3");
        engine.setProperty("slot.retry.delay.ms", "1000");
        engine.setProperty("status.update.interval.ms", "5000");
        return engine;
    }

    private Properties binlogEngine() {
        boolean mariadb = kind == DatabaseKind.MARIADB;
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
        engine.setProperty("database.ssl.mode", mariadb ? mariadbTls() : mysqlTls());
        if (mariadb) {
            // No server is to ask for files of this machine.
            engine.setProperty("driver.allowLocalInfile", "false");
        }
        engine.setProperty("database.include.list", database);
        engine.setProperty("schema.history.internal", "io.debezium.relational.history.MemorySchemaHistory");
        engine.setProperty("schema.history.internal.store.only.captured.tables.ddl", "true");
        engine.setProperty("schema.history.internal.store.only.captured.databases.ddl", "true");
        engine.setProperty("include.schema.changes", "false");
        engine.setProperty("connect.keep.alive.interval.ms", "5000");
        return engine;
    }

    /** The first column of each row, as text. */
    public static List<String> texts(Connection connection, String query, String... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            List<String> all = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    all.add(String.valueOf(rows.getString(1)));
                }
            }
            return all;
        }
    }

    @Override
    public String toString() {
        return "DatabaseLogin[" + user + "@" + host + "]";
    }
}
