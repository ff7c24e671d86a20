package io.fjord.iam.identitysource;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand;
import io.fjord.contract.iam.identitysource.IdentitySourceEvent;
import io.fjord.iam.IamCapability;
import io.fjord.iam.Parts;
import io.fjord.iam.keycloak.KeycloakCapability.Connected;
import io.fjord.iam.keycloak.KeycloakFollower;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Stored;
import io.fjord.platform.http.Api;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.RowStore;
import io.fjord.platform.sql.Vault;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Identity sources: what they are made of. */
public final class IdentitySourceCapability implements IamCapability {

    private final Supplier<Vault> vault;

    /** @param vault where passwords are kept, once the database is open */
    public IdentitySourceCapability(Supplier<Vault> vault) {
        this.vault = vault;
    }

    @Override
    public void register(MessageTypes types) {
        types.add("iam", "identity-source", IdentitySourceCommand.class)
                .add("iam", "identity-source", IdentitySourceEvent.class);
    }

    private RowStore<IdentitySource> store() {
        return new RowStore<>(new IdentitySourceTable(vault.get()));
    }

    private static Aggregate<IdentitySourceCommand, IdentitySource, IdentitySourceEvent> aggregate(
            RowStore<IdentitySource> store) {
        return new Aggregate<>(
                IdentitySourceTable.KIND,
                IdentitySourceCommand.class,
                IdentitySourceEvent.class,
                new IdentitySourceDecider(),
                store,
                Set.of());
    }

    @Override
    public List<Aggregate<?, ?, ?>> aggregates() {
        return List.of(aggregate(store()));
    }

    @Override
    public void install(Api api, Parts parts) {
        RowStore<IdentitySource> store = store();
        new IdentitySourceRoutes(parts, new Listing<>(parts.metastore(), parts.types(), store, aggregate(store)))
                .install(api);
    }

    /** What keeps them in Keycloak. */
    public KeycloakFollower inKeycloak(Connected connected) {
        RowStore<IdentitySource> store = store();
        return new SourcesInKeycloak(
                connected,
                address -> connected
                        .parts()
                        .metastore()
                        .snapshot(tx -> store.loadAll(tx, List.of(address)))
                        .map(at -> Optional.ofNullable(at.value().get(address)).map(Stored::state)));
    }
}
