package io.fjord.catalog.asset;

import io.fjord.contract.Address;
import io.fjord.contract.catalog.asset.AssetName;
import io.fjord.contract.catalog.asset.Notes.Classification;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Tables and views that others know by where their files lie, or by name; and what those are called now. */
public final class KnownThings {

    private final Map<String, String> byPlace = new HashMap<>();
    private final Map<Address, String> byName = new HashMap<>();

    private KnownThings() {}

    /**
     * @param places of files: {@code s3://lakehouse/default/…}
     * @param names that things could have
     */
    public static Future<KnownThings> resolve(SqlTx tx, String domain, Set<String> places, Set<Address> names) {
        KnownThings things = new KnownThings();
        Set<Long> keys = places.stream().map(FactsStore::locationKey).collect(Collectors.toSet());
        return tx.queryIn(
                        "SELECT domain, kind, name, facts FROM catalog.catalog_entry"
                                + " WHERE domain = ? AND location_key IN (??)",
                        keys,
                        domain)
                .compose(rows -> {
                    rows.forEach(row -> {
                        Facts facts = FactsStore.read(row);
                        String place = facts.location();
                        if (place != null && facts.isThere()) {
                            things.byPlace.put(FactsStore.place(place), facts.id());
                        } else if (place != null) {
                            things.byPlace.putIfAbsent(FactsStore.place(place), facts.id());
                        }
                    });
                    return FactsStore.load(tx, names);
                })
                .map(found -> {
                    found.forEach((name, facts) -> {
                        if (facts.isThere()) {
                            things.byName.put(name, facts.id());
                        }
                    });
                    return things;
                });
    }

    /** The id of what lies there; null if it is none of ours. */
    public @Nullable String at(String place) {
        return byPlace.get(FactsStore.place(place));
    }

    /** The id of what is called that. */
    public @Nullable String named(Address name) {
        return byName.get(name);
    }

    /** Addresses now, by id; what is gone for good has none. */
    public static Future<Map<String, Address>> addresses(SqlTx tx, Collection<String> ids) {
        return tx.queryIn("SELECT id, domain, kind, name FROM catalog.catalog_entry WHERE id IN (??)", ids)
                .map(rows -> {
                    Map<String, Address> addresses = new HashMap<>();
                    rows.forEach(row -> addresses.put(
                            row.getString("id"),
                            new Address(row.getString("domain"), row.getString("kind"), row.getString("name"))));
                    return addresses;
                });
    }

    /** What is known of a thing that is there or was; null if there is none. */
    public static Future<@Nullable Facts> facts(SqlTx tx, Address thing) {
        return FactsStore.one(tx, thing);
    }

    /** The id of a thing that is there or was; null if there is none. */
    public static Future<@Nullable String> id(SqlTx tx, Address thing) {
        return FactsStore.one(tx, thing).map(facts -> facts == null ? null : facts.id());
    }

    /** What a thing is classified as, under "", and each of its columns, by name; those without a classification are not there. */
    public static Future<Map<String, List<String>>> classifications(SqlTx tx, Address thing) {
        return new AssetStore().saidOf(tx, List.of(thing)).map(said -> {
            Map<String, List<String>> all = new HashMap<>();
            said.forEach((asset, stored) -> {
                String column = AssetName.of(asset).column();
                List<String> names = stored.state().notes().classifications().stream()
                        .map(Classification::name)
                        .toList();
                if (!names.isEmpty()) {
                    all.put(column == null ? "" : column, names);
                }
            });
            return all;
        });
    }
}
