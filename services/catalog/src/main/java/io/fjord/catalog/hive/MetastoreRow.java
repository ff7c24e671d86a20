package io.fjord.catalog.hive;

import io.fjord.codec.CapturedChanges.Change;
import io.fjord.kernel.Ids;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A row of the metastore as catalog keeps it.
 *
 * @param relation its table there
 * @param id tells it apart from the others of its table
 * @param owner what it belongs to: the table of a column, the database of a table
 * @param refers what belongs to it in turn: the storage of a table
 */
record MetastoreRow(String relation, String id, String owner, String refers, Map<String, Object> values) {

    private static final int LONGEST_ID = 300;

    static final Set<String> RELATIONS = Set.of(
            "DBS",
            "DATABASE_PARAMS",
            "TBLS",
            "TABLE_PARAMS",
            "SDS",
            "SERDES",
            "COLUMNS_V2",
            "PARTITION_KEYS",
            "PARTITIONS");

    static MetastoreRow of(String relation, Map<String, Object> values) {
        return switch (relation) {
            case "DBS" -> row(relation, values, "", "", "DB_ID");
            case "DATABASE_PARAMS" -> row(relation, values, "DB_ID", "", "DB_ID", "PARAM_KEY");
            case "TBLS" -> row(relation, values, "DB_ID", "SD_ID", "TBL_ID");
            case "TABLE_PARAMS" -> row(relation, values, "TBL_ID", "", "TBL_ID", "PARAM_KEY");
            case "SDS" -> row(relation, values, "CD_ID", "SERDE_ID", "SD_ID");
            case "SERDES" -> row(relation, values, "", "", "SERDE_ID");
            case "COLUMNS_V2" -> row(relation, values, "CD_ID", "", "CD_ID", "COLUMN_NAME");
            case "PARTITION_KEYS" -> row(relation, values, "TBL_ID", "", "TBL_ID", "PKEY_NAME");
            // By its name, so that another name makes it another partition.
            case "PARTITIONS" -> row(relation, values, "TBL_ID", "SD_ID", "TBL_ID", "PART_NAME");
            default -> throw new IllegalArgumentException("Nothing is known of " + relation);
        };
    }

    static @Nullable MetastoreRow before(Change change) {
        return change.before() == null ? null : of(change.table(), change.before());
    }

    static @Nullable MetastoreRow after(Change change) {
        return change.after() == null ? null : of(change.table(), change.after());
    }

    private static MetastoreRow row(
            String relation, Map<String, Object> values, String owner, String refers, String... key) {
        StringBuilder id = new StringBuilder();
        for (String column : key) {
            Object value = values.get(column);
            if (value == null) {
                throw new IllegalArgumentException("A row of " + relation + " has no " + column);
            }
            id.append(id.isEmpty() ? "" : "|").append(value);
        }
        return new MetastoreRow(relation, bounded(id.toString()), text(values, owner), text(values, refers), values);
    }

    /** Names may be longer than a key of every database. */
    private static String bounded(String id) {
        return id.length() <= LONGEST_ID
                ? id
                : id.substring(0, LONGEST_ID / 2) + "#" + Ids.sha256(id.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(Map<String, Object> values, String column) {
        Object value = values.get(column);
        return value == null ? "" : value.toString();
    }

    String text(String column) {
        return text(values, column);
    }

    @Nullable
    String optional(String column) {
        Object value = values.get(column);
        return value == null ? null : value.toString();
    }

    long number(String column) {
        return values.get(column) instanceof Number number ? number.longValue() : 0;
    }
}
