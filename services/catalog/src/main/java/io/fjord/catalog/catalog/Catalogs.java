package io.fjord.catalog.catalog;

import io.fjord.contract.Address;
import io.fjord.kernel.Stored;
import io.fjord.platform.sql.Database;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The catalogs there are, as every request needs to know them: a moment old at most. */
public final class Catalogs {

    private static final long FRESH_NANOS = Duration.ofSeconds(1).toNanos();

    private record Seen(Catalog catalog, long at) {}

    private final Database database;
    private final CatalogCapability capability;
    private final Map<Address, Seen> seen = new ConcurrentHashMap<>();

    public Catalogs(Database database, CatalogCapability capability) {
        this.database = database;
        this.capability = capability;
    }

    /** @return empty if there is none; that is never remembered */
    public Future<Optional<Catalog>> find(String domain, String name) {
        Address address = new Address(domain, CatalogStore.KIND, name);
        Seen known = seen.get(address);
        if (known != null && System.nanoTime() - known.at() < FRESH_NANOS) {
            return Future.succeededFuture(Optional.of(known.catalog()));
        }
        return now(address).map(found -> {
            Optional<Catalog> there = found.map(Stored::state).filter(Catalog::exists);
            if (there.isPresent()) {
                seen.put(address, new Seen(there.get(), System.nanoTime()));
            } else {
                seen.remove(address);
            }
            return there;
        });
    }

    private Future<Optional<Stored<Catalog>>> now(Address address) {
        return database.query(
                        "SELECT " + CatalogStore.COLUMNS + " FROM catalog.catalog WHERE domain = ? AND name = ?",
                        address.domain(),
                        address.name())
                .map(rows -> Optional.of(
                        rows.size() == 0
                                ? capability.initial(address)
                                : capability.store().read(rows.iterator().next())));
    }

    /** All there are in all domains, by address; those every domain has among them. */
    public Future<List<Catalog>> all() {
        return stored().map(all -> all.stream().map(Stored::state).toList());
    }

    Future<List<Stored<Catalog>>> stored() {
        return database.query("SELECT " + CatalogStore.COLUMNS + " FROM catalog.catalog")
                .map(rows -> {
                    Map<Address, Stored<Catalog>> all = new TreeMap<>();
                    for (String domain : capability.platform().domains()) {
                        Address address = new Address(domain, CatalogStore.KIND, Catalog.DEFAULT);
                        all.put(address, capability.initial(address));
                    }
                    rows.forEach(row -> {
                        Stored<Catalog> catalog = capability.store().read(row);
                        all.put(catalog.state().address(), catalog);
                    });
                    return all.values().stream()
                            .filter(catalog -> catalog.state().exists())
                            .toList();
                });
    }
}
