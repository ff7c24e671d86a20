package io.fjord.contract.core.pipeline;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was seen of pipelines: facts nobody decides, told on {@code fjord.spark-operator.observations}. */
public sealed interface PipelineObservation {

    /**
     * How far a pipeline is; the counts stand in the table's snapshots, so they are exact.
     *
     * @param state what its driver does with it: {@code reading}, {@code waiting} for records, {@code retrying} and so on
     * @param reason why it retries
     * @param offsets the next offset of each partition, as committed
     * @param lag records that are in the topic and not in the table
     * @param rows written to the table since the pipeline began
     * @param dead records kept aside because they do not fit
     * @param late records kept aside because they came too late
     * @param rowsPerSecond between the last two commits
     * @param freshnessMillis between the first record of the last commit and when it could be queried
     * @param watermark no record before it is expected
     * @param snapshot as {@code snapshotId}, for who reads it as a number
     * @param snapshotId the last one it wrote; a text, for it is a number beyond 2^53
     * @param reread of a database's table: when and why all of it was read the last time
     */
    record PipelineProgressed(
            long generation,
            String state,
            @Nullable String reason,
            Map<Integer, Long> offsets,
            long lag,
            long rows,
            long dead,
            long late,
            double rowsPerSecond,
            @Nullable Long freshnessMillis,
            @Nullable Instant watermark,
            @Nullable Long snapshot,
            @Nullable String snapshotId,
            @Nullable Reread reread)
            implements PipelineObservation {}

    /**
     * A table of a database was read as a whole, so that what was missed cannot be missing.
     *
     * @param reason {@code first}, {@code restarted}, or what was lost: {@code slot-lost}, {@code log-purged} and so on
     */
    record Reread(String reason, Instant at) {}
}
