package io.fjord.iam.grant;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.iam.grant.GrantCommand;
import io.fjord.contract.iam.grant.GrantEvent;
import io.fjord.iam.IamCapability;
import io.fjord.iam.Parts;
import io.fjord.iam.bundle.BundleCapability;
import io.fjord.iam.delegation.Delegation;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Metastore;
import io.fjord.platform.http.Api;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.RowStore;
import java.util.List;
import java.util.Set;

/** Grants, owners and members of domains: what they are made of. */
public final class GrantCapability implements IamCapability {

    private final BundleCapability bundles;
    private final RowStore<Grant> store = new RowStore<>(new GrantTable());
    private final Aggregate<GrantCommand, Grant, GrantEvent> aggregate = new Aggregate<>(
            new GrantTable().kind(), GrantCommand.class, GrantEvent.class, new GrantDecider(), store, Set.of());

    /** @param bundles what grants on bundles are on */
    public GrantCapability(BundleCapability bundles) {
        this.bundles = bundles;
    }

    @Override
    public void register(MessageTypes types) {
        types.add("iam", "grant", GrantCommand.class).add("iam", "grant", GrantEvent.class);
    }

    @Override
    public List<Aggregate<?, ?, ?>> aggregates() {
        return List.of(aggregate);
    }

    public Listing<Grant> listing(Metastore metastore, MessageTypes types) {
        return new Listing<>(metastore, types, store, aggregate);
    }

    @Override
    public void install(Api api, Parts parts) {
        Listing<Grant> grants = listing(parts.metastore(), parts.types());
        Delegation delegation = new Delegation(parts.metastore(), parts.access(), parts.types());
        new GrantRoutes(parts, grants, delegation, BundlesHolding.of(bundles.listing(parts.metastore(), parts.types())))
                .install(api);
        new DomainPeopleRoutes(parts, grants, delegation).install(api);
    }
}
