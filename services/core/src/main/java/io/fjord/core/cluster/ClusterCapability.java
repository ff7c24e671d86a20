package io.fjord.core.cluster;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.core.cluster.ClusterCommand;
import io.fjord.contract.core.cluster.ClusterEvent;
import io.fjord.core.cluster.ClusterDecider.NamedCluster;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Capability;
import io.fjord.platform.sql.Vault;
import java.util.List;
import java.util.Set;

/** Lakehouse clusters: what they are made of. */
public final class ClusterCapability implements Capability {

    private final Aggregate<ClusterCommand, NamedCluster, ClusterEvent> aggregate;

    /** @param vault where the clusters' secrets are kept */
    public ClusterCapability(Vault vault) {
        this.aggregate = new Aggregate<>(
                ClusterStore.KIND,
                ClusterCommand.class,
                ClusterEvent.class,
                new ClusterDecider(),
                new ClusterStore(vault),
                Set.of(ClusterDecider.CLUSTERS, ClusterDecider.CORES));
    }

    Aggregate<ClusterCommand, NamedCluster, ClusterEvent> aggregate() {
        return aggregate;
    }

    public static MessageTypes messages(MessageTypes types) {
        return types.add("core", "cluster", ClusterCommand.class).add("core", "cluster", ClusterEvent.class);
    }

    @Override
    public void register(MessageTypes types) {
        messages(types);
    }

    @Override
    public List<Aggregate<?, ?, ?>> aggregates() {
        return List.of(aggregate);
    }
}
