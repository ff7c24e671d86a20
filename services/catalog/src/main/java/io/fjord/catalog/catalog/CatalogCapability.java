package io.fjord.catalog.catalog;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.catalog.catalog.CatalogCommand;
import io.fjord.contract.catalog.catalog.CatalogEvent;
import io.fjord.contract.catalog.catalog.Storage;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Capability;
import io.fjord.kernel.Stored;
import io.fjord.platform.sql.Vault;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Catalogs with their storage: what they are made of. */
public final class CatalogCapability implements Capability {

    /**
     * The storage of catalogs that have none of their own.
     *
     * @param root {@code s3://lakehouse/}, in which each domain has its folder
     * @param domains those that have a catalog without having asked for it
     */
    public record PlatformStorage(Storage storage, String root, Set<String> domains) {

        String locationOf(Address catalog) {
            return root + catalog.domain() + "/" + catalog.name() + "/";
        }

        Catalog ifBuiltIn(Catalog absent) {
            Address address = absent.address();
            return address.name().equals(Catalog.DEFAULT) && domains.contains(address.domain())
                    ? Catalog.builtIn(address, storage, locationOf(address))
                    : absent;
        }
    }

    private final PlatformStorage platform;
    private final CatalogStore store;
    private final Aggregate<CatalogCommand, Catalog, CatalogEvent> aggregate;

    /** @param vault where the keys to storages are kept */
    public CatalogCapability(PlatformStorage platform, Vault vault) {
        UnaryOperator<Catalog> builtIn = platform::ifBuiltIn;
        this.platform = platform;
        this.store = new CatalogStore(vault, builtIn);
        this.aggregate = new Aggregate<>(
                CatalogStore.KIND,
                CatalogCommand.class,
                CatalogEvent.class,
                new CatalogDecider(builtIn),
                store,
                Set.of());
    }

    PlatformStorage platform() {
        return platform;
    }

    /** Before anything was asked of it. */
    Stored<Catalog> initial(Address address) {
        return new Stored<>(aggregate.decider().initial(address), 0);
    }

    CatalogStore store() {
        return store;
    }

    Aggregate<CatalogCommand, Catalog, CatalogEvent> aggregate() {
        return aggregate;
    }

    public static MessageTypes messages(MessageTypes types) {
        return types.add("catalog", "catalog", CatalogCommand.class).add("catalog", "catalog", CatalogEvent.class);
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
