package io.fjord.catalog;

import io.fjord.codec.CapturedChanges;
import io.fjord.codec.CapturedChanges.Change;
import io.fjord.codec.CapturedChanges.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a capture writes down of a Hive Metastore whose rows change so. */
final class MetastoreSays {

    private long n;

    CapturedChanges everything(String reason, List<?>... rows) {
        return record(Kind.SNAPSHOT, reason, rows);
    }

    CapturedChanges transaction(List<?>... rows) {
        return record(Kind.TRANSACTION, null, rows);
    }

    private CapturedChanges record(Kind kind, String reason, List<?>... rows) {
        n++;
        List<Change> changes = new ArrayList<>();
        for (List<?> some : rows) {
            some.forEach(one -> changes.add((Change) one));
        }
        return new CapturedChanges(
                kind, "s", n, "t" + n, System.currentTimeMillis(), reason, true, true, changes, Map.of(), "c");
    }

    List<Change> database(long id, String name) {
        return added("DBS", Map.of("DB_ID", id, "NAME", name));
    }

    /** With how it is stored, under the same number. */
    List<Change> table(long id, long database, String name) {
        List<Change> rows = new ArrayList<>(added("TBLS", tableRow(id, database, name)));
        rows.addAll(added(
                "SDS",
                Map.of(
                        "SD_ID",
                        id,
                        "CD_ID",
                        id,
                        "LOCATION",
                        "file:/w/" + name,
                        "INPUT_FORMAT",
                        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat")));
        return rows;
    }

    List<Change> renamed(long id, long database, String from, String to) {
        return List.of(new Change("TBLS", tableRow(id, database, from), tableRow(id, database, to)));
    }

    private static Map<String, Object> tableRow(long id, long database, String name) {
        return new TreeMap<>(Map.of(
                "TBL_ID",
                id,
                "DB_ID",
                database,
                "SD_ID",
                id,
                "TBL_NAME",
                name,
                "TBL_TYPE",
                "MANAGED_TABLE",
                "CREATE_TIME",
                100L));
    }

    List<Change> column(long table, String name, long place) {
        return added("COLUMNS_V2", columnRow(table, name, place));
    }

    List<Change> renamedColumn(long table, String from, String to, long place) {
        return List.of(
                new Change("COLUMNS_V2", columnRow(table, from, place), null),
                new Change("COLUMNS_V2", null, columnRow(table, to, place)));
    }

    private static Map<String, Object> columnRow(long table, String name, long place) {
        return new TreeMap<>(Map.of("CD_ID", table, "COLUMN_NAME", name, "TYPE_NAME", "bigint", "INTEGER_IDX", place));
    }

    List<Change> key(long table, String name) {
        return added(
                "PARTITION_KEYS", Map.of("TBL_ID", table, "PKEY_NAME", name, "PKEY_TYPE", "string", "INTEGER_IDX", 0L));
    }

    List<Change> partition(long id, long table, String name) {
        return added("PARTITIONS", Map.of("PART_ID", id, "TBL_ID", table, "PART_NAME", name, "SD_ID", 100 + id));
    }

    private static List<Change> added(String relation, Map<String, Object> row) {
        return List.of(new Change(relation, null, new HashMap<>(row)));
    }
}
