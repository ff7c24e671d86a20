package io.fjord.catalog.asset;

import io.fjord.contract.Address;
import io.fjord.contract.catalog.asset.AssetName;
import io.fjord.kernel.Store;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Tx;
import io.fjord.platform.sql.RowStore;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What is said of things, together with whether there are such things: nothing can be said of what is not there. */
final class AssetStore implements Store<Asset> {

    private final RowStore<Asset> rows = new RowStore<>(new AssetTable());

    RowStore<Asset> rows() {
        return rows;
    }

    @Override
    public Future<Map<Address, Stored<Asset>>> loadAll(Tx tx, Collection<Address> subjects) {
        List<Address> things =
                subjects.stream().map(AssetName::thing).distinct().toList();
        return rows.loadAll(tx, subjects)
                .compose(said -> FactsStore.load(SqlTx.of(tx), things).map(facts -> {
                    Map<Address, Stored<Asset>> all = new HashMap<>();
                    for (Address subject : subjects) {
                        Stored<Asset> stored = said.getOrDefault(subject, new Stored<>(Asset.unsaid(subject), 0));
                        all.put(subject, new Stored<>(stored.state().known(isThere(subject, facts)), stored.version()));
                    }
                    return all;
                }));
    }

    private static boolean isThere(Address subject, Map<Address, Facts> facts) {
        Facts of = facts.get(AssetName.thing(subject));
        String column = AssetName.of(subject).column();
        return of != null && of.isThere() && (column == null || of.hasColumn(column));
    }

    @Override
    public Future<Void> saveAll(Tx tx, List<Change<Asset>> changes) {
        return rows.saveAll(tx, changes);
    }
}
