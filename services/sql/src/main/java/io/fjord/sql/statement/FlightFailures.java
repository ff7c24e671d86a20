package io.fjord.sql.statement;

import io.fjord.contract.Problem;
import io.fjord.sql.result.ResultProblems;
import io.fjord.sql.result.ResultRefused;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.jspecify.annotations.Nullable;

/** What a failure on the way to, in or back from a driver means to whoever submitted the statement. */
final class FlightFailures {

    /** How our driver begins what it says, and how Spark ends it. */
    private static final Pattern SQL_STATE = Pattern.compile("\\A\\[([0-9A-Z]{5})] |SQLSTATE:? *([0-9A-Z]{5})\\b");

    private static final Pattern ERROR_CLASS = Pattern.compile("\\[[A-Z][A-Z0-9_.]{2,}]");

    /** Below it Spark prints its plan, which helps nobody who wrote SQL. */
    private static final Pattern PLAN = Pattern.compile(";?\\n(?:['+!]|\\tat ).*", Pattern.DOTALL);

    private static final int MOST_CHARACTERS = 4_000;

    private FlightFailures() {}

    /** @param sqlState where the cluster said so */
    record Told(Problem problem, @Nullable String sqlState) {}

    static Told tell(Throwable failure, String cluster) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ResultRefused refused) {
                return new Told(refused.problem(), null);
            }
            if (cause instanceof Statements.ClusterUnreachable) {
                return new Told(StatementProblems.clusterUnreachable(cluster), null);
            }
            if (cause instanceof FlightRuntimeException flight) {
                return tell(flight.status(), cluster);
            }
            if (cause instanceof IOException) {
                return new Told(ResultProblems.storeBroken(), null);
            }
        }
        return new Told(StatementProblems.executionFailed(cluster), null);
    }

    /** Whether the driver would not have our secret, before it did anything. */
    static boolean isUnauthenticated(Throwable failure) {
        return failure instanceof FlightRuntimeException flight
                && flight.status().code() == FlightStatusCode.UNAUTHENTICATED;
    }

    private static Told tell(CallStatus status, String cluster) {
        String message = status.description() == null ? "" : status.description();
        Matcher state = SQL_STATE.matcher(message);
        if (state.find()) {
            boolean first = state.group(1) != null;
            return new Told(
                    StatementProblems.sqlError(plain(first ? message.substring(state.end()) : message)),
                    first ? state.group(1) : state.group(2));
        }
        if (ERROR_CLASS.matcher(message).find()) {
            return new Told(StatementProblems.sqlError(plain(message)), null);
        }
        return new Told(
                switch (status.code()) {
                    case UNAVAILABLE, TIMED_OUT -> StatementProblems.clusterLost(cluster);
                    case CANCELLED -> StatementProblems.cancelledByCluster(cluster);
                    case UNAUTHORIZED -> StatementProblems.refusedByCluster(cluster, plain(message));
                    case UNAUTHENTICATED -> StatementProblems.clusterUnreachable(cluster);
                    case INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, UNIMPLEMENTED ->
                        StatementProblems.sqlError(
                                message.isEmpty()
                                        ? "The cluster does not accept this statement. Check its syntax and names."
                                        : plain(message));
                    default -> StatementProblems.executionFailed(cluster);
                },
                null);
    }

    private static String plain(String message) {
        String text = PLAN.matcher(message).replaceFirst("").strip();
        return text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS) + "…";
    }
}
