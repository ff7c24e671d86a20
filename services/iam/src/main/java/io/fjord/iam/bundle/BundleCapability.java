package io.fjord.iam.bundle;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.iam.bundle.BundleCommand;
import io.fjord.contract.iam.bundle.BundleEvent;
import io.fjord.iam.IamCapability;
import io.fjord.iam.Parts;
import io.fjord.iam.delegation.Delegation;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Metastore;
import io.fjord.platform.http.Api;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.RowStore;
import java.util.List;
import java.util.Set;

/** Bundles of resources: what they are made of. */
public final class BundleCapability implements IamCapability {

    private final RowStore<Bundle> store = new RowStore<>(new BundleTable());
    private final Aggregate<BundleCommand, Bundle, BundleEvent> aggregate = new Aggregate<>(
            new BundleTable().kind(), BundleCommand.class, BundleEvent.class, new BundleDecider(), store, Set.of());

    @Override
    public void register(MessageTypes types) {
        types.add("iam", "bundle", BundleCommand.class).add("iam", "bundle", BundleEvent.class);
    }

    @Override
    public List<Aggregate<?, ?, ?>> aggregates() {
        return List.of(aggregate);
    }

    public Listing<Bundle> listing(Metastore metastore, MessageTypes types) {
        return new Listing<>(metastore, types, store, aggregate);
    }

    @Override
    public void install(Api api, Parts parts) {
        Delegation delegation = new Delegation(parts.metastore(), parts.access(), parts.types());
        new BundleRoutes(parts, listing(parts.metastore(), parts.types()), delegation).install(api);
    }
}
