package io.fjord.iam.role;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.iam.role.RoleCommand;
import io.fjord.contract.iam.role.RoleEvent;
import io.fjord.iam.IamCapability;
import io.fjord.iam.Parts;
import io.fjord.iam.delegation.Delegation;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Metastore;
import io.fjord.platform.access.BuiltInRoles;
import io.fjord.platform.http.Api;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.RowStore;
import java.util.List;
import java.util.Set;

/** Roles: what they are made of. */
public final class RoleCapability implements IamCapability {

    private final RowStore<Role> store = new RowStore<>(new RoleTable());
    private final Aggregate<RoleCommand, Role, RoleEvent> aggregate = new Aggregate<>(
            new RoleTable().kind(),
            RoleCommand.class,
            RoleEvent.class,
            new RoleDecider(BuiltInRoles.all().keySet()),
            store,
            Set.of());

    @Override
    public void register(MessageTypes types) {
        types.add("iam", "role", RoleCommand.class).add("iam", "role", RoleEvent.class);
    }

    @Override
    public List<Aggregate<?, ?, ?>> aggregates() {
        return List.of(aggregate);
    }

    public Listing<Role> listing(Metastore metastore, MessageTypes types) {
        return new Listing<>(metastore, types, store, aggregate);
    }

    @Override
    public void install(Api api, Parts parts) {
        Delegation delegation = new Delegation(parts.metastore(), parts.access(), parts.types());
        new RoleRoutes(parts, listing(parts.metastore(), parts.types()), delegation).install(api);
    }
}
