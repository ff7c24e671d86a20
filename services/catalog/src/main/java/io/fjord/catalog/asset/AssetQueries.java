package io.fjord.catalog.asset;

import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.catalog.asset.AssetName;
import io.fjord.contract.catalog.asset.Notes;
import io.fjord.kernel.History;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Metastore.At;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Tx;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads of the data catalog's entries: now from rows, as of then from the journal. */
final class AssetQueries {

    private final Metastore metastore;
    private final MessageTypes types;
    private final AssetStore store;
    private final History<Asset, ?> history;

    AssetQueries(Metastore metastore, MessageTypes types, AssetCapability capability) {
        this.metastore = metastore;
        this.types = types;
        this.store = capability.store();
        this.history = new History<>(metastore, types, capability.aggregate());
    }

    /** A thing with what is said of it and of its columns. */
    record Card(Address asset, Facts facts, Stored<Asset> said, Map<String, Notes> ofColumns) {}

    /** The entry if there is such a thing, a dropped one too; of a column if the thing has it. */
    Future<At<Optional<Card>>> one(Address asset, Optional<Position> asOf) {
        return asOf.isPresent()
                ? at(asset, asOf.get()).map(card -> new At<>(card, asOf.get()))
                : metastore.snapshot(tx -> now(tx, asset));
    }

    private Future<Optional<Card>> now(Tx tx, Address asset) {
        return FactsStore.one(SqlTx.of(tx), AssetName.thing(asset)).compose(facts -> {
            if (facts == null || !hasColumn(asset, facts)) {
                return Future.succeededFuture(Optional.empty());
            }
            return ofColumns(tx, asset)
                    .compose(columns -> store.loadAll(tx, List.of(asset))
                            .map(said -> Optional.of(new Card(
                                    asset,
                                    facts,
                                    said.getOrDefault(asset, new Stored<>(Asset.unsaid(asset), 0)),
                                    columns))));
        });
    }

    private static boolean hasColumn(Address asset, Facts facts) {
        String column = AssetName.of(asset).column();
        return column == null || facts.hasColumn(column);
    }

    private static Future<Map<String, Notes>> ofColumns(Tx tx, Address asset) {
        Address thing = AssetName.thing(asset);
        return SqlTx.of(tx)
                .query(
                        "SELECT name, notes FROM catalog.asset WHERE domain = ? AND thing = ?",
                        thing.domain(),
                        thing.kind() + "/" + thing.name())
                .map(rows -> {
                    Map<String, Notes> columns = new HashMap<>();
                    rows.forEach(row -> {
                        String column = AssetName.of(new Address(asset.domain(), AssetName.KIND, row.getString("name")))
                                .column();
                        if (column != null) {
                            columns.put(column, Json.read(row.getString("notes"), Notes.class));
                        }
                    });
                    return columns;
                });
    }

    /** Those of a domain by kind and name, behind a place in that order. */
    Future<List<Card>> page(
            Tx tx,
            String domain,
            @Nullable String kind,
            @Nullable String parent,
            boolean dropped,
            List<String> after,
            int size) {
        StringBuilder sql = new StringBuilder("SELECT domain, kind, name, facts FROM catalog.catalog_entry"
                + " WHERE domain = ? AND (kind > ? OR (kind = ? AND name > ?))");
        List<Object> values = new ArrayList<>(List.of(domain, after.get(0), after.get(0), after.get(1)));
        if (kind != null) {
            sql.append(" AND kind = ?");
            values.add(kind);
        }
        if (parent != null) {
            sql.append(" AND parent = ?");
            values.add(parent);
        }
        if (!dropped) {
            sql.append(" AND dropped_micros IS NULL");
        }
        sql.append(" ORDER BY kind, name LIMIT ?");
        values.add(size);
        return SqlTx.of(tx).query(sql.toString(), values.toArray()).compose(rows -> {
            List<Facts> facts = new ArrayList<>();
            rows.forEach(row -> facts.add(FactsStore.read(row)));
            List<Address> assets = facts.stream()
                    .map(one -> AssetName.about(one.thing()).in(domain))
                    .toList();
            return store.rows().loadAll(tx, assets).map(said -> {
                List<Card> cards = new ArrayList<>();
                for (int i = 0; i < facts.size(); i++) {
                    Address asset = assets.get(i);
                    cards.add(new Card(
                            asset,
                            facts.get(i),
                            said.getOrDefault(asset, new Stored<>(Asset.unsaid(asset), 0)),
                            Map.of()));
                }
                return cards;
            });
        });
    }

    // As of then

    private Future<Optional<Card>> at(Address asset, Position position) {
        Address thing = AssetName.thing(asset);
        return metastore
                .transaction(tx -> FactsStore.one(SqlTx.of(tx), thing)
                        .compose(now -> ofColumns(tx, asset)
                                .map(columns -> new Now(now == null ? List.of() : now.formerly(), columns.keySet()))))
                .compose(now -> factsAt(thing, now.formerly(), position)
                        .compose(facts -> facts == null || !hasColumn(asset, facts)
                                ? Future.succeededFuture(Optional.empty())
                                : history.at(asset, position)
                                        .compose(said -> columnsAt(asset, now.columns(), position)
                                                .map(columns -> Optional.of(new Card(asset, facts, said, columns))))));
    }

    private record Now(List<Address> formerly, Set<String> columns) {}

    private Future<Map<String, Notes>> columnsAt(Address asset, Set<String> columns, Position position) {
        AssetName name = AssetName.of(asset);
        Map<String, Notes> then = new HashMap<>();
        if (name.column() != null) {
            return Future.succeededFuture(then);
        }
        List<Future<?>> all = new ArrayList<>();
        columns.forEach(column ->
                all.add(history.at(new AssetName(name.kind(), name.name(), column).in(asset.domain()), position)
                        .onSuccess(said -> then.put(column, said.state().notes()))));
        return Future.join(all).map(then);
    }

    /** The events under its name, and under those it had before. */
    private Future<@Nullable Facts> factsAt(Address thing, List<Address> formerly, Position position) {
        Set<Address> names = new LinkedHashSet<>(formerly);
        names.add(thing);
        List<Future<List<EventEnvelope<String>>>> histories =
                names.stream().map(name -> metastore.history(name, position)).toList();
        return Future.all(histories).map(all -> {
            Map<Address, Facts> facts = new HashMap<>();
            FactsFold fold = new FactsFold(facts);
            histories.stream()
                    .flatMap(history -> history.result().stream())
                    .sorted(Comparator.comparing(EventEnvelope::position))
                    .filter(event -> FactsProjection.isOfMetastore(event.type()) && types.knows(event.type()))
                    .forEach(event -> fold.apply(event, types.read(event.type(), event.data())));
            return facts.get(thing);
        });
    }

    // Open requests

    /** Entries of which somebody asked for a classification that is not decided yet, by name. */
    Future<List<Stored<Asset>>> requested(Tx tx, String domain, String after, int size) {
        return SqlTx.of(tx)
                .query(
                        "SELECT name, version, notes FROM catalog.asset WHERE domain = ? AND name > ? AND requests > 0"
                                + " ORDER BY name LIMIT ?",
                        domain,
                        after,
                        size)
                .map(rows -> {
                    List<Stored<Asset>> found = new ArrayList<>();
                    rows.forEach(row -> found.add(new Stored<>(
                            new Asset(
                                    new Address(domain, AssetName.KIND, row.getString("name")),
                                    true,
                                    Json.read(row.getString("notes"), Notes.class)),
                            row.getLong("version"))));
                    return found;
                });
    }
}
