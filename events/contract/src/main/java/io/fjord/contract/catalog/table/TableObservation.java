package io.fjord.contract.catalog.table;

import io.fjord.contract.catalog.EntryName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was seen of tables, for the record, on {@code fjord.catalog.observations}; the subject is the table. */
public sealed interface TableObservation {

    /**
     * Somebody was shown some of a table's rows; the actor is who.
     *
     * @param id Iceberg's table UUID
     * @param snapshotId the snapshot they are of; null for a table without data
     * @param columns those whose values were shown, in the table's order
     * @param hidden those whose values were not, for what they are classified as
     * @param rows how many
     */
    record TableSampled(
            EntryName table,
            String id,
            @Nullable String snapshotId,
            List<String> columns,
            List<String> hidden,
            int rows)
            implements TableObservation {
        public TableSampled {
            columns = List.copyOf(columns);
            hidden = List.copyOf(hidden);
        }
    }
}
