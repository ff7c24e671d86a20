package io.fjord.cdc.capture;

import io.fjord.platform.sql.DatabaseUrl;
import io.fjord.platform.sql.Dialect;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;

/** The database of another program, whose tables are only read: what Debezium and we must know of it. */
final class CapturedDatabase {

    private static final int PAGE = 500;

    private final DatabaseUrl url;
    private final CaptureConfig config;
    private final SourceDatabase source;
    private final boolean postgres;

    CapturedDatabase(CaptureConfig config) {
        this.config = config;
        this.url = DatabaseUrl.parse(config.database());
        this.source = new SourceDatabase(url);
        this.postgres = url.dialect() == Dialect.POSTGRES;
    }

    private String slot() {
        return "fjord_" + config.name();
    }

    Connection connect() throws SQLException {
        return source.connect();
    }

    /** Whether all tables are there and ours to read; the program makes them at its own first start. */
    boolean isReady(Connection connection) throws SQLException {
        Set<String> there = new HashSet<>(SourceDatabase.texts(
                connection,
                postgres
                        ? "select lower(tablename) from pg_publication_tables where pubname = '" + slot() + "'"
                        : "select lower(table_name) from information_schema.tables where table_schema = '"
                                + url.database() + "'"));
        return config.tables().stream().allMatch(table -> there.contains(table.name()));
    }

    /** Becomes the one that captures, as long as the connection lives. */
    boolean tryLock(Connection connection) throws SQLException {
        return SourceDatabase.texts(
                        connection,
                        postgres
                                ? "select pg_try_advisory_lock(" + slot().hashCode() + ")::int::text"
                                : "select get_lock('" + slot() + "', 0)")
                .contains("1");
    }

    /** Called under the lock: a slot whose log is gone would fail for ever, and what it missed stands in the tables. */
    void prepareStream(Connection connection) throws SQLException {
        if (postgres) {
            SourceDatabase.texts(
                    connection,
                    "select pg_terminate_backend(active_pid, 5000)::text from pg_replication_slots where active and slot_name = '"
                            + slot() + "'");
            SourceDatabase.texts(
                    connection,
                    "select pg_drop_replication_slot(slot_name)::text from pg_replication_slots where slot_name = '"
                            + slot() + "' and wal_status in ('lost', 'unreserved')");
        }
    }

    interface Taker {
        void take(CapturedRow row);
    }

    /** Hands over the rows from that time on, oldest first. */
    void read(Connection connection, CapturedTable table, long sinceMillis, Taker taker) throws SQLException {
        String name = postgres ? table.name() : nameOnServer(connection, table);
        long time = sinceMillis;
        String id = "";
        int found;
        do {
            found = 0;
            try (var statement = connection.prepareStatement("select * from " + name + " where " + table.time()
                    + " > ? or (" + table.time() + " = ? and " + table.id() + " > ?) order by " + table.time() + ", "
                    + table.id() + " limit " + PAGE)) {
                statement.setLong(1, time);
                statement.setLong(2, time);
                statement.setString(3, id);
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        CapturedRow row = CapturedRow.of(table, rows);
                        taker.take(row);
                        time = row.time();
                        id = row.id();
                        found++;
                    }
                }
            }
        } while (found == PAGE);
    }

    private String nameOnServer(Connection connection, CapturedTable table) throws SQLException {
        return SourceDatabase.texts(
                        connection,
                        "select table_name from information_schema.tables where table_schema = '" + url.database()
                                + "' and lower(table_name) = '" + table.name() + "'")
                .get(0);
    }

    /** What Debezium must be told. */
    Properties engine() {
        Properties engine = source.engine(slot(), tables(postgres ? "public" : url.database()));
        engine.setProperty("name", "fjord-" + config.name());
        engine.setProperty("topic.prefix", "fjord-" + config.name());
        engine.setProperty("database.hostname", url.host());
        engine.setProperty("database.port", Integer.toString(url.port()));
        engine.setProperty("database.user", url.user());
        engine.setProperty("database.password", url.password());
        // As the relay: no run resumes another. What one misses, the tables still have.
        engine.setProperty("snapshot.mode", "no_data");
        engine.setProperty("offset.storage", "org.apache.kafka.connect.storage.MemoryOffsetBackingStore");
        engine.setProperty("bootstrap.servers", config.kafka().bootstrap());
        engine.setProperty("offset.flush.interval.ms", "5000");
        engine.setProperty("max.batch.size", "64");
        engine.setProperty("max.queue.size", "256");
        // Nobody waits for these within milliseconds.
        engine.setProperty("poll.interval.ms", "250");
        engine.setProperty("heartbeat.interval.ms", "5000");
        engine.setProperty("record.processing.threads", "1");
        engine.setProperty("tombstones.on.delete", "false");
        engine.setProperty("skipped.operations", "u,d,t");
        engine.setProperty("provide.transaction.metadata", "false");
        engine.setProperty("extended.headers.enabled", "false");
        engine.setProperty("errors.max.retries", "0");
        engine.setProperty("task.management.timeout.ms", "20000");
        return engine;
    }

    private String tables(String schema) {
        return config.tables().stream()
                .map(table -> schema + "\\." + table.name())
                .collect(Collectors.joining(","));
    }
}
