package io.fjord.contract.core.pipeline;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where to begin to read: one of these is given.
 *
 * @param at {@code earliest} or {@code latest}
 * @param offsets the next offset of each partition; partitions left out begin at their earliest
 * @param time the first records of then or later
 * @param snapshot where the pipeline was when it wrote this snapshot of the table; the table stays as it is
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PipelinePosition(
        @Nullable String at,
        @Nullable Map<Integer, Long> offsets,
        @Nullable Instant time,
        @Nullable Long snapshot) {

    public static final String EARLIEST = "earliest";
    public static final String LATEST = "latest";

    public static PipelinePosition earliest() {
        return new PipelinePosition(EARLIEST, null, null, null);
    }
}
