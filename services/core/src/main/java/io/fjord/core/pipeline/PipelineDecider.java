package io.fjord.core.pipeline;

import io.fjord.contract.Address;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.core.pipeline.PipelineCommand;
import io.fjord.contract.core.pipeline.PipelineCommand.ChangePipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.CreatePipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.DeletePipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.ExpirePipelineState;
import io.fjord.contract.core.pipeline.PipelineCommand.HandOverPipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.PausePipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.ReportPipelineFailed;
import io.fjord.contract.core.pipeline.PipelineCommand.ReportPipelineReleased;
import io.fjord.contract.core.pipeline.PipelineCommand.ReportPipelineRunning;
import io.fjord.contract.core.pipeline.PipelineCommand.ReportPipelineStopped;
import io.fjord.contract.core.pipeline.PipelineCommand.RescalePipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.RestartPipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.StartPipeline;
import io.fjord.contract.core.pipeline.PipelineCommand.StopPipeline;
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
import io.fjord.contract.core.pipeline.PipelinePosition;
import io.fjord.contract.core.pipeline.PipelineSpec;
import io.fjord.core.pipeline.PipelineLifecycle.Deleted;
import io.fjord.core.pipeline.PipelineLifecycle.Paused;
import io.fjord.core.pipeline.PipelineLifecycle.Starting;
import io.fjord.core.pipeline.PipelineLifecycle.Stopping;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;
import io.fjord.kernel.Thing;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The rules of a pipeline. */
final class PipelineDecider implements Decider<PipelineCommand, PipelineDecider.NamedPipeline, PipelineEvent> {

    static final String PIPELINES = "pipelines";

    private static final Duration START_WITHIN = Duration.ofMinutes(3);

    /** What it read until then is written first. */
    private static final Duration STOP_WITHIN = Duration.ofMinutes(2);

    private static final Pattern ACTOR = Pattern.compile("(user|service-account):" + Address.NAME);

    /** A pipeline and where it lives; the rules name it in their answers. */
    record NamedPipeline(Address address, Pipeline pipeline) implements Thing {}

    @Override
    public NamedPipeline initial(Address subject) {
        return new NamedPipeline(subject, Pipeline.ABSENT);
    }

    @Override
    public NamedPipeline evolve(NamedPipeline state, PipelineEvent event) {
        return new NamedPipeline(state.address(), event.match(state.pipeline()));
    }

    @Override
    public Decision<PipelineEvent> decide(PipelineCommand command, NamedPipeline state, Context context) {
        return command.match(new Rules(state.address(), state.pipeline(), context));
    }

    @Override
    public Map<String, Long> usage(NamedPipeline state) {
        return state.pipeline().exists() ? Map.of(PIPELINES, 1L) : Map.of();
    }

    @Override
    public Optional<Deadline<PipelineCommand>> deadline(NamedPipeline state, long version) {
        if (state.pipeline().lifecycle() instanceof Starting starting) {
            return Optional.of(new Deadline<>(starting.deadline(), new ExpirePipelineState(starting.deadline())));
        }
        if (state.pipeline().lifecycle() instanceof Stopping stopping) {
            return Optional.of(new Deadline<>(stopping.deadline(), new ExpirePipelineState(stopping.deadline())));
        }
        return Optional.empty();
    }

    private record Rules(Address address, Pipeline pipeline, Context context)
            implements PipelineCommand.Cases<Decision<PipelineEvent>> {

        // Wishes

        @Override
        public Decision<PipelineEvent> on(CreatePipeline command) {
            if (pipeline.exists()) {
                return Decision.reject(PipelineProblems.alreadyExists(address.name()));
            }
            if (!isActor(context.actor())) {
                return Decision.reject(PipelineProblems.badOwner(context.actor()));
            }
            if (!context.quota().admits(PIPELINES, 1)) {
                return Decision.reject(PipelineProblems.quotaExceeded(context.quota(), PIPELINES));
            }
            String id = pipeline.id().isEmpty() ? context.newId().get() : pipeline.id();
            PipelinePosition from = command.from() == null ? PipelinePosition.earliest() : command.from();
            return Decision.accept(
                    new PipelineCreated(id, command.spec(), context.actor(), context.now()), start("created", from));
        }

        @Override
        public Decision<PipelineEvent> on(ChangePipeline command) {
            PipelineSpec was = pipeline.spec();
            return changed(was.changed(
                    command.evolution() == null ? was.evolution() : command.evolution(),
                    command.freshnessSeconds() == null ? was.freshnessSeconds() : command.freshnessSeconds(),
                    command.watermark() == null ? was.watermark() : command.watermark(),
                    was.parallelism(),
                    command.transform() == null ? was.transform() : command.transform()));
        }

        @Override
        public Decision<PipelineEvent> on(RescalePipeline command) {
            PipelineSpec was = pipeline.spec();
            return changed(was.changed(
                    was.evolution(), was.freshnessSeconds(), was.watermark(), command.parallelism(), was.transform()));
        }

        private Decision<PipelineEvent> changed(PipelineSpec spec) {
            if (!pipeline.exists()) {
                return missing();
            }
            if (spec.equals(pipeline.spec())) {
                return Decision.noEffect("It is so already");
            }
            List<Fault> faults = PipelineFaults.of(spec, null);
            if (!faults.isEmpty()) {
                return Decision.reject(PipelineProblems.wrongChange(address.name(), faults));
            }
            return pipeline.active()
                    ? Decision.accept(new PipelineChanged(spec), start("changed", null))
                    : Decision.accept(new PipelineChanged(spec));
        }

        @Override
        public Decision<PipelineEvent> on(StartPipeline command) {
            if (!pipeline.exists()) {
                return missing();
            }
            if (pipeline.lifecycle() instanceof Stopping) {
                return Decision.reject(PipelineProblems.stillStopping(address.name()));
            }
            return pipeline.active() ? already() : Decision.accept(start("requested", null));
        }

        @Override
        public Decision<PipelineEvent> on(PausePipeline command) {
            if (!pipeline.exists()) {
                return missing();
            }
            return pipeline.active() ? Decision.accept(stop(true)) : already();
        }

        @Override
        public Decision<PipelineEvent> on(StopPipeline command) {
            if (!pipeline.exists()) {
                return missing();
            }
            boolean toStop = pipeline.active() || pipeline.lifecycle() instanceof Paused;
            return toStop ? Decision.accept(stop(false)) : already();
        }

        @Override
        public Decision<PipelineEvent> on(RestartPipeline command) {
            if (!pipeline.exists()) {
                return missing();
            }
            List<Fault> faults = PipelineFaults.of(pipeline.spec().source(), command.from());
            return faults.isEmpty()
                    ? Decision.accept(start("restarted at another position", command.from()))
                    : Decision.reject(PipelineProblems.wrongChange(address.name(), faults));
        }

        @Override
        public Decision<PipelineEvent> on(HandOverPipeline command) {
            if (!pipeline.exists()) {
                return missing();
            }
            if (!isActor(command.to())) {
                return Decision.reject(PipelineProblems.badOwner(command.to()));
            }
            if (command.to().equals(pipeline.owner())) {
                return Decision.noEffect("It is that of " + command.to() + " already");
            }
            PipelineEvent handedOver = new PipelineHandedOver(pipeline.owner(), command.to());
            return pipeline.active()
                    ? Decision.accept(handedOver, start("handed over", null))
                    : Decision.accept(handedOver);
        }

        @Override
        public Decision<PipelineEvent> on(DeletePipeline command) {
            return pipeline.exists() ? Decision.accept(new PipelineDeleted()) : missing();
        }

        /** People and programs own pipelines; groups and Fjord's own services do not. */
        private static boolean isActor(String text) {
            return ACTOR.matcher(text).matches();
        }

        // Facts

        @Override
        public Decision<PipelineEvent> on(ReportPipelineRunning command) {
            boolean awaited = pipeline.lifecycle() instanceof Starting && pipeline.generation() == command.generation();
            return awaited ? Decision.accept(new PipelineRunning(command.generation(), context.now())) : stale();
        }

        @Override
        public Decision<PipelineEvent> on(ReportPipelineStopped command) {
            if (pipeline.lifecycle() instanceof Stopping stopping && pipeline.generation() == command.generation()) {
                return Decision.accept(stopped(stopping));
            }
            return stale();
        }

        @Override
        public Decision<PipelineEvent> on(ReportPipelineFailed command) {
            if (pipeline.generation() != command.generation()) {
                return stale();
            }
            if (pipeline.lifecycle() instanceof Stopping stopping) {
                return Decision.accept(stopped(stopping));
            }
            return pipeline.active()
                    ? Decision.accept(new PipelineFailed(command.generation(), command.reason()))
                    : stale();
        }

        @Override
        public Decision<PipelineEvent> on(ReportPipelineReleased command) {
            boolean awaited = pipeline.lifecycle() instanceof Deleted && pipeline.generation() == command.generation();
            return awaited ? Decision.accept(new PipelineReleased(command.generation(), command.problem())) : stale();
        }

        @Override
        public Decision<PipelineEvent> on(ExpirePipelineState command) {
            if (pipeline.lifecycle() instanceof Starting starting
                    && starting.deadline().equals(command.deadline())) {
                return Decision.accept(new PipelineFailed(
                        pipeline.generation(),
                        "It did not read within " + START_WITHIN.toSeconds()
                                + " seconds; see the log of its driver, then start it again"));
            }
            if (pipeline.lifecycle() instanceof Stopping stopping
                    && stopping.deadline().equals(command.deadline())) {
                return Decision.accept(stopped(stopping));
            }
            return stale();
        }

        // What comes of them

        private PipelineEvent start(String reason, @Nullable PipelinePosition from) {
            return new PipelineStarting(pipeline.generation() + 1, context.now().plus(START_WITHIN), reason, from);
        }

        private PipelineEvent stop(boolean pausing) {
            return new PipelineStopping(
                    pipeline.generation(), pausing, context.now().plus(STOP_WITHIN));
        }

        private PipelineEvent stopped(Stopping stopping) {
            return stopping.pausing()
                    ? new PipelinePaused(pipeline.generation())
                    : new PipelineStopped(pipeline.generation());
        }

        private Decision<PipelineEvent> missing() {
            return Decision.reject(PipelineProblems.notFound(address.domain(), address.name()));
        }

        private Decision<PipelineEvent> already() {
            return Decision.noEffect("It is " + pipeline.lifecycle().label() + " already");
        }

        private Decision<PipelineEvent> stale() {
            return Decision.noEffect("It speaks of a state that is gone: the pipeline is "
                    + pipeline.lifecycle().label() + ", generation " + pipeline.generation());
        }
    }
}
