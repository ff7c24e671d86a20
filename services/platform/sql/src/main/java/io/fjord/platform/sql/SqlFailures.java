package io.fjord.platform.sql;

import io.vertx.mysqlclient.MySQLException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import io.vertx.sqlclient.DatabaseException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What the databases' error codes mean to us. */
final class SqlFailures {

    /** https://www.postgresql.org/docs/current/errcodes-appendix.html. */
    private static final Set<String> TRANSIENT_STATES = Set.of(
            "25006", // read only: the server was demoted
            "25P03", // idle in transaction for too long
            "40001", // serialization
            "40P01", // deadlock
            "55P03", // lock not available
            "57014", // cancelled, by a time-out for instance
            "57P01", // the server is shut down
            "57P02", // it has crashed
            "57P03", // it is starting
            "57P05", // idle for too long
            "58030" // I/O error
            );

    /** Connection; out of disk, memory or connections. */
    private static final Set<String> TRANSIENT_CLASSES = Set.of("08", "53");

    /** https://mariadb.com/docs/server/reference/error-codes. */
    private static final Set<Integer> TRANSIENT_CODES = Set.of(
            3, // writing a file failed: disk full
            1020, // record has changed since last read in the snapshot
            1021, // disk full
            1026, // error writing a file
            1037, // out of memory
            1038,
            1040, // too many connections
            1041,
            1053, // shutdown in progress
            1114, // the table is full: disk full
            1152, // connection aborted
            1158, // network
            1159,
            1160,
            1161,
            1180, // error during commit
            1203, // too many connections of the user
            1205, // lock wait time-out
            1213, // deadlock
            1226, // the user's share of the server is used up
            1290, // read only: the server was demoted
            1317, // interrupted
            1598, // the binary log cannot be written
            1836, // read only
            1927, // connection was killed
            1969, // statement time-out
            2006, // server has gone away
            2013, // lost during a query
            3024, // statement time-out, MySQL
            4031 // disconnected for inactivity, MySQL
            );

    private SqlFailures() {}

    static boolean isTransient(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof PgException e) {
                return isTransientState(e.getSqlState());
            }
            if (cause instanceof MySQLException e) {
                return TRANSIENT_CODES.contains(e.getErrorCode()) || isConnectionState(e.getSqlState());
            }
            if (cause instanceof SQLException e) {
                return TRANSIENT_CODES.contains(e.getErrorCode()) || isTransientState(e.getSQLState());
            }
            if (cause instanceof ClosedConnectionException
                    || cause instanceof Lease.Lost
                    || cause instanceof IOException
                    || cause instanceof TimeoutException
                    || isLostConnection(cause)) {
                return true;
            }
        }
        return false;
    }

    static boolean isDuplicate(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof PgException e) {
                return "23505".equals(e.getSqlState());
            }
            if (cause instanceof DatabaseException e) {
                return e.getErrorCode() == 1062;
            }
        }
        return false;
    }

    /** Whether PostgreSQL says only that an earlier statement of the transaction has failed. */
    static boolean isConsequence(@Nullable Throwable failure) {
        return failure instanceof PgException e && "25P02".equals(e.getSqlState());
    }

    private static boolean isTransientState(@Nullable String state) {
        return state != null
                && state.length() == 5
                && (TRANSIENT_STATES.contains(state) || TRANSIENT_CLASSES.contains(state.substring(0, 2)));
    }

    private static boolean isConnectionState(@Nullable String state) {
        return state != null && state.startsWith("08");
    }

    /** The clients have no class of their own for some of these. */
    private static boolean isLostConnection(Throwable failure) {
        String message = failure.getMessage();
        return message != null
                && failure.getClass().getName().startsWith("io.vertx.")
                && (message.contains("onnection") || message.contains("Timeout") || message.contains("closed"));
    }
}
