package io.fjord.catalog.asset;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.catalog.asset.AssetName;
import io.fjord.contract.catalog.asset.Notes;
import io.fjord.kernel.Store;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Tx;
import io.fjord.platform.sql.RowStore;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

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
        // What is said is read after what there is: both move together, so it is not older.
        return FactsStore.load(SqlTx.of(tx), things)
                .compose(facts -> rows.loadAll(tx, subjects).map(said -> {
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

    /** All that is said of these things and of their columns, of what is not there any more too. */
    Future<Map<Address, Stored<Asset>>> saidOf(SqlTx tx, Collection<Address> things) {
        Map<Address, Stored<Asset>> found = new HashMap<>();
        List<Future<?>> sent = new ArrayList<>();
        things.stream()
                .collect(Collectors.groupingBy(Address::domain))
                .forEach((domain, some) -> sent.add(tx.queryIn(
                                "SELECT name, version, notes FROM catalog.asset WHERE domain = ? AND thing IN (??)",
                                some.stream()
                                        .map(thing -> thing.kind() + "/" + thing.name())
                                        .toList(),
                                domain)
                        .onSuccess(rows -> rows.forEach(row -> {
                            Address asset = new Address(domain, AssetName.KIND, row.getString("name"));
                            Notes notes = Json.read(row.getString("notes"), Notes.class);
                            found.put(asset, new Stored<>(new Asset(asset, false, notes), row.getLong("version")));
                        }))));
        return Future.join(sent).map(found);
    }

    @Override
    public Future<Void> saveAll(Tx tx, List<Change<Asset>> changes) {
        return rows.saveAll(tx, changes);
    }
}
