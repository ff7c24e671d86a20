package io.fjord.sql.result;

import io.fjord.contract.Problem;
import io.fjord.platform.http.HttpProblems;

/** Every no about results. */
public final class ResultProblems {

    private ResultProblems() {}

    public static Problem tooLarge(long most) {
        return Problem.of(
                "result-too-large",
                422,
                "Result too large",
                "The result passed " + size(most) + ", the most one statement may leave. Add a LIMIT or a filter, "
                        + "aggregate, or write it to a table with CREATE TABLE … AS SELECT.");
    }

    public static Problem storeFull(long most) {
        return Problem.of(
                "result-store-full",
                503,
                "Result store full",
                "The results of running statements fill all " + size(most)
                        + " there are for results. Try again when some of them have finished, or cancel one.");
    }

    public static Problem storeBroken() {
        return Problem.of(
                "result-store-unavailable",
                503,
                "Result store unavailable",
                "The result could not be written to disk. Check that the disk has room, then run the statement again.");
    }

    public static Problem expired(String id) {
        return Problem.of(
                "result-expired",
                410,
                "Result expired",
                "The result of statement '" + id + "' is no longer kept. Run the statement again.");
    }

    public static Problem badPageToken() {
        return HttpProblems.badPageToken("That page token is not one of this list's.")
                .problem();
    }

    public static Problem unsupportedColumn(String column) {
        return Problem.of(
                "result-type-not-supported",
                422,
                "Result type not supported",
                "Column '" + column + "' is dictionary-encoded, which results cannot be kept in. "
                        + "CAST it to a plain type.");
    }

    private static String size(long bytes) {
        if (bytes >= 1L << 30 && bytes % (1L << 30) == 0) {
            return (bytes >> 30) + " GiB";
        }
        return bytes >= 1L << 20 ? (bytes >> 20) + " MiB" : bytes + " bytes";
    }
}
