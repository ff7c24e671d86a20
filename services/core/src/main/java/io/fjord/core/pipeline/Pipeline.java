package io.fjord.core.pipeline;

import io.fjord.contract.core.pipeline.PipelineEvent;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelineChanged;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelineCreated;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelineDeleted;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelineFailed;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelineHandedOver;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelinePaused;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelineReleased;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelineRunning;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelineStarting;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelineStopped;
import io.fjord.contract.core.pipeline.PipelineEvent.PipelineStopping;
import io.fjord.contract.core.pipeline.PipelineMode;
import io.fjord.contract.core.pipeline.PipelineSource;
import io.fjord.contract.core.pipeline.PipelineSpec;
import io.fjord.contract.core.pipeline.PipelineTarget;
import io.fjord.contract.core.pipeline.SchemaEvolution;
import io.fjord.core.pipeline.PipelineLifecycle.Absent;
import io.fjord.core.pipeline.PipelineLifecycle.Deleted;
import io.fjord.core.pipeline.PipelineLifecycle.Failed;
import io.fjord.core.pipeline.PipelineLifecycle.Paused;
import io.fjord.core.pipeline.PipelineLifecycle.Running;
import io.fjord.core.pipeline.PipelineLifecycle.Starting;
import io.fjord.core.pipeline.PipelineLifecycle.Stopped;
import io.fjord.core.pipeline.PipelineLifecycle.Stopping;
import java.time.Instant;

/**
 * A pipeline as its events left it.
 *
 * @param id empty until it was created once; then stable
 * @param owner what they may write, it may
 * @param generation counts its starts, through deletion and re-creation
 */
record Pipeline(
        String id, PipelineSpec spec, String owner, Instant createdAt, long generation, PipelineLifecycle lifecycle)
        implements PipelineEvent.Cases<Pipeline> {

    private static final PipelineSpec NOTHING = new PipelineSpec(
            new PipelineSource(null, null),
            new PipelineTarget(null, "", "", null, null),
            PipelineMode.APPEND,
            null,
            SchemaEvolution.REFUSE,
            1,
            null,
            1);

    static final Pipeline ABSENT = new Pipeline("", NOTHING, "", Instant.EPOCH, 0, new Absent());

    boolean exists() {
        return !(lifecycle instanceof Absent || lifecycle instanceof Deleted);
    }

    /** Whether it reads, or is to. */
    boolean active() {
        return lifecycle instanceof Starting || lifecycle instanceof Running;
    }

    @Override
    public Pipeline on(PipelineCreated event) {
        return new Pipeline(event.id(), event.spec(), event.owner(), event.createdAt(), generation, new Stopped());
    }

    @Override
    public Pipeline on(PipelineChanged event) {
        return new Pipeline(id, event.spec(), owner, createdAt, generation, lifecycle);
    }

    @Override
    public Pipeline on(PipelineHandedOver event) {
        return new Pipeline(id, spec, event.to(), createdAt, generation, lifecycle);
    }

    @Override
    public Pipeline on(PipelineStarting event) {
        return at(event.generation(), new Starting(event.deadline(), event.reason()));
    }

    @Override
    public Pipeline on(PipelineRunning event) {
        return at(event.generation(), new Running(event.since()));
    }

    @Override
    public Pipeline on(PipelineStopping event) {
        return at(event.generation(), new Stopping(event.pausing(), event.deadline()));
    }

    @Override
    public Pipeline on(PipelinePaused event) {
        return at(event.generation(), new Paused());
    }

    @Override
    public Pipeline on(PipelineStopped event) {
        return at(event.generation(), new Stopped());
    }

    @Override
    public Pipeline on(PipelineFailed event) {
        return at(event.generation(), new Failed(event.reason()));
    }

    @Override
    public Pipeline on(PipelineDeleted event) {
        return at(generation, new Deleted());
    }

    @Override
    public Pipeline on(PipelineReleased event) {
        return this;
    }

    private Pipeline at(long newGeneration, PipelineLifecycle next) {
        return new Pipeline(id, spec, owner, createdAt, newGeneration, next);
    }
}
