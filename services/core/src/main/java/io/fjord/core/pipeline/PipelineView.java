package io.fjord.core.pipeline;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.contract.core.pipeline.PipelineEngine;
import io.fjord.contract.core.pipeline.PipelineMode;
import io.fjord.contract.core.pipeline.PipelineSource;
import io.fjord.contract.core.pipeline.PipelineSpec;
import io.fjord.contract.core.pipeline.PipelineTarget;
import io.fjord.contract.core.pipeline.PipelineTransform;
import io.fjord.contract.core.pipeline.SchemaEvolution;
import io.fjord.contract.core.pipeline.Watermark;
import io.fjord.core.pipeline.PipelineDecider.NamedPipeline;
import io.fjord.core.pipeline.PipelineLifecycle.Failed;
import io.fjord.core.pipeline.PipelineLifecycle.Starting;
import io.fjord.kernel.Stored;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A pipeline as the API shows it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record PipelineView(
        String id,
        String name,
        String domain,
        PipelineSource source,
        PipelineTarget target,
        PipelineMode mode,
        @Nullable List<String> keys,
        SchemaEvolution evolution,
        int freshnessSeconds,
        @Nullable Watermark watermark,
        int parallelism,
        PipelineEngine engine,
        @Nullable PipelineTransform transform,
        String owner,
        String state,
        @Nullable String reason,
        long generation,
        long version,
        Instant createdAt,
        @Nullable Object progress) {

    static PipelineView of(Stored<NamedPipeline> stored, PipelineProgress progress) {
        NamedPipeline named = stored.state();
        Pipeline pipeline = named.pipeline();
        PipelineSpec spec = pipeline.spec();
        PipelineLifecycle lifecycle = pipeline.lifecycle();
        return new PipelineView(
                pipeline.id(),
                named.address().name(),
                named.address().domain(),
                spec.source(),
                spec.target(),
                spec.mode(),
                spec.keys(),
                spec.evolution(),
                spec.freshnessSeconds(),
                spec.watermark(),
                spec.parallelism(),
                spec.engine(),
                spec.transform(),
                pipeline.owner(),
                lifecycle.label(),
                reason(lifecycle),
                pipeline.generation(),
                stored.version(),
                pipeline.createdAt(),
                progress.of(named.address()));
    }

    private static @Nullable String reason(PipelineLifecycle lifecycle) {
        if (lifecycle instanceof Starting starting) {
            return starting.reason();
        }
        return lifecycle instanceof Failed failed ? failed.reason() : null;
    }
}
