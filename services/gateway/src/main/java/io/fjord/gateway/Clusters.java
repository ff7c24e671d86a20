package io.fjord.gateway;

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
import io.fjord.platform.http.ProblemException;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/** The routes to clusters: which there are and where their drivers listen, rebuilt from core's events at every start. */
final class Clusters implements Projection {

    private static final String KIND = "cluster";

    private final String whenUnnamed;
    private final MessageTypes types = new MessageTypes().add("core", KIND, ClusterEvent.class);
    private final Map<Address, Cluster> clusters = new ConcurrentHashMap<>();
    private volatile Position position = Position.START;
    private volatile Runnable moved = () -> {};
    private volatile BooleanSupplier known = () -> false;

    /** @param whenUnnamed the cluster of callers that name none; empty: the one that runs, if it is one */
    Clusters(String whenUnnamed) {
        this.whenUnnamed = whenUnnamed;
    }

    /** @param all whether a cluster that is not here is none */
    void knownWhen(BooleanSupplier all) {
        known = all;
    }

    boolean isKnown() {
        return known.getAsBoolean();
    }

    /** Who is told that it knows of more. */
    void onMove(Runnable listener) {
        moved = listener;
    }

    Optional<Cluster> find(ClusterName name) {
        String cluster = name.cluster();
        return cluster == null || cluster.isEmpty() || name.domain().isEmpty()
                ? Optional.empty()
                : Optional.ofNullable(clusters.get(new Address(name.domain(), KIND, cluster)));
    }

    /**
     * The running cluster of that name.
     *
     * @throws ProblemException if there is none
     */
    Cluster running(ClusterName wanted) {
        if (!isKnown()) {
            // What was read so far may be long over.
            throw ClusterProblems.notKnownYet();
        }
        ClusterName name = wanted.cluster() == null ? unnamed(wanted.domain()) : wanted;
        Cluster cluster = find(name).orElseThrow(() -> ClusterProblems.notFound(name));
        if (!cluster.isRunning()) {
            throw ClusterProblems.notRunning(cluster);
        }
        return cluster;
    }

    private ClusterName unnamed(String domain) {
        if (!whenUnnamed.isEmpty()) {
            return new ClusterName(domain, whenUnnamed);
        }
        List<Cluster> running =
                clusters.values().stream().filter(Cluster::isRunning).toList();
        if (running.size() != 1) {
            throw ClusterProblems.notNamed(running.size());
        }
        Address only = running.get(0).address();
        return new ClusterName(only.domain(), only.name());
    }

    // From events

    @Override
    public String name() {
        return "gateway-clusters";
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
                happened(event.subject(), (ClusterEvent) types.read(event.type(), event.data()));
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

    void happened(Address subject, ClusterEvent event) {
        clusters.compute(
                subject,
                (address, was) -> event.match(new Evolve(was == null ? new Cluster(address, "starting", null) : was))
                        .orElse(null));
    }

    private record Evolve(Cluster was) implements ClusterEvent.Cases<Optional<Cluster>> {

        @Override
        public Optional<Cluster> on(ClusterCreated event) {
            return Optional.of(was.with("starting", null));
        }

        @Override
        public Optional<Cluster> on(ClusterHandedOver event) {
            return Optional.of(was);
        }

        @Override
        public Optional<Cluster> on(ClusterResized event) {
            return Optional.of(was);
        }

        @Override
        public Optional<Cluster> on(ClusterStarting event) {
            return Optional.of(was.with("starting", null));
        }

        @Override
        public Optional<Cluster> on(ClusterRunning event) {
            return Optional.of(was.with("running", event.endpoints()));
        }

        @Override
        public Optional<Cluster> on(ClusterStopping event) {
            return Optional.of(was.with("stopping", null));
        }

        @Override
        public Optional<Cluster> on(ClusterStopped event) {
            return Optional.of(was.with("stopped", null));
        }

        @Override
        public Optional<Cluster> on(ClusterFailed event) {
            return Optional.of(was.with("failed", null));
        }

        @Override
        public Optional<Cluster> on(ClusterDeleted event) {
            return Optional.empty();
        }
    }
}
