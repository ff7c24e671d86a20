package io.fjord.contract.core.pipeline;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a pipeline does: read here, write there, so often.
 *
 * @param keys of an upsert: the columns a row is known by
 * @param freshnessSeconds how old a record may get before it can be queried
 * @param watermark null: no record is late
 * @param parallelism readers at a time
 * @param engine what does it; those of before there was a choice are {@code DIRECT}
 * @param transform null: a record is a row
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PipelineSpec(
        PipelineSource source,
        PipelineTarget target,
        PipelineMode mode,
        @Nullable List<String> keys,
        SchemaEvolution evolution,
        int freshnessSeconds,
        @Nullable Watermark watermark,
        int parallelism,
        PipelineEngine engine,
        @Nullable PipelineTransform transform) {

    public PipelineSpec {
        engine = Objects.requireNonNullElse(engine, PipelineEngine.DIRECT);
    }

    /** Without Spark. */
    public PipelineSpec(
            PipelineSource source,
            PipelineTarget target,
            PipelineMode mode,
            @Nullable List<String> keys,
            SchemaEvolution evolution,
            int freshnessSeconds,
            @Nullable Watermark watermark,
            int parallelism) {
        this(
                source,
                target,
                mode,
                keys,
                evolution,
                freshnessSeconds,
                watermark,
                parallelism,
                PipelineEngine.DIRECT,
                null);
    }

    /** Of the same source and target, so far as a change leaves them. */
    public PipelineSpec changed(
            SchemaEvolution newEvolution,
            int newFreshnessSeconds,
            @Nullable Watermark newWatermark,
            int newParallelism,
            @Nullable PipelineTransform newTransform) {
        return new PipelineSpec(
                source,
                target,
                mode,
                keys,
                newEvolution,
                newFreshnessSeconds,
                newWatermark,
                newParallelism,
                engine,
                newTransform);
    }
}
