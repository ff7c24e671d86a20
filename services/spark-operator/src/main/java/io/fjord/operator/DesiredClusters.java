package io.fjord.operator;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.core.cluster.ClusterEvent;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterCreated;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterDeleted;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterFailed;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterHandedOver;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterResized;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterRunning;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterStarting;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterStopped;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterStopping;
import io.fjord.contract.core.cluster.ClusterSize;
import io.fjord.contract.core.cluster.ConfigValue;
import io.fjord.kernel.Projection;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The clusters that should run, as core's events tell; kept in memory and read anew at each start. */
final class DesiredClusters implements Projection {

    /** What a cluster should be. */
    enum Wish {
        START,
        RUN,
        STOP,
        NOTHING
    }

    /**
     * @param config settings of its Spark, secrets among them by name
     * @param configuredBy who gave it them, or owns it since, and whose secrets they may name
     * @param notBefore a driver is not started earlier (backoff)
     */
    record Desired(
            Address address,
            String id,
            ClusterSize size,
            @Nullable Integer idleStopSeconds,
            Map<String, ConfigValue> config,
            String configuredBy,
            Wish wish,
            long generation,
            int attempt,
            Instant notBefore) {

        Driver.Key key() {
            return new Driver.Key(id, generation, attempt);
        }

        /** Who owns it answers for its settings. */
        private Desired configuredBy(String owner) {
            return new Desired(address, id, size, idleStopSeconds, config, owner, wish, generation, attempt, notBefore);
        }

        private Desired now(Wish next, long newGeneration, int newAttempt, Instant from) {
            return new Desired(
                    address, id, size, idleStopSeconds, config, configuredBy, next, newGeneration, newAttempt, from);
        }
    }

    private final MessageTypes types;
    private final Consumer<Address> onChange;
    /** Not those that were deleted: a platform has had many more clusters than it has. */
    private final Map<Address, Desired> clusters = new ConcurrentHashMap<>();

    private final Set<String> ids = ConcurrentHashMap.newKeySet();
    private volatile Position position = Position.START;

    DesiredClusters(MessageTypes types, Consumer<Address> onChange) {
        this.types = types;
        this.onChange = onChange;
    }

    @Nullable
    Desired at(Address address) {
        return clusters.get(address);
    }

    /** Whether a cluster of that id exists. */
    boolean knows(String id) {
        return ids.contains(id);
    }

    List<Desired> all() {
        return List.copyOf(clusters.values());
    }

    @Override
    public String name() {
        return "spark-operator.desired-clusters";
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
        Set<Address> changed = new LinkedHashSet<>();
        for (EventEnvelope<byte[]> event : events) {
            if (types.knows(event.type()) && types.read(event.type(), event.data()) instanceof ClusterEvent data) {
                step(event.subject(), event.actor(), data);
                changed.add(event.subject());
            }
            position = event.position();
        }
        changed.forEach(onChange);
        return Future.succeededFuture();
    }

    private void step(Address address, String actor, ClusterEvent event) {
        Desired was = clusters.get(address);
        Desired now = event.match(new Step(address, actor, was)).orElse(null);
        if (now == null) {
            clusters.remove(address);
        } else {
            clusters.put(address, now);
            ids.add(now.id());
        }
        if (was != null && (now == null || !now.id().equals(was.id()))) {
            ids.remove(was.id());
        }
    }

    @Override
    public Future<Void> reset(String service) {
        clusters.clear();
        ids.clear();
        position = Position.START;
        return Future.succeededFuture();
    }

    private record Step(
            Address address, String actor, @Nullable Desired was) implements ClusterEvent.Cases<Optional<Desired>> {

        private Desired before() {
            return Objects.requireNonNull(was, () -> address + " was never created");
        }

        @Override
        public Optional<Desired> on(ClusterCreated event) {
            return Optional.of(new Desired(
                    address,
                    event.id(),
                    event.size(),
                    event.idleStopSeconds(),
                    event.config() == null ? Map.of() : Map.copyOf(event.config()),
                    actor,
                    Wish.NOTHING,
                    0,
                    0,
                    Instant.EPOCH));
        }

        @Override
        public Optional<Desired> on(ClusterHandedOver event) {
            return Optional.of(before().configuredBy(event.to()));
        }

        @Override
        public Optional<Desired> on(ClusterResized event) {
            Desired b = before();
            return Optional.of(new Desired(
                    address,
                    b.id(),
                    event.size(),
                    b.idleStopSeconds(),
                    b.config(),
                    b.configuredBy(),
                    b.wish(),
                    b.generation(),
                    b.attempt(),
                    b.notBefore()));
        }

        @Override
        public Optional<Desired> on(ClusterStarting event) {
            return Optional.of(before().now(Wish.START, event.generation(), event.attempt(), event.notBefore()));
        }

        @Override
        public Optional<Desired> on(ClusterRunning event) {
            return Optional.of(before().now(Wish.RUN, event.generation(), event.attempt(), Instant.EPOCH));
        }

        @Override
        public Optional<Desired> on(ClusterStopping event) {
            return Optional.of(before().now(Wish.STOP, event.generation(), before().attempt(), Instant.EPOCH));
        }

        @Override
        public Optional<Desired> on(ClusterStopped event) {
            return Optional.of(before().now(Wish.NOTHING, event.generation(), before().attempt(), Instant.EPOCH));
        }

        @Override
        public Optional<Desired> on(ClusterFailed event) {
            return Optional.of(before().now(Wish.NOTHING, event.generation(), before().attempt(), Instant.EPOCH));
        }

        @Override
        public Optional<Desired> on(ClusterDeleted event) {
            return Optional.empty();
        }
    }
}
