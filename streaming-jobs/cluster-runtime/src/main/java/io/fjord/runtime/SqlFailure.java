package io.fjord.runtime;

import java.util.ArrayList;
import java.util.concurrent.CancellationException;
import org.apache.spark.SparkThrowable;
import org.jspecify.annotations.Nullable;

/** Why a statement failed, as its author should read it: an SQLSTATE and Spark's own words, no stack. */
public record SqlFailure(String sqlState, String message) {

    public static final String CANCELLED = "HY008";
    /** Insufficient privilege (PostgreSQL's and Spark's name for it). */
    public static final String NOT_ALLOWED = "42501";

    public static final String TIMED_OUT = "HYT00";
    /** Spark has no name for it: the catalog or the object store is away, or something broke. */
    public static final String GENERAL = "HY000";

    private static final int LINES = 12;
    private static final int CHARACTERS = 4_000;

    public static SqlFailure of(Throwable failure) {
        if (failure instanceof CancellationException) {
            return new SqlFailure(
                    failure instanceof RunningStatement.AccessEnded ? NOT_ALLOWED : CANCELLED,
                    String.valueOf(failure.getMessage()));
        }
        var cause = mostTelling(failure);
        var sqlState = cause instanceof SparkThrowable spark ? spark.getSqlState() : null;
        if (cause instanceof SecurityException) {
            return new SqlFailure(NOT_ALLOWED, words(cause));
        }
        return new SqlFailure(sqlState == null ? GENERAL : sqlState, words(cause));
    }

    /** A failed task reaches the driver inside a "Job aborted" that is mostly stack: the condition below it says more. */
    private static Throwable mostTelling(Throwable failure) {
        Throwable telling = failure;
        var depth = 0;
        for (Throwable at = failure; at != null && depth < 16; at = at.getCause(), depth++) {
            if (at instanceof SparkThrowable spark && hasCondition(spark)) {
                return at;
            }
            telling = at;
        }
        return failure instanceof SparkThrowable ? failure : telling;
    }

    private static boolean hasCondition(SparkThrowable spark) {
        var condition = spark.getCondition();
        return condition != null && !condition.startsWith("FAILED_EXECUTE") && !condition.startsWith("_LEGACY");
    }

    private static String words(Throwable cause) {
        var message = cause.getMessage();
        if (message == null || message.isBlank()) {
            return "The statement failed without saying why ("
                    + cause.getClass().getSimpleName() + ").";
        }
        var lines = new ArrayList<String>();
        for (var line : message.split("\n", -1)) {
            if (isNoise(line) || lines.size() == LINES) {
                break;
            }
            lines.add(line);
        }
        var words = String.join("\n", lines).strip();
        if (words.endsWith(";")) {
            words = words.substring(0, words.length() - 1);
        }
        return words.length() > CHARACTERS ? words.substring(0, CHARACTERS) + "…" : words;
    }

    private static boolean isNoise(@Nullable String line) {
        return line == null
                || line.startsWith("\tat ")
                || line.startsWith("Driver stacktrace")
                || line.startsWith("JVM stacktrace")
                || line.startsWith("'")
                || line.startsWith("+- ");
    }
}
