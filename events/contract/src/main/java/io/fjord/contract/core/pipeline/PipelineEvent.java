package io.fjord.contract.core.pipeline;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** All that can have happened to a pipeline. */
public sealed interface PipelineEvent {

    <R> R match(Cases<R> cases);

    /**
     * @param id stable through deletion and re-creation under the same name
     * @param owner who wished it; it may write what they may
     */
    record PipelineCreated(String id, PipelineSpec spec, String owner, Instant createdAt) implements PipelineEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** @param spec all of it, as it is now */
    record PipelineChanged(PipelineSpec spec) implements PipelineEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record PipelineHandedOver(String from, String to) implements PipelineEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * It is to read from now on.
     *
     * @param generation counts its starts; what one of a lower generation writes is refused
     * @param deadline if it does not read by then it fails
     * @param from where to begin; null: where it was
     */
    record PipelineStarting(
            long generation,
            Instant deadline,
            String reason,
            @Nullable PipelinePosition from) implements PipelineEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record PipelineRunning(long generation, Instant since) implements PipelineEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** @param pausing it will be paused, not stopped */
    record PipelineStopping(long generation, boolean pausing, Instant deadline) implements PipelineEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record PipelinePaused(long generation) implements PipelineEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record PipelineStopped(long generation) implements PipelineEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record PipelineFailed(long generation, String reason) implements PipelineEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record PipelineDeleted() implements PipelineEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * Nothing of a deleted pipeline is left in its source database: no replication slot, no publication.
     *
     * @param problem null if that is so; else what somebody has to take away there
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record PipelineReleased(long generation, @Nullable String problem) implements PipelineEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(PipelineCreated event);

        R on(PipelineChanged event);

        R on(PipelineHandedOver event);

        R on(PipelineStarting event);

        R on(PipelineRunning event);

        R on(PipelineStopping event);

        R on(PipelinePaused event);

        R on(PipelineStopped event);

        R on(PipelineFailed event);

        R on(PipelineDeleted event);

        R on(PipelineReleased event);
    }
}
