package io.fjord.catalog.hive;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import io.fjord.codec.CapturedChanges.Change;
import io.fjord.codec.Json;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The metastore's rows in catalog's own database: what a change is a change of. */
final class MetastoreMirror {

    /** Rows that count, and those of a snapshot on its way in. */
    static final int CURRENT = 0;

    static final int ARRIVING = 1;

    private static final TypeReference<Map<String, Object>> VALUES = new TypeReference<>() {};
    private static final String SELECT = "select relation, id, owner, refers, data from catalog.hive_row";

    private final SqlTx tx;

    MetastoreMirror(SqlTx tx) {
        this.tx = tx;
    }

    /** The rows of all databases and tables that a transaction touches, as they were before it. */
    Future<MetastoreRows> touchedBy(List<Change> changes) {
        Touched touched = new Touched(changes);
        return by("SDS", "owner", touched.columns)
                .compose(storages -> {
                    storages.forEach(row -> touched.storages.add(row.id()));
                    return by("SDS", "refers", touched.serdes);
                })
                .compose(storages -> {
                    storages.forEach(row -> touched.storages.add(row.id()));
                    return by("TBLS", "refers", touched.storages);
                })
                .compose(tables -> {
                    tables.forEach(row -> touched.tables.add(row.id()));
                    return load(touched.tables, touched.databases);
                });
    }

    /** What stands in the rows of a transaction itself. */
    private static final class Touched {
        final Set<String> databases = new TreeSet<>();
        final Set<String> tables = new TreeSet<>();
        final Set<String> storages = new TreeSet<>();
        final Set<String> serdes = new TreeSet<>();
        final Set<String> columns = new TreeSet<>();

        Touched(List<Change> changes) {
            for (Change change : changes) {
                for (MetastoreRow row : rows(change)) {
                    switch (row.relation()) {
                        case "DBS" -> databases.add(row.id());
                        case "DATABASE_PARAMS" -> databases.add(row.owner());
                        case "TBLS" -> {
                            tables.add(row.id());
                            databases.add(row.owner());
                        }
                        case "SDS" -> storages.add(row.id());
                        case "SERDES" -> serdes.add(row.id());
                        case "COLUMNS_V2" -> columns.add(row.owner());
                        default -> tables.add(row.owner());
                    }
                }
            }
        }
    }

    static List<MetastoreRow> rows(Change change) {
        List<MetastoreRow> rows = new ArrayList<>();
        MetastoreRow before = MetastoreRow.before(change);
        MetastoreRow after = MetastoreRow.after(change);
        if (before != null) {
            rows.add(before);
        }
        if (after != null) {
            rows.add(after);
        }
        return rows;
    }

    private Future<MetastoreRows> load(Set<String> tables, Set<String> databases) {
        List<MetastoreRow> all = new ArrayList<>();
        Set<String> owners = new HashSet<>(databases);
        return by("TBLS", "id", tables)
                .compose(found -> {
                    all.addAll(found);
                    found.forEach(row -> owners.add(row.owner()));
                    return by("SDS", "id", refers(found));
                })
                .compose(found -> {
                    all.addAll(found);
                    return by("SERDES", "id", refers(found)).compose(serdes -> {
                        all.addAll(serdes);
                        return by("COLUMNS_V2", "owner", owners(found));
                    });
                })
                .compose(found -> {
                    all.addAll(found);
                    return by("TABLE_PARAMS", "owner", tables);
                })
                .compose(found -> {
                    all.addAll(found);
                    return by("PARTITION_KEYS", "owner", tables);
                })
                .compose(found -> {
                    all.addAll(found);
                    return by("DBS", "id", owners);
                })
                .compose(found -> {
                    all.addAll(found);
                    return by("DATABASE_PARAMS", "owner", owners);
                })
                .map(found -> {
                    all.addAll(found);
                    return new MetastoreRows(all);
                });
    }

    private static Set<String> refers(Collection<MetastoreRow> rows) {
        return rows.stream().map(MetastoreRow::refers).collect(Collectors.toSet());
    }

    private static Set<String> owners(Collection<MetastoreRow> rows) {
        return rows.stream().map(MetastoreRow::owner).collect(Collectors.toSet());
    }

    private Future<List<MetastoreRow>> by(String relation, String column, Set<String> values) {
        return tx.queryIn(
                        SELECT + " where generation = " + CURRENT + " and relation = '" + relation + "' and " + column
                                + " in (??)",
                        values)
                .map(MetastoreMirror::read);
    }

    /** All of it, but for partitions and how those are stored. */
    Future<MetastoreRows> everything(int generation) {
        return tx.query(
                        SELECT + " where generation = ? and relation in ('DBS', 'DATABASE_PARAMS', 'TBLS',"
                                + " 'TABLE_PARAMS', 'PARTITION_KEYS', 'COLUMNS_V2')",
                        generation)
                .compose(found -> tx.query(
                                "select s.relation, s.id, s.owner, s.refers, s.data from catalog.hive_row s join"
                                        + " catalog.hive_row t on t.generation = s.generation and t.relation = 'TBLS' and"
                                        + " t.refers = s.id where s.generation = ? and s.relation = 'SDS'",
                                generation)
                        .compose(storages -> tx.query(
                                        "select d.relation, d.id, d.owner, d.refers, d.data from catalog.hive_row d join"
                                                + " catalog.hive_row s on s.generation = d.generation and s.relation ="
                                                + " 'SDS' and s.refers = d.id join catalog.hive_row t on t.generation ="
                                                + " s.generation and t.relation = 'TBLS' and t.refers = s.id where"
                                                + " d.generation = ? and d.relation = 'SERDES'",
                                        generation)
                                .map(serdes -> {
                                    List<MetastoreRow> all = new ArrayList<>(read(found));
                                    all.addAll(read(storages));
                                    all.addAll(read(serdes));
                                    return new MetastoreRows(all);
                                })));
    }

    /** The names of partitions that are in one generation and not in the other, by the id of their table's row. */
    Future<Map<String, List<String>>> partitionsOnlyIn(int generation) {
        return tx.query(
                        "select a.relation, a.id, a.owner, a.refers, a.data from catalog.hive_row a left join"
                                + " catalog.hive_row b on b.generation = ? and b.relation = a.relation and b.id = a.id"
                                + " where a.generation = ? and a.relation = 'PARTITIONS' and b.id is null order by a.id",
                        generation == CURRENT ? ARRIVING : CURRENT,
                        generation)
                .map(rows -> names(read(rows)));
    }

    static Map<String, List<String>> names(Collection<MetastoreRow> partitions) {
        Map<String, List<String>> names = new TreeMap<>();
        partitions.forEach(row ->
                names.computeIfAbsent(row.owner(), table -> new ArrayList<>()).add(row.text("PART_NAME")));
        return names;
    }

    /** The rows as a transaction left them. */
    Future<Void> apply(List<Change> changes) {
        Map<String, Tuple> gone = new LinkedHashMap<>();
        Map<String, MetastoreRow> there = new LinkedHashMap<>();
        for (Change change : changes) {
            MetastoreRow before = MetastoreRow.before(change);
            MetastoreRow after = MetastoreRow.after(change);
            if (before != null) {
                String key = before.relation() + "/" + before.id();
                there.remove(key);
                gone.put(key, Tuple.of(CURRENT, before.relation(), before.id()));
            }
            if (after != null) {
                String key = after.relation() + "/" + after.id();
                gone.remove(key);
                there.put(key, after);
            }
        }
        return tx.updates(
                        "delete from catalog.hive_row where generation = ? and relation = ? and id = ?",
                        List.copyOf(gone.values()))
                .compose(ok -> write(CURRENT, there.values()));
    }

    Future<Void> write(int generation, Collection<MetastoreRow> rows) {
        return tx.upsert(
                "catalog.hive_row",
                List.of("generation", "relation", "id"),
                List.of("owner", "refers", "data"),
                rows.stream()
                        .map(row -> Tuple.of(
                                generation,
                                row.relation(),
                                row.id(),
                                row.owner(),
                                row.refers(),
                                Json.text(row.values())))
                        .toList());
    }

    Future<Void> forgetArriving() {
        return tx.query("delete from catalog.hive_row where generation = ?", ARRIVING)
                .mapEmpty();
    }

    /** What arrived is what counts. */
    Future<Void> replace() {
        return tx.query("delete from catalog.hive_row where generation = ?", CURRENT)
                .compose(ok ->
                        tx.query("update catalog.hive_row set generation = ? where generation = ?", CURRENT, ARRIVING))
                .mapEmpty();
    }

    private static List<MetastoreRow> read(Iterable<Row> rows) {
        List<MetastoreRow> all = new ArrayList<>();
        rows.forEach(row -> all.add(new MetastoreRow(
                row.getString(0), row.getString(1), row.getString(2), row.getString(3), values(row.getString(4)))));
        return all;
    }

    static Map<String, Object> values(String json) {
        try {
            return Json.MAPPER.readValue(json, VALUES);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A row of the metastore cannot be read", e);
        }
    }
}
