package io.fjord.catalog.iceberg;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jspecify.annotations.Nullable;

/** The rows of namespaces, tables and views, inside the caller's transaction or without one. */
final class CatalogStore {

    /** Runs one statement: a transaction, or the pool. */
    @FunctionalInterface
    interface Sql {
        Future<RowSet<Row>> query(String sql, @Nullable Object... values);
    }

    record NamespaceRow(Map<String, String> properties, long version) {}

    /** What is to be deleted of a dropped table. */
    record Purge(String id, Warehouse warehouse, String metadataLocation) {}

    private static final String SEPARATOR = "\u001f";
    private static final TypeReference<LinkedHashMap<String, String>> PROPERTIES = new TypeReference<>() {};

    private CatalogStore() {}

    // Namespaces

    static Future<Optional<NamespaceRow>> namespace(Sql sql, Warehouse warehouse, Namespace namespace) {
        return namespace(sql, warehouse, namespace, "");
    }

    /** Locks the row: nothing is created in, moved into or dropped with the namespace until the transaction ends. */
    static Future<Optional<NamespaceRow>> lockNamespace(Sql sql, Warehouse warehouse, Namespace namespace) {
        return namespace(sql, warehouse, namespace, " for update");
    }

    private static Future<Optional<NamespaceRow>> namespace(
            Sql sql, Warehouse warehouse, Namespace namespace, String lock) {
        return sql.query(
                        "select properties, version from catalog.namespace where domain = ? and catalog = ? and name = ?"
                                + lock,
                        warehouse.domain(),
                        warehouse.catalog(),
                        joined(namespace))
                .map(rows -> first(rows)
                        .map(row -> new NamespaceRow(properties(row.getString("properties")), row.getLong("version"))));
    }

    /** Those directly below the parent, by name. */
    static Future<List<Namespace>> namespaces(Sql sql, Warehouse warehouse, Namespace parent) {
        return namespaces(sql, warehouse, parent, null, Integer.MAX_VALUE);
    }

    /** @param after the last one of the page before; null for the first */
    static Future<List<Namespace>> namespaces(
            Sql sql, Warehouse warehouse, Namespace parent, @Nullable Namespace after, int most) {
        return sql.query(
                        "select name from catalog.namespace where domain = ? and catalog = ? and parent = ? and name > ?"
                                + " order by name limit " + most,
                        warehouse.domain(),
                        warehouse.catalog(),
                        joined(parent),
                        after == null ? "" : joined(after))
                .map(rows -> {
                    List<Namespace> all = new ArrayList<>();
                    rows.forEach(row -> all.add(split(row.getString("name"))));
                    return all;
                });
    }

    static Future<Void> insert(Sql sql, Warehouse warehouse, Namespace namespace, Map<String, String> properties) {
        return sql.query(
                        "insert into catalog.namespace (domain, catalog, name, parent, properties, version)"
                                + " values (?, ?, ?, ?, ?, 1)",
                        warehouse.domain(),
                        warehouse.catalog(),
                        joined(namespace),
                        joined(parent(namespace)),
                        Json.text(properties))
                .mapEmpty();
    }

    /** Of a row that is locked. */
    static Future<Void> update(
            Sql sql, Warehouse warehouse, Namespace namespace, Map<String, String> properties, long version) {
        return sql.query(
                        "update catalog.namespace set properties = ?, version = ?"
                                + " where domain = ? and catalog = ? and name = ?",
                        Json.text(properties),
                        version,
                        warehouse.domain(),
                        warehouse.catalog(),
                        joined(namespace))
                .mapEmpty();
    }

    static Future<Void> delete(Sql sql, Warehouse warehouse, Namespace namespace) {
        return sql.query(
                        "delete from catalog.namespace where domain = ? and catalog = ? and name = ?",
                        warehouse.domain(),
                        warehouse.catalog(),
                        joined(namespace))
                .mapEmpty();
    }

    static Future<Boolean> isEmpty(Sql sql, Warehouse warehouse, Namespace namespace) {
        return sql.query(
                        "select name from catalog.entry where domain = ? and catalog = ? and namespace = ?"
                                + " union all"
                                + " select name from catalog.namespace where domain = ? and catalog = ? and parent = ?"
                                + " limit 1",
                        warehouse.domain(),
                        warehouse.catalog(),
                        joined(namespace),
                        warehouse.domain(),
                        warehouse.catalog(),
                        joined(namespace))
                .map(rows -> rows.size() == 0);
    }

    // Tables and views

    static Future<Optional<Entry>> entry(Sql sql, Warehouse warehouse, TableIdentifier name) {
        return entry(sql, warehouse, name, "");
    }

    static Future<Optional<Entry>> lockEntry(Sql sql, Warehouse warehouse, TableIdentifier name) {
        return entry(sql, warehouse, name, " for update");
    }

    private static Future<Optional<Entry>> entry(Sql sql, Warehouse warehouse, TableIdentifier name, String lock) {
        return sql.query(
                        "select kind, id, metadata_location, previous_metadata_location, location, version, protected"
                                + " from catalog.entry"
                                + " where domain = ? and catalog = ? and namespace = ? and name = ?" + lock,
                        warehouse.domain(),
                        warehouse.catalog(),
                        joined(name.namespace()),
                        name.name())
                .map(rows -> first(rows)
                        .map(row -> new Entry(
                                name,
                                Entry.Kind.of(row.getString("kind")),
                                row.getString("id"),
                                row.getString("metadata_location"),
                                row.getString("previous_metadata_location"),
                                row.getString("location"),
                                row.getLong("version"),
                                row.getBoolean("protected"))));
    }

    /** Those of one kind directly in the namespace, by name. */
    static Future<List<TableIdentifier>> entries(Sql sql, Warehouse warehouse, Namespace namespace, Entry.Kind kind) {
        return entries(sql, warehouse, namespace, kind, "", Integer.MAX_VALUE);
    }

    /** @param after the last name of the page before; empty for the first */
    static Future<List<TableIdentifier>> entries(
            Sql sql, Warehouse warehouse, Namespace namespace, Entry.Kind kind, String after, int most) {
        return sql.query(
                        "select name from catalog.entry where domain = ? and catalog = ? and namespace = ? and kind = ?"
                                + " and name > ? order by name limit " + most,
                        warehouse.domain(),
                        warehouse.catalog(),
                        joined(namespace),
                        kind.word(),
                        after)
                .map(rows -> {
                    List<TableIdentifier> all = new ArrayList<>();
                    rows.forEach(row -> all.add(TableIdentifier.of(namespace, row.getString("name"))));
                    return all;
                });
    }

    static Future<Void> insert(Sql sql, Warehouse warehouse, Entry entry) {
        return sql.query(
                        "insert into catalog.entry (domain, catalog, namespace, name, kind, id, metadata_location,"
                                + " previous_metadata_location, location, version, protected)"
                                + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        warehouse.domain(),
                        warehouse.catalog(),
                        joined(entry.name().namespace()),
                        entry.name().name(),
                        entry.kind().word(),
                        entry.id(),
                        entry.metadataLocation(),
                        entry.previousMetadataLocation(),
                        entry.location(),
                        entry.version(),
                        entry.isProtected())
                .mapEmpty();
    }

    /** @return whether the row was still as {@code before}; if not, nothing was written */
    static Future<Boolean> swap(Sql sql, Warehouse warehouse, Entry before, Entry after) {
        return sql.query(
                        "update catalog.entry set id = ?, metadata_location = ?, previous_metadata_location = ?,"
                                + " location = ?, version = ?"
                                + " where domain = ? and catalog = ? and namespace = ? and name = ?"
                                + " and kind = ? and metadata_location = ? and version = ?",
                        after.id(),
                        after.metadataLocation(),
                        after.previousMetadataLocation(),
                        after.location(),
                        after.version(),
                        warehouse.domain(),
                        warehouse.catalog(),
                        joined(before.name().namespace()),
                        before.name().name(),
                        before.kind().word(),
                        before.metadataLocation(),
                        before.version())
                .map(done -> done.rowCount() == 1);
    }

    /** Of a row that is locked. */
    static Future<Void> rename(Sql sql, Warehouse warehouse, Entry entry, TableIdentifier to) {
        return sql.query(
                        "update catalog.entry set namespace = ?, name = ?, version = ?"
                                + " where domain = ? and catalog = ? and namespace = ? and name = ?",
                        joined(to.namespace()),
                        to.name(),
                        entry.version() + 1,
                        warehouse.domain(),
                        warehouse.catalog(),
                        joined(entry.name().namespace()),
                        entry.name().name())
                .mapEmpty();
    }

    /** Of a row that is locked. */
    static Future<Void> protect(Sql sql, Warehouse warehouse, Entry entry, boolean isProtected) {
        return sql.query(
                        "update catalog.entry set protected = ?, version = ?"
                                + " where domain = ? and catalog = ? and namespace = ? and name = ?",
                        isProtected,
                        entry.version() + 1,
                        warehouse.domain(),
                        warehouse.catalog(),
                        joined(entry.name().namespace()),
                        entry.name().name())
                .mapEmpty();
    }

    static Future<Void> delete(Sql sql, Warehouse warehouse, TableIdentifier name) {
        return sql.query(
                        "delete from catalog.entry where domain = ? and catalog = ? and namespace = ? and name = ?",
                        warehouse.domain(),
                        warehouse.catalog(),
                        joined(name.namespace()),
                        name.name())
                .mapEmpty();
    }

    /** Whether the table or view of that UUID stands anywhere under any name. */
    static Future<Boolean> isThere(Sql sql, String id) {
        return sql.query("select name from catalog.entry where id = ? limit 1", id)
                .map(rows -> rows.size() > 0);
    }

    /** Keeps a catalog that was asked for from being deleted until the transaction ends; false if it is gone. */
    static Future<Boolean> lockCatalog(Sql sql, Warehouse warehouse) {
        return sql.query(
                        "select name from catalog.catalog where domain = ? and name = ? and storage is not null for update",
                        warehouse.domain(),
                        warehouse.catalog())
                .map(rows -> rows.size() > 0);
    }

    // Folders

    /** Those whose folder is one of these; had back ones among them. */
    static Future<List<EntryAt>> at(Sql sql, List<String> folders) {
        String marks = String.join(", ", Collections.nCopies(folders.size(), "?"));
        List<Object> values = new ArrayList<>(folders);
        values.addAll(folders);
        return sql.query(
                        "select domain, catalog, namespace, name, kind, id, location from catalog.entry"
                                + " where location in (" + marks + ") union all"
                                + " select domain, catalog, namespace, name, 'table', table_id, location"
                                + " from catalog.dropped_table where location in (" + marks + ")",
                        values.toArray())
                .map(CatalogStore::entriesAt);
    }

    /** Those of a catalog whose folder lies below; looks at all it has. */
    static Future<List<EntryAt>> below(Sql sql, Warehouse warehouse, String folder) {
        String lies = " where domain = ? and catalog = ? and substring(location, 1, " + folder.length() + ") = ?";
        return sql.query(
                        "select domain, catalog, namespace, name, kind, id, location from catalog.entry" + lies
                                + " union all"
                                + " select domain, catalog, namespace, name, 'table', table_id, location"
                                + " from catalog.dropped_table" + lies,
                        warehouse.domain(),
                        warehouse.catalog(),
                        folder,
                        warehouse.domain(),
                        warehouse.catalog(),
                        folder)
                .map(CatalogStore::entriesAt);
    }

    /** A table or view, dropped perhaps, and its folder. */
    record EntryAt(Address address, String id, String folder) {}

    private static List<EntryAt> entriesAt(RowSet<Row> rows) {
        List<EntryAt> all = new ArrayList<>();
        rows.forEach(row -> {
            Warehouse warehouse = new Warehouse(row.getString("domain"), row.getString("catalog"));
            TableIdentifier name = TableIdentifier.of(split(row.getString("namespace")), row.getString("name"));
            all.add(new EntryAt(
                    warehouse.name(name).in(warehouse.domain(), row.getString("kind")),
                    row.getString("id"),
                    row.getString("location")));
        });
        return all;
    }

    // Requests that may be repeated

    /** @param answer the metadata file that was answered, or what the operation needs; null if it needs nothing */
    record Answered(String request, @Nullable String answer) {}

    static Future<Optional<Answered>> answered(Sql sql, String digest) {
        return sql.query("select request, answer from catalog.idempotency_key where digest = ?", digest)
                .map(rows -> first(rows).map(row -> new Answered(row.getString("request"), row.getString("answer"))));
    }

    static Future<Boolean> isAnyAnswered(Sql sql, List<RequestKey> keys) {
        String marks = String.join(", ", Collections.nCopies(keys.size(), "?"));
        return sql.query(
                        "select digest from catalog.idempotency_key where digest in (" + marks + ")",
                        keys.stream().map(RequestKey::digest).toArray())
                .map(rows -> rows.size() > 0);
    }

    static Future<Void> insert(Sql sql, List<RequestKey> keys, @Nullable String answer, Instant now) {
        List<@Nullable Object> values = new ArrayList<>();
        keys.forEach(key -> values.addAll(Arrays.asList(key.digest(), key.request(), answer, micros(now))));
        return sql.query(
                        "insert into catalog.idempotency_key (digest, request, answer, created_micros) values "
                                + String.join(", ", Collections.nCopies(keys.size(), "(?, ?, ?, ?)")),
                        values.toArray())
                .mapEmpty();
    }

    static Future<Void> forgetKeys(Sql sql, Instant olderThan) {
        return sql.query("delete from catalog.idempotency_key where created_micros < ?", micros(olderThan))
                .mapEmpty();
    }

    // Dropped tables that can be had back

    private static final String DROPPED = "id, domain, catalog, namespace, name, table_id, metadata_location, location,"
            + " version, delete_files, dropped_by, dropped_micros, kept_until_micros";

    static Future<Void> insert(Sql sql, DroppedTable dropped) {
        return sql.query(
                        "insert into catalog.dropped_table (" + DROPPED
                                + ") values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        dropped.id(),
                        dropped.warehouse().domain(),
                        dropped.warehouse().catalog(),
                        joined(dropped.name().namespace()),
                        dropped.name().name(),
                        dropped.tableId(),
                        dropped.metadataLocation(),
                        dropped.location(),
                        dropped.version(),
                        dropped.purge(),
                        dropped.droppedBy(),
                        micros(dropped.droppedAt()),
                        micros(dropped.keptUntil()))
                .mapEmpty();
    }

    static Future<Optional<DroppedTable>> lockDropped(Sql sql, String id) {
        return sql.query("select " + DROPPED + " from catalog.dropped_table where id = ? for update", id)
                .map(rows -> first(rows).map(CatalogStore::dropped));
    }

    static Future<Optional<DroppedTable>> dropped(Sql sql, String id) {
        return sql.query("select " + DROPPED + " from catalog.dropped_table where id = ?", id)
                .map(rows -> first(rows).map(CatalogStore::dropped));
    }

    /** Oldest first. */
    static Future<List<DroppedTable>> dropped(Sql sql, String domain, String catalog, String after, int limit) {
        return sql.query(
                        "select " + DROPPED + " from catalog.dropped_table where domain = ? and catalog = ? and id > ?"
                                + " order by id limit " + limit,
                        domain,
                        catalog,
                        after)
                .map(CatalogStore::allDropped);
    }

    static Future<List<DroppedTable>> droppedUntil(Sql sql, Instant now, int limit) {
        return sql.query(
                        "select " + DROPPED + " from catalog.dropped_table where kept_until_micros <= ?"
                                + " order by kept_until_micros limit " + limit,
                        micros(now))
                .map(CatalogStore::allDropped);
    }

    static Future<Void> deleteDropped(Sql sql, String id) {
        return sql.query("delete from catalog.dropped_table where id = ?", id).mapEmpty();
    }

    private static List<DroppedTable> allDropped(RowSet<Row> rows) {
        List<DroppedTable> all = new ArrayList<>();
        rows.forEach(row -> all.add(dropped(row)));
        return all;
    }

    private static DroppedTable dropped(Row row) {
        return new DroppedTable(
                row.getString("id"),
                new Warehouse(row.getString("domain"), row.getString("catalog")),
                TableIdentifier.of(split(row.getString("namespace")), row.getString("name")),
                row.getString("table_id"),
                row.getString("metadata_location"),
                row.getString("location"),
                row.getLong("version"),
                row.getBoolean("delete_files"),
                row.getString("dropped_by"),
                time(row.getLong("dropped_micros")),
                time(row.getLong("kept_until_micros")));
    }

    private static Instant time(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    private static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }

    // Files of dropped tables

    static Future<Void> insert(Sql sql, Purge purge) {
        return sql.query(
                        "insert into catalog.files_to_delete (id, domain, catalog, metadata_location) values (?, ?, ?, ?)",
                        purge.id(),
                        purge.warehouse().domain(),
                        purge.warehouse().catalog(),
                        purge.metadataLocation())
                .mapEmpty();
    }

    /** Ids are of version 7: by id is by age. */
    static Future<List<Purge>> purges(Sql sql, int limit) {
        return sql.query("select id, domain, catalog, metadata_location from catalog.files_to_delete order by id limit "
                        + limit)
                .map(rows -> {
                    List<Purge> all = new ArrayList<>();
                    rows.forEach(row -> all.add(new Purge(
                            row.getString("id"),
                            new Warehouse(row.getString("domain"), row.getString("catalog")),
                            row.getString("metadata_location"))));
                    return all;
                });
    }

    static Future<Void> delete(Sql sql, Purge purge) {
        return sql.query("delete from catalog.files_to_delete where id = ?", purge.id())
                .mapEmpty();
    }

    // Names

    static Namespace parent(Namespace namespace) {
        String[] levels = namespace.levels();
        String[] above = new String[Math.max(0, levels.length - 1)];
        System.arraycopy(levels, 0, above, 0, above.length);
        return Namespace.of(above);
    }

    private static String joined(Namespace namespace) {
        return String.join(SEPARATOR, namespace.levels());
    }

    private static Namespace split(String joined) {
        return Namespace.of(joined.split(SEPARATOR, -1));
    }

    private static Optional<Row> first(RowSet<Row> rows) {
        var all = rows.iterator();
        return all.hasNext() ? Optional.of(all.next()) : Optional.empty();
    }

    private static Map<String, String> properties(String json) {
        try {
            return Json.MAPPER.readValue(json, PROPERTIES);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The properties of a namespace cannot be read", e);
        }
    }
}
