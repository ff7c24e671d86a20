package io.fjord.sql.statement;

import java.time.Duration;

/**
 * How much there may be of what.
 *
 * @param runningPerCluster statements that one cluster runs at once
 * @param waitingPerCluster statements that may wait for that
 * @param runningInAll statements that run at once on all clusters: a thread each
 * @param resultEach bytes of one result
 * @param resultsInAll bytes of all results
 * @param resultsKept how long a result is kept
 */
public record StatementLimits(
        int runningPerCluster,
        int waitingPerCluster,
        int runningInAll,
        long resultEach,
        long resultsInAll,
        Duration resultsKept) {

    /** The most a caller may ask for. */
    public static final Duration LONGEST = Duration.ofDays(1);

    public static final StatementLimits DEFAULT =
            new StatementLimits(8, 100, 32, 1L << 30, 10L << 30, Duration.ofHours(24));
}
