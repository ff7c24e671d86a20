package io.fjord.contract.core.pipeline;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** All that can be wished of a pipeline. */
public sealed interface PipelineCommand {

    <R> R match(Cases<R> cases);

    /**
     * Bring a pipeline into being and start it.
     *
     * @param from null: with the earliest records
     */
    record CreatePipeline(PipelineSpec spec, @Nullable PipelinePosition from) implements PipelineCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Change what is not null; a running pipeline starts again. */
    record ChangePipeline(
            @Nullable SchemaEvolution evolution,
            @Nullable Integer freshnessSeconds,
            @Nullable Watermark watermark,
            @Nullable PipelineTransform transform)
            implements PipelineCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Give it more or fewer readers; a running pipeline starts again. */
    record RescalePipeline(int parallelism) implements PipelineCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Go on where it was. */
    record StartPipeline() implements PipelineCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Write what was read, then read no more; its driver stays. */
    record PausePipeline() implements PipelineCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Write what was read, then end. */
    record StopPipeline() implements PipelineCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Read again, or leave out: go on at another position than where it was. */
    record RestartPipeline(PipelinePosition from) implements PipelineCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * Make it somebody else's: a pipeline may write what its owner may.
     *
     * @param to {@code user:…} or {@code service-account:…}
     */
    record HandOverPipeline(String to) implements PipelineCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Take it away; its name may be used again, its table stays. */
    record DeletePipeline() implements PipelineCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Fact from the operator: it reads. */
    record ReportPipelineRunning(long generation) implements PipelineCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Fact from the operator: nothing of this generation reads or writes any more. */
    record ReportPipelineStopped(long generation) implements PipelineCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Fact from the operator: it cannot go on by itself. */
    record ReportPipelineFailed(long generation, String reason) implements PipelineCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * Fact from the operator: a deleted pipeline has nothing left in its source database.
     *
     * @param problem null if that is so; else what somebody has to take away there
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ReportPipelineReleased(long generation, @Nullable String problem) implements PipelineCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** This deadline has passed; it means nothing if the state has another by now. */
    record ExpirePipelineState(Instant deadline) implements PipelineCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(CreatePipeline command);

        R on(ChangePipeline command);

        R on(RescalePipeline command);

        R on(StartPipeline command);

        R on(PausePipeline command);

        R on(StopPipeline command);

        R on(RestartPipeline command);

        R on(HandOverPipeline command);

        R on(DeletePipeline command);

        R on(ReportPipelineRunning command);

        R on(ReportPipelineStopped command);

        R on(ReportPipelineFailed command);

        R on(ReportPipelineReleased command);

        R on(ExpirePipelineState command);
    }
}
