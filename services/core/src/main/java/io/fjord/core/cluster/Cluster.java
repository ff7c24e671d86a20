package io.fjord.core.cluster;

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
import io.fjord.core.cluster.ClusterLifecycle.Absent;
import io.fjord.core.cluster.ClusterLifecycle.Deleted;
import io.fjord.core.cluster.ClusterLifecycle.Failed;
import io.fjord.core.cluster.ClusterLifecycle.Running;
import io.fjord.core.cluster.ClusterLifecycle.Starting;
import io.fjord.core.cluster.ClusterLifecycle.Stopped;
import io.fjord.core.cluster.ClusterLifecycle.Stopping;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A lakehouse cluster as its events left it.
 *
 * @param id empty until it was created once; then stable
 * @param owner who may do everything with it; null for one of before there were owners
 * @param generation counts its starts, through deletion and re-creation
 */
record Cluster(
        String id,
        ClusterSize size,
        String secretRef,
        @Nullable Integer idleStopSeconds,
        Map<String, ConfigValue> config,
        @Nullable String owner,
        Instant createdAt,
        long generation,
        ClusterLifecycle lifecycle)
        implements ClusterEvent.Cases<Cluster> {

    static final Cluster ABSENT =
            new Cluster("", ClusterSize.XS, "", null, Map.of(), null, Instant.EPOCH, 0, new Absent());

    boolean exists() {
        return !(lifecycle instanceof Absent || lifecycle instanceof Deleted);
    }

    /** Whether a driver runs or is wanted, so that its cores count. */
    boolean active() {
        return lifecycle instanceof Starting || lifecycle instanceof Running || lifecycle instanceof Stopping;
    }

    @Override
    public Cluster on(ClusterCreated event) {
        return new Cluster(
                event.id(),
                event.size(),
                event.secretRef(),
                event.idleStopSeconds(),
                event.config() == null ? Map.of() : Map.copyOf(event.config()),
                event.owner(),
                event.createdAt(),
                generation,
                new Stopped());
    }

    @Override
    public Cluster on(ClusterHandedOver event) {
        return new Cluster(id, size, secretRef, idleStopSeconds, config, event.to(), createdAt, generation, lifecycle);
    }

    @Override
    public Cluster on(ClusterResized event) {
        return new Cluster(
                id, event.size(), secretRef, idleStopSeconds, config, owner, createdAt, generation, lifecycle);
    }

    @Override
    public Cluster on(ClusterStarting event) {
        return at(
                event.generation(), new Starting(event.attempt(), event.notBefore(), event.deadline(), event.reason()));
    }

    @Override
    public Cluster on(ClusterRunning event) {
        return at(event.generation(), new Running(event.attempt(), event.endpoints(), event.since()));
    }

    @Override
    public Cluster on(ClusterStopping event) {
        return at(event.generation(), new Stopping(event.reason(), event.deadline()));
    }

    @Override
    public Cluster on(ClusterStopped event) {
        return at(event.generation(), new Stopped());
    }

    @Override
    public Cluster on(ClusterFailed event) {
        return at(event.generation(), new Failed(event.reason()));
    }

    @Override
    public Cluster on(ClusterDeleted event) {
        return at(generation, new Deleted());
    }

    private Cluster at(long newGeneration, ClusterLifecycle next) {
        return new Cluster(id, size, secretRef, idleStopSeconds, config, owner, createdAt, newGeneration, next);
    }
}
