package io.fjord.contract.core.pipeline;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pipeline does: read here, write there, so often.
 *
 * @param keys of an upsert: the columns a row is known by
 * @param freshnessSeconds how old a record may get before it can be queried
 * @param watermark null: no record is late
 * @param parallelism readers at a time
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
        int parallelism) {}
