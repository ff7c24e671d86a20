package io.fjord.capture;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The binary log of MySQL or MariaDB, which keeps nothing for its readers. */
record BinaryLog(boolean mariadb) implements DatabaseLog {

    /** The file must be there, long enough, and hold at that place what it held then. */
    @Override
    public @Nullable String gap(Connection connection, Map<String, Object> offset) throws SQLException {
        String file = String.valueOf(offset.get("file"));
        long position = offset.get("pos") instanceof Number number ? number.longValue() : 0;
        try (var statement = connection.createStatement();
                ResultSet logs = statement.executeQuery("show binary logs")) {
            while (logs.next()) {
                if (logs.getString(1).equals(file)) {
                    return logs.getLong(2) < position || isOtherHistory(connection, offset) ? "log-reset" : null;
                }
            }
        }
        return "log-purged";
    }

    /** MariaDB numbers its transactions: fewer than we have seen of this server are those of another life. */
    private boolean isOtherHistory(Connection connection, Map<String, Object> offset) throws SQLException {
        if (!mariadb || !(offset.get("gtids") instanceof String seen)) {
            return false;
        }
        Map<String, Long> now =
                highest(String.join(",", DatabaseLogin.texts(connection, "select @@global.gtid_binlog_state")));
        return highest(seen).entrySet().stream().anyMatch(one -> now.getOrDefault(one.getKey(), 0L) < one.getValue());
    }

    /** The last number of each domain of {@code domain-server-number,…}. */
    static Map<String, Long> highest(String gtids) {
        Map<String, Long> highest = new TreeMap<>();
        for (String gtid : gtids.split(",")) {
            String[] parts = gtid.strip().split("-");
            if (parts.length == 3) {
                highest.merge(parts[0], Long.parseLong(parts[2]), Math::max);
            }
        }
        return highest;
    }

    /** Each has an id of its own at the server, and disturbs nobody. */
    @Override
    public boolean endOthers(Connection connection) {
        return false;
    }

    @Override
    public void forget(Connection connection) {
        // The server keeps nothing for us.
    }

    @Override
    public void forgetLost(Connection connection) {
        // Nor anything that could be lost.
    }
}
