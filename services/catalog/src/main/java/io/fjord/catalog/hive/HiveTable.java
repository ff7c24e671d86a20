package io.fjord.catalog.hive;

import io.fjord.contract.catalog.Column;
import io.fjord.contract.catalog.EntryName;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A table or view of the metastore, put together from its rows.
 *
 * @param id the metastore's, and when it was made there: a restored metastore gives ids again
 * @param columnsKeepIds whether a renamed column keeps its id; else that is its place among the others
 */
record HiveTable(
        String id,
        String database,
        String name,
        String type,
        @Nullable String format,
        @Nullable String location,
        @Nullable String owner,
        List<Column> columns,
        boolean columnsKeepIds,
        List<String> partitionedBy,
        Map<String, String> properties) {

    EntryName entry() {
        return new EntryName(HiveCapability.CATALOG, List.of(database), name);
    }

    /** @param created when it was made, in seconds */
    static String id(String row, long created) {
        return row + "-" + created;
    }

    /** The id of its row in the metastore. */
    static String row(String id) {
        return id.substring(0, Math.max(0, id.indexOf('-')));
    }

    String kind() {
        return type.equals("VIRTUAL_VIEW") ? "view" : "table";
    }
}
