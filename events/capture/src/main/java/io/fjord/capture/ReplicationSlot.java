package io.fjord.capture;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The log of PostgreSQL, read through a slot.
 *
 * @param name of the slot
 */
record ReplicationSlot(String name) implements DatabaseLog {

    /** What {@code wal_status} is of a slot whose log is gone, or may be gone any moment. */
    private static final Set<String> LOST = Set.of("lost", "unreserved");

    /** The slot gives what came after what it was told we have; told more than we have, it is not the slot we read. */
    @Override
    public @Nullable String gap(Connection connection, Map<String, Object> offset) throws SQLException {
        if (!(offset.get("lsn_commit") instanceof Number)) {
            // A snapshot and nothing since: from there Debezium may leave out the beginning of a transaction.
            return "position-unknown";
        }
        try (PreparedStatement statement =
                connection.prepareStatement("select coalesce(wal_status, 'lost'), (confirmed_flush_lsn - '0/0')::bigint"
                        + " from pg_replication_slots where slot_name = ? and database = current_database()")) {
            statement.setString(1, name);
            try (ResultSet slot = statement.executeQuery()) {
                if (!slot.next() || LOST.contains(slot.getString(1))) {
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

    @Override
    public boolean endOthers(Connection connection) throws SQLException {
        return !DatabaseLogin.texts(
                        connection,
                        "select pg_terminate_backend(active_pid, 5000)::text from pg_replication_slots where active and"
                                + " slot_name = ?",
                        name)
                .isEmpty();
    }

    @Override
    public void forget(Connection connection) throws SQLException {
        DatabaseLogin.texts(
                connection,
                "select pg_drop_replication_slot(slot_name)::text from pg_replication_slots where slot_name = ?",
                name);
    }

    @Override
    public void forgetLost(Connection connection) throws SQLException {
        DatabaseLogin.texts(
                connection,
                "select pg_drop_replication_slot(slot_name)::text from pg_replication_slots where slot_name = ? and"
                        + " wal_status in ('lost', 'unreserved')",
                name);
    }
}
