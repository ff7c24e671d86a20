package io.fjord.catalog.asset;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.catalog.asset.AssetCommand;
import io.fjord.contract.catalog.asset.AssetEvent;
import io.fjord.contract.catalog.asset.AssetName;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Capability;
import java.util.List;
import java.util.Set;

/** The entries of the data catalog: what they are made of. */
public final class AssetCapability implements Capability {

    private final AssetStore store = new AssetStore();
    private final Aggregate<AssetCommand, Asset, AssetEvent> aggregate =
            new Aggregate<>(AssetName.KIND, AssetCommand.class, AssetEvent.class, new AssetDecider(), store, Set.of());

    @Override
    public void register(MessageTypes types) {
        types.add("catalog", "asset", AssetCommand.class).add("catalog", "asset", AssetEvent.class);
    }

    @Override
    public List<Aggregate<?, ?, ?>> aggregates() {
        return List.of(aggregate);
    }

    Aggregate<AssetCommand, Asset, AssetEvent> aggregate() {
        return aggregate;
    }

    AssetStore store() {
        return store;
    }
}
