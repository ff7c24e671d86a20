package io.fjord.cdc.capture;

import io.fjord.capture.DatabaseLogin;
import io.fjord.codec.CapturedChanges;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** The database of another program whose rows change: what of its log is still there, and what its tables look like. */
final class ChangedDatabase {

    private final ChangeCaptureConfig config;
    private final SourceDatabase source;

    ChangedDatabase(ChangeCaptureConfig config) {
        this.config = config;
        this.source = new SourceDatabase(config.database(), config.slot());
    }

    Connection connect() throws SQLException {
        return source.connect();
    }

    /** Whether all tables are there, ours to read, and no longer empty. */
    boolean isReady(Connection connection) throws SQLException {
        return source.tables(connection).containsAll(config.tables())
                && !DatabaseLogin.texts(connection, "select 1 from " + quoted(config.filled()) + " limit 1")
                        .isEmpty();
    }

    private String quoted(String table) {
        return source.isPostgres() ? '"' + table + '"' : '`' + table + '`';
    }

    boolean tryLock(Connection connection) throws SQLException {
        return source.tryLock(connection);
    }

    /** The columns of each captured table, by its name. */
    Map<String, Set<String>> columns(Connection connection) throws SQLException {
        Map<String, Set<String>> columns = new TreeMap<>();
        try (var statement = connection.prepareStatement(
                "select table_name, column_name from information_schema.columns where table_schema = ?")) {
            statement.setString(1, source.schema());
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
        return last.columns().equals(columns) ? source.log().gap(connection, last.offset()) : "schema-changed";
    }

    /** Called under the lock. Whoever still streams is a run that lost it. */
    void endOthers(Connection connection) throws SQLException {
        boolean unused = source.log().endOthers(connection);
    }

    /** Before everything is read: the stream begins where the snapshot is taken. */
    void forgetStream(Connection connection) throws SQLException {
        source.log().forget(connection);
    }

    /**
     * What Debezium must be told.
     *
     * @param offset where to go on; null to read everything first
     */
    Properties engine(@Nullable Map<String, Object> offset) {
        Properties engine = source.login()
                .changes("fjord-" + config.name(), config.slot(), source.pattern(config.tables()), offset);
        engine.setProperty("max.batch.size", "512");
        engine.setProperty("max.queue.size", "2048");
        engine.setProperty(
                "heartbeat.interval.ms",
                Long.toString(Math.min(5_000, config.heartbeat().toMillis())));
        return engine;
    }
}
