package io.fjord.core.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.contract.core.cluster.ClusterSize;
import io.fjord.contract.core.cluster.ConfigValue;
import io.fjord.contract.core.cluster.Endpoints;
import io.fjord.core.cluster.ClusterDecider.NamedCluster;
import io.fjord.core.cluster.ClusterLifecycle.Failed;
import io.fjord.core.cluster.ClusterLifecycle.Running;
import io.fjord.core.cluster.ClusterLifecycle.Starting;
import io.fjord.core.cluster.ClusterLifecycle.Stopping;
import io.fjord.kernel.Stored;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A cluster as the API shows it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ClusterView(
        String id,
        String name,
        String domain,
        ClusterSize size,
        String state,
        long generation,
        long version,
        @Nullable Endpoints endpoints,
        @Nullable String reason,
        @Nullable Integer idleStopSeconds,
        @Nullable Map<String, ConfigValue> config,
        @Nullable String owner,
        Instant createdAt) {

    static ClusterView of(Stored<NamedCluster> stored) {
        NamedCluster named = stored.state();
        Cluster cluster = named.cluster();
        ClusterLifecycle lifecycle = cluster.lifecycle();
        return new ClusterView(
                cluster.id(),
                named.address().name(),
                named.address().domain(),
                cluster.size(),
                lifecycle.label(),
                cluster.generation(),
                stored.version(),
                lifecycle instanceof Running running ? running.endpoints() : null,
                reason(lifecycle),
                cluster.idleStopSeconds(),
                cluster.config().isEmpty() ? null : new TreeMap<>(cluster.config()),
                cluster.owner(),
                cluster.createdAt());
    }

    private static @Nullable String reason(ClusterLifecycle lifecycle) {
        if (lifecycle instanceof Starting starting) {
            return starting.reason();
        }
        if (lifecycle instanceof Stopping stopping) {
            return stopping.reason();
        }
        return lifecycle instanceof Failed failed ? failed.reason() : null;
    }
}
