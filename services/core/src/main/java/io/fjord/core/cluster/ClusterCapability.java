package io.fjord.core.cluster;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.core.cluster.ClusterCommand;
import io.fjord.contract.core.cluster.ClusterEvent;
import io.fjord.core.cluster.ClusterDecider.NamedCluster;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Capability;
import io.fjord.kernel.Metastore;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.RowStore;
import io.fjord.platform.sql.Vault;
import java.util.List;
import java.util.Set;

/** Lakehouse clusters: what they are made of. */
public final class ClusterCapability implements Capability {

    private final RowStore<NamedCluster> store;
    private final Aggregate<ClusterCommand, NamedCluster, ClusterEvent> aggregate;

    /** @param vault where the clusters' secrets are kept */
    public ClusterCapability(Vault vault) {
        this.store = new RowStore<>(new ClusterTable(vault));
        this.aggregate = new Aggregate<>(
                ClusterTable.KIND,
                ClusterCommand.class,
                ClusterEvent.class,
                new ClusterDecider(),
                store,
                Set.of(ClusterDecider.CLUSTERS, ClusterDecider.CORES));
    }

    Listing<NamedCluster> listing(Metastore metastore, MessageTypes types) {
        return new Listing<>(metastore, types, store, aggregate);
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
