package io.fjord.sql.cluster;

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
import io.fjord.kernel.Projection;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Which clusters there are and where their drivers listen; in memory, rebuilt from core's events at every start. */
public final class Clusters implements Projection {

    private static final String KIND = "cluster";

    private final MessageTypes types = new MessageTypes().add("core", "cluster", ClusterEvent.class);
    private final Map<Address, ClusterView> clusters = new ConcurrentHashMap<>();
    private volatile Position position = Position.START;
    private volatile Consumer<ClusterView> driverGone = cluster -> {};
    private volatile Runnable moved = () -> {};

    public static Address address(String domain, String name) {
        return new Address(domain, KIND, name);
    }

    /** Who is told that the driver of a cluster, as it was seen running, runs no more. */
    public void onDriverGone(Consumer<ClusterView> listener) {
        driverGone = listener;
    }

    /** Who is told that it knows of more. */
    public void onMove(Runnable listener) {
        moved = listener;
    }

    public Optional<ClusterView> find(Address cluster) {
        return Optional.ofNullable(clusters.get(cluster));
    }

    @Override
    public String name() {
        return "sql-clusters";
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
        for (EventEnvelope<byte[]> event : events) {
            if (event.subject().kind().equals(KIND) && types.knows(event.type())) {
                apply(event.subject(), (ClusterEvent) types.read(event.type(), event.data()));
            }
            position = event.position();
        }
        moved.run();
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> reset(String service) {
        clusters.clear();
        position = Position.START;
        return Future.succeededFuture();
    }

    private void apply(Address subject, ClusterEvent event) {
        ClusterView before = clusters.get(subject);
        ClusterView after = event.match(
                        new Evolve(before == null ? new ClusterView(subject, "starting", 0, 0, null, null) : before))
                .orElse(null);
        if (after == null) {
            clusters.remove(subject);
        } else {
            clusters.put(subject, after);
        }
        if (before != null && before.endpoints() != null && (after == null || !before.sameDriver(after))) {
            driverGone.accept(before);
        }
    }

    private record Evolve(ClusterView was) implements ClusterEvent.Cases<Optional<ClusterView>> {

        @Override
        public Optional<ClusterView> on(ClusterCreated event) {
            return Optional.of(new ClusterView(was.address(), "starting", 0, 0, null, null));
        }

        @Override
        public Optional<ClusterView> on(ClusterHandedOver event) {
            return Optional.of(was);
        }

        @Override
        public Optional<ClusterView> on(ClusterResized event) {
            return Optional.of(was);
        }

        @Override
        public Optional<ClusterView> on(ClusterStarting event) {
            return Optional.of(was.with("starting", event.generation(), event.attempt(), null, event.reason()));
        }

        @Override
        public Optional<ClusterView> on(ClusterRunning event) {
            return Optional.of(was.with("running", event.generation(), event.attempt(), event.endpoints(), null));
        }

        @Override
        public Optional<ClusterView> on(ClusterStopping event) {
            return Optional.of(was.with("stopping", event.generation(), was.attempt(), null, event.reason()));
        }

        @Override
        public Optional<ClusterView> on(ClusterStopped event) {
            return Optional.of(was.with("stopped", event.generation(), was.attempt(), null, was.reason()));
        }

        @Override
        public Optional<ClusterView> on(ClusterFailed event) {
            return Optional.of(was.with("failed", event.generation(), was.attempt(), null, event.reason()));
        }

        @Override
        public Optional<ClusterView> on(ClusterDeleted event) {
            return Optional.empty();
        }
    }
}
