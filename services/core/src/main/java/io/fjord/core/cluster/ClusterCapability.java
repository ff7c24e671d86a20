package io.fjord.core.cluster;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.core.cluster.ClusterCommand;
import io.fjord.contract.core.cluster.ClusterEvent;
import io.fjord.core.cluster.ClusterDecider.NamedCluster;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Capability;
import java.util.List;
import java.util.Set;

/** Lakehouse clusters: what they are made of. */
public final class ClusterCapability implements Capability {

    static final Aggregate<ClusterCommand, NamedCluster, ClusterEvent> AGGREGATE = new Aggregate<>(
            ClusterStore.KIND,
            "cluster",
            ClusterCommand.class,
            ClusterEvent.class,
            new ClusterDecider(),
            new ClusterStore(),
            Set.of(ClusterDecider.CLUSTERS, ClusterDecider.CORES));

    @Override
    public void register(MessageTypes types) {
        types.add("core", "cluster", ClusterCommand.class).add("core", "cluster", ClusterEvent.class);
    }

    @Override
    public List<Aggregate<?, ?, ?>> aggregates() {
        return List.of(AGGREGATE);
    }
}
