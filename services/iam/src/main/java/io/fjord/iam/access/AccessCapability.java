package io.fjord.iam.access;

import io.fjord.codec.MessageTypes;
import io.fjord.iam.IamCapability;
import io.fjord.iam.Parts;
import io.fjord.iam.bundle.BundleCapability;
import io.fjord.iam.grant.GrantCapability;
import io.fjord.iam.role.RoleCapability;
import io.fjord.kernel.Metastore;
import io.fjord.platform.access.cel.Conditions;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.HttpJournals;

/** Questions about access: it owns no messages, and decides on nothing. */
public final class AccessCapability implements IamCapability {

    private final GrantCapability grants;
    private final RoleCapability roles;
    private final BundleCapability bundles;

    public AccessCapability(GrantCapability grants, RoleCapability roles, BundleCapability bundles) {
        this.grants = grants;
        this.roles = roles;
        this.bundles = bundles;
    }

    @Override
    public void register(MessageTypes types) {}

    @Override
    public void install(Api api, Parts parts) {
        Metastore metastore = parts.metastore();
        AccessHistory history = new AccessHistory(
                metastore,
                new HttpJournals(
                        parts.vertx(), parts.config().gateway(), parts.config().token()),
                Conditions.ofPolicies()::compile);
        Explanation explanation = new Explanation(
                grants.listing(metastore, parts.types()),
                roles.listing(metastore, parts.types()),
                bundles.listing(metastore, parts.types()));
        new AccessRoutes(parts, history, explanation).install(api);
    }
}
