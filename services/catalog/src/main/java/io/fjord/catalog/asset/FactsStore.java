package io.fjord.catalog.asset;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.kernel.Ids;
import io.fjord.platform.sql.SqlTx;
import io.fjord.platform.sql.Table;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The facts as rows of {@code catalog.catalog_entry}, one for each namespace, table and view, dropped ones among them. */
final class FactsStore {

    private static final String SELECT = "SELECT domain, kind, name, facts FROM catalog.catalog_entry";

    private FactsStore() {}

    static Future<Map<Address, Facts>> load(SqlTx tx, Collection<Address> things) {
        Map<Address, Facts> found = new HashMap<>();
        List<Future<?>> sent = new ArrayList<>();
        things.stream()
                .collect(Collectors.groupingBy(thing -> thing.domain() + "/" + thing.kind()))
                .forEach((of, some) -> sent.add(tx.queryIn(
                                SELECT + " WHERE domain = ? AND kind = ? AND name IN (??)",
                                some.stream().map(Address::name).toList(),
                                some.get(0).domain(),
                                some.get(0).kind())
                        .onSuccess(rows -> rows.forEach(row -> put(found, row)))));
        return sent.isEmpty()
                ? Future.succeededFuture(found)
                : Future.join(sent).map(found);
    }

    /** Those that were dropped, whatever their name. */
    static Future<Map<Address, Facts>> dropped(SqlTx tx, Set<String> ids) {
        return tx.queryIn(SELECT + " WHERE dropped_micros IS NOT NULL AND id IN (??)", ids)
                .map(rows -> {
                    Map<Address, Facts> found = new HashMap<>();
                    rows.forEach(row -> put(found, row));
                    return found;
                });
    }

    private static void put(Map<Address, Facts> found, Row row) {
        Facts facts = read(row);
        found.put(facts.thing(), facts);
    }

    static Facts read(Row row) {
        return Json.read(row.getString("facts"), Facts.class);
    }

    /** @param touched of these, what is not in the map is gone */
    static Future<Void> save(SqlTx tx, Collection<Address> touched, Map<Address, Facts> now) {
        List<Tuple> written = new ArrayList<>();
        List<Tuple> gone = new ArrayList<>();
        touched.stream().sorted().forEach(thing -> {
            Facts facts = now.get(thing);
            if (facts == null) {
                gone.add(Tuple.of(thing.domain(), thing.kind(), thing.name()));
            } else {
                written.add(row(thing, facts));
            }
        });
        return tx.updates("DELETE FROM catalog.catalog_entry WHERE domain = ? AND kind = ? AND name = ?", gone)
                .compose(ok -> tx.upsert(
                        "catalog.catalog_entry",
                        List.of("domain", "kind", "name"),
                        List.of("parent", "id", "location_key", "dropped_micros", "facts"),
                        written));
    }

    private static Tuple row(Address thing, Facts facts) {
        return Tuple.tuple()
                .addValue(thing.domain())
                .addValue(thing.kind())
                .addValue(thing.name())
                .addValue(facts.parent())
                .addValue(facts.id())
                .addValue(facts.location() == null ? null : locationKey(facts.location()))
                .addValue(Table.micros(facts.droppedAt()))
                .addValue(Json.text(facts));
    }

    /** Finds a thing by where its files lie. */
    static long locationKey(String location) {
        return Long.parseUnsignedLong(
                Ids.sha256(place(location).getBytes(java.nio.charset.StandardCharsets.UTF_8))
                        .substring(0, 16),
                16);
    }

    /** The same for the same folder, though a local one is written {@code file:/x}, {@code file:///x} and {@code file/x}. */
    static String place(String location) {
        String plain = location.endsWith("/") ? location.substring(0, location.length() - 1) : location;
        return plain.startsWith("file:") ? plain.replaceFirst("^file:/*", "file/") : plain;
    }

    static Future<@Nullable Facts> one(SqlTx tx, Address thing) {
        return load(tx, List.of(thing)).map(found -> found.get(thing));
    }
}
