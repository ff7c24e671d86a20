package io.fjord.cdc.capture;

import io.fjord.codec.CapturedChanges;
import io.fjord.platform.sql.DatabaseUrl;
import io.fjord.platform.sql.Dialect;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** The database of another program whose rows change: what of its log is still there, and what its tables look like. */
final class ChangedDatabase {

    private final ChangeCaptureConfig config;
    private final DatabaseUrl url;
    private final SourceDatabase source;
    private final boolean postgres;

    ChangedDatabase(ChangeCaptureConfig config) {
        this.config = config;
        this.url = DatabaseUrl.parse(config.database());
        this.source = new SourceDatabase(url);
        this.postgres = url.dialect() == Dialect.POSTGRES;
    }

    Connection connect() throws SQLException {
        return source.connect();
    }

    /** Whether all tables are there, ours to read, and no longer empty. */
    boolean isReady(Connection connection) throws SQLException {
        Set<String> there = Set.copyOf(SourceDatabase.texts(
                connection,
                postgres
                        ? "select tablename from pg_publication_tables where pubname = '" + config.slot() + "'"
                        : "select table_name from information_schema.tables where table_schema = '" + url.database()
                                + "'"));
        return there.containsAll(config.tables())
                && !SourceDatabase.texts(connection, "select 1 from " + quoted(config.filled()) + " limit 1")
                        .isEmpty();
    }

    private String quoted(String table) {
        return postgres ? '"' + table + '"' : '`' + table + '`';
    }

    /** Becomes the one that captures, as long as the connection lives. */
    boolean tryLock(Connection connection) throws SQLException {
        return SourceDatabase.texts(
                        connection,
                        postgres
                                ? "select pg_try_advisory_lock(" + config.slot().hashCode() + ")::int::text"
                                : "select get_lock('" + config.slot() + "', 0)")
                .contains("1");
    }

    /** The columns of each captured table, by its name. */
    Map<String, Set<String>> columns(Connection connection) throws SQLException {
        Map<String, Set<String>> columns = new TreeMap<>();
        try (var statement = connection.prepareStatement(
                "select table_name, column_name from information_schema.columns where table_schema = ?")) {
            statement.setString(1, postgres ? "public" : url.database());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    if (config.tables().contains(rows.getString(1))) {
                        columns.computeIfAbsent(rows.getString(1), table -> new TreeSet<>())
                                .add(rows.getString(2));
                    }
                }
            }
        }
        return columns;
    }

    static String fingerprint(Map<String, Set<String>> columns) {
        CRC32 sum = new CRC32();
        sum.update(columns.toString().getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().toHexDigits((int) sum.getValue());
    }

    /**
     * Why the stream cannot go on where it ended, in a word that stays the same; null if it can.
     *
     * @param last what the topic ends with
     */
    @Nullable
    String gap(Connection connection, @Nullable CapturedChanges last, String columns) throws SQLException {
        if (last == null || last.offset() == null) {
            return "first";
        }
        if (!last.columns().equals(columns)) {
            return "schema-changed";
        }
        return postgres ? slotGap(connection, last.offset()) : binlogGap(connection, last.offset());
    }

    /** The slot gives what came after what it was told we have; told more than the topic has, it is not the slot we read. */
    private @Nullable String slotGap(Connection connection, Map<String, Object> offset) throws SQLException {
        if (!(offset.get("lsn_commit") instanceof Number)) {
            // A snapshot and nothing since: from there Debezium may leave out the beginning of a transaction.
            return "position-unknown";
        }
        try (var statement =
                connection.prepareStatement("select coalesce(wal_status, 'lost'), (confirmed_flush_lsn - '0/0')::bigint"
                        + " from pg_replication_slots where slot_name = ? and database = current_database()")) {
            statement.setString(1, config.slot());
            try (ResultSet slot = statement.executeQuery()) {
                if (!slot.next()) {
                    return "slot-lost";
                }
                if (Set.of("lost", "unreserved").contains(slot.getString(1))) {
                    return "slot-lost";
                }
                long known = Stream.of("lsn", "lsn_proc", "lsn_commit")
                        .map(offset::get)
                        .filter(Number.class::isInstance)
                        .mapToLong(value -> ((Number) value).longValue())
                        .max()
                        .orElse(0);
                return slot.getLong(2) > known ? "slot-recreated" : null;
            }
        }
    }

    /** The file must be there, long enough, and hold at that place what it held then. */
    private @Nullable String binlogGap(Connection connection, Map<String, Object> offset) throws SQLException {
        String file = String.valueOf(offset.get("file"));
        long position = offset.get("pos") instanceof Number number ? number.longValue() : 0;
        try (var statement = connection.createStatement();
                ResultSet logs = statement.executeQuery("show binary logs")) {
            while (logs.next()) {
                if (logs.getString(1).equals(file)) {
                    return logs.getLong(2) < position
                            ? "log-reset"
                            : isOtherHistory(connection, offset) ? "log-reset" : null;
                }
            }
        }
        return "log-purged";
    }

    /** MariaDB numbers its transactions: fewer than we have seen of this server are those of another life. */
    private boolean isOtherHistory(Connection connection, Map<String, Object> offset) throws SQLException {
        if (url.dialect() != Dialect.MARIADB || !(offset.get("gtids") instanceof String seen)) {
            return false;
        }
        Map<String, Long> now = gtids(SourceDatabase.texts(connection, "select @@global.gtid_binlog_state").stream()
                .collect(Collectors.joining(",")));
        return gtids(seen).entrySet().stream().anyMatch(one -> now.getOrDefault(one.getKey(), 0L) < one.getValue());
    }

    private static Map<String, Long> gtids(String text) {
        Map<String, Long> highest = new TreeMap<>();
        for (String gtid : text.split(",")) {
            String[] parts = gtid.strip().split("-");
            if (parts.length == 3) {
                highest.merge(parts[0], Long.parseLong(parts[2]), Math::max);
            }
        }
        return highest;
    }

    /** Called under the lock. Whoever still streams is a run that lost it. */
    void endOthers(Connection connection) throws SQLException {
        if (postgres) {
            SourceDatabase.texts(
                    connection,
                    "select pg_terminate_backend(active_pid, 5000)::text from pg_replication_slots where active and"
                            + " slot_name = '" + config.slot() + "'");
        }
    }

    /** Before everything is read: the stream begins where the snapshot is taken. */
    void forgetStream(Connection connection) throws SQLException {
        if (postgres) {
            SourceDatabase.texts(
                    connection,
                    "select pg_drop_replication_slot(slot_name)::text from pg_replication_slots where slot_name = '"
                            + config.slot() + "'");
        }
    }

    /**
     * What Debezium must be told.
     *
     * @param offset where to go on; null to read everything first
     */
    Properties engine(@Nullable Map<String, Object> offset) {
        String schema = postgres ? "public" : url.database();
        Properties engine = source.engine(
                config.slot(),
                config.tables().stream().map(table -> schema + "\\." + table).collect(Collectors.joining(",")));
        String name = "fjord-" + config.name();
        engine.setProperty("name", name);
        engine.setProperty("topic.prefix", name);
        engine.setProperty("database.hostname", url.host());
        engine.setProperty("database.port", Integer.toString(url.port()));
        engine.setProperty("database.user", url.user());
        engine.setProperty("database.password", url.password());
        engine.setProperty("offset.storage", TopicOffsets.class.getName());
        engine.setProperty("bootstrap.servers", config.kafka().bootstrap());
        // What is written to the topic is confirmed at once, and nothing else is.
        engine.setProperty("offset.flush.interval.ms", "0");
        engine.setProperty("lsn.flush.mode", "connector");
        engine.setProperty("max.batch.size", "512");
        engine.setProperty("max.queue.size", "2048");
        engine.setProperty("poll.interval.ms", "100");
        engine.setProperty(
                "heartbeat.interval.ms",
                Long.toString(Math.min(5_000, config.heartbeat().toMillis())));
        engine.setProperty("record.processing.threads", "1");
        engine.setProperty("tombstones.on.delete", "false");
        engine.setProperty("skipped.operations", "none");
        engine.setProperty("provide.transaction.metadata", "true");
        engine.setProperty("decimal.handling.mode", "string");
        engine.setProperty("extended.headers.enabled", "false");
        engine.setProperty("errors.max.retries", "0");
        engine.setProperty("task.management.timeout.ms", "20000");
        if (postgres) {
            // In a transaction of its own, so that there is a commit to go on from though nothing changes.
            engine.setProperty(
                    "heartbeat.action.query",
                    "select pg_logical_emit_message(true, 'fjord-heartbeat', now()::varchar)");
        }
        if (offset == null) {
            engine.setProperty("snapshot.mode", "initial");
            if (!postgres) {
                // For an instant nobody writes: else what is read and where the stream begins are not the same moment.
                engine.setProperty("snapshot.locking.mode", "minimal");
            }
        } else {
            // The columns are as they were, so what they looked like then can be read now.
            engine.setProperty("snapshot.mode", postgres ? "no_data" : "recovery");
            TopicOffsets.tell(engine, name, Objects.requireNonNull(offset));
        }
        return engine;
    }
}
