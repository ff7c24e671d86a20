package io.fjord.cdc.capture;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;

/** The database of another program, whose tables are only read: what Debezium and we must know of it. */
final class CapturedDatabase {

    private static final int PAGE = 500;

    private final CaptureConfig config;
    private final SourceDatabase source;

    CapturedDatabase(CaptureConfig config) {
        this.config = config;
        this.source = new SourceDatabase(config.database(), slot());
    }

    private String slot() {
        return "fjord_" + config.name();
    }

    Connection connect() throws SQLException {
        return source.connect();
    }

    /** Whether all tables are there and ours to read; the program makes them at its own first start. */
    boolean isReady(Connection connection) throws SQLException {
        List<String> there = source.tables(connection);
        return config.tables().stream().allMatch(table -> there.stream().anyMatch(table::is));
    }

    boolean tryLock(Connection connection) throws SQLException {
        return source.tryLock(connection);
    }

    /** Called under the lock: a slot whose log is gone would fail for ever, and what it missed stands in the tables. */
    void prepareStream(Connection connection) throws SQLException {
        boolean unused = source.log().endOthers(connection);
        source.log().forgetLost(connection);
    }

    interface Taker {
        void take(CapturedRow row);
    }

    /** Hands over the rows from that time on, oldest first. */
    void read(Connection connection, CapturedTable table, long sinceMillis, Taker taker) throws SQLException {
        String name = source.isPostgres() ? table.name() : nameOnServer(connection, table);
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
        return source.tables(connection).stream().filter(table::is).findFirst().orElse(table.name());
    }

    /** What Debezium must be told. As the relay: no run resumes another. What one misses, the tables still have. */
    Properties engine() {
        Properties engine = source.login()
                .rows(
                        "fjord-" + config.name(),
                        slot(),
                        source.pattern(config.tables().stream()
                                .map(CapturedTable::name)
                                .toList()));
        engine.setProperty("max.batch.size", "64");
        engine.setProperty("max.queue.size", "256");
        // Nobody waits for these within milliseconds.
        engine.setProperty("poll.interval.ms", "250");
        return engine;
    }
}
