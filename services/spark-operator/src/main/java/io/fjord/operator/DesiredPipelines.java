package io.fjord.operator;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
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
import io.fjord.kernel.Projection;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The pipelines that should read, as core's events tell; kept in memory and read anew at each start. */
final class DesiredPipelines implements Projection {

    /** What a pipeline should do. */
    enum Wish {
        START,
        RUN,
        STOP,
        /** Ended as {@code STOP} is, but what it had open stays. */
        PAUSE,
        PAUSED,
        /** It is deleted, and something of it stands in its source database still. */
        RELEASE,
        NOTHING
    }

    /**
     * @param restart where it was last told to begin
     * @param restartGeneration the start at which it was
     */
    record Desired(
            Address address,
            String id,
            PipelineSpec spec,
            String owner,
            Wish wish,
            long generation,
            PipelinePosition restart,
            long restartGeneration) {

        /** Whether its driver is told of it. */
        boolean isOrdered() {
            return wish == Wish.START || wish == Wish.RUN || wish == Wish.RELEASE || isPaused();
        }

        boolean isPaused() {
            return wish == Wish.PAUSE || wish == Wish.PAUSED;
        }

        private Desired now(Wish next, long newGeneration) {
            return new Desired(address, id, spec, owner, next, newGeneration, restart, restartGeneration);
        }
    }

    private final MessageTypes types;
    private final Runnable onChange;
    private final Map<Address, Desired> pipelines = new ConcurrentHashMap<>();
    private volatile Position position = Position.START;

    DesiredPipelines(MessageTypes types, Runnable onChange) {
        this.types = types;
        this.onChange = onChange;
    }

    List<Desired> all() {
        return List.copyOf(pipelines.values());
    }

    @Override
    public String name() {
        return "spark-operator.desired-pipelines";
    }

    @Override
    public Set<String> services() {
        return Set.of("core");
    }

    @Override
    public Future<Position> position(String service) {
        return Future.succeededFuture(position);
    }

    @Override
    public Future<Void> apply(String service, List<EventEnvelope<byte[]>> events) {
        boolean changed = false;
        for (EventEnvelope<byte[]> event : events) {
            if (types.knows(event.type()) && types.read(event.type(), event.data()) instanceof PipelineEvent data) {
                pipelines.compute(event.subject(), (address, was) -> data.match(new Step(address, was)));
                changed = true;
            }
            position = event.position();
        }
        if (changed) {
            onChange.run();
        }
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> reset(String service) {
        pipelines.clear();
        position = Position.START;
        return Future.succeededFuture();
    }

    private record Step(Address address, @Nullable Desired was) implements PipelineEvent.Cases<Desired> {

        private Desired before() {
            return Objects.requireNonNull(was, () -> address + " was never created");
        }

        @Override
        public Desired on(PipelineCreated event) {
            return new Desired(
                    address,
                    event.id(),
                    event.spec(),
                    event.owner(),
                    Wish.NOTHING,
                    was == null ? 0 : was.generation(),
                    PipelinePosition.earliest(),
                    0);
        }

        @Override
        public Desired on(PipelineChanged event) {
            Desired b = before();
            return new Desired(
                    address,
                    b.id(),
                    event.spec(),
                    b.owner(),
                    b.wish(),
                    b.generation(),
                    b.restart(),
                    b.restartGeneration());
        }

        @Override
        public Desired on(PipelineHandedOver event) {
            Desired b = before();
            return new Desired(
                    address,
                    b.id(),
                    b.spec(),
                    event.to(),
                    b.wish(),
                    b.generation(),
                    b.restart(),
                    b.restartGeneration());
        }

        @Override
        public Desired on(PipelineStarting event) {
            Desired b = before();
            PipelinePosition from = event.from();
            return new Desired(
                    address,
                    b.id(),
                    b.spec(),
                    b.owner(),
                    Wish.START,
                    event.generation(),
                    from == null ? b.restart() : from,
                    from == null ? b.restartGeneration() : event.generation());
        }

        @Override
        public Desired on(PipelineRunning event) {
            return before().now(Wish.RUN, event.generation());
        }

        @Override
        public Desired on(PipelineStopping event) {
            return before().now(event.pausing() ? Wish.PAUSE : Wish.STOP, event.generation());
        }

        @Override
        public Desired on(PipelinePaused event) {
            return before().now(Wish.PAUSED, event.generation());
        }

        @Override
        public Desired on(PipelineStopped event) {
            return before().now(Wish.NOTHING, event.generation());
        }

        @Override
        public Desired on(PipelineFailed event) {
            return before().now(Wish.NOTHING, event.generation());
        }

        @Override
        public Desired on(PipelineDeleted event) {
            boolean database = before().spec().source().database() != null;
            return before().now(database ? Wish.RELEASE : Wish.NOTHING, before().generation());
        }

        @Override
        public Desired on(PipelineReleased event) {
            return before().now(Wish.NOTHING, event.generation());
        }
    }
}
