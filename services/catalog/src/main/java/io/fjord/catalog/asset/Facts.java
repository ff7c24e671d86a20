package io.fjord.catalog.asset;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.contract.Address;
import io.fjord.contract.catalog.Column;
import io.fjord.contract.catalog.table.Snapshot;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What its metastore tells of a namespace, table or view, whichever metastore that is.
 *
 * @param thing its own address: {@code default/table/default.sales.orders}
 * @param path names from the outermost namespace to its own
 * @param metastore {@code iceberg} or {@code hive}
 * @param dialects the SQL dialects of a view
 * @param dataChangedAt when its data last changed: how fresh it is
 * @param droppedAt null while it is there
 * @param renamedFrom address it had before; null if it never had another
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record Facts(
        Address thing,
        String catalog,
        List<String> path,
        String metastore,
        String id,
        List<Column> columns,
        Map<String, String> properties,
        @Nullable String location,
        @Nullable String metadataLocation,
        @Nullable Integer formatVersion,
        List<String> dialects,
        @Nullable Size size,
        Instant createdAt,
        String createdBy,
        Instant changedAt,
        String changedBy,
        @Nullable Instant dataChangedAt,
        @Nullable Instant droppedAt,
        @Nullable Address renamedFrom) {

    /** How much there is, as the snapshot's summary says; what it does not say is null. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Size(
            String snapshotId,
            String operation,
            @Nullable Long records,
            @Nullable Long files,
            @Nullable Long bytes) {

        static Size of(Snapshot snapshot) {
            return new Size(
                    snapshot.id(),
                    snapshot.operation(),
                    number(snapshot.summary(), "total-records"),
                    number(snapshot.summary(), "total-data-files"),
                    number(snapshot.summary(), "total-files-size"));
        }

        private static @Nullable Long number(Map<String, String> summary, String key) {
            String text = summary.get(key);
            return text == null || !text.matches("-?[0-9]{1,18}") ? null : Long.valueOf(text);
        }
    }

    public Facts {
        path = List.copyOf(path);
        columns = List.copyOf(columns);
        dialects = List.copyOf(dialects);
    }

    public boolean isThere() {
        return droppedAt == null;
    }

    /** Its own name, without those it lies in. */
    public String lastName() {
        return path.get(path.size() - 1);
    }

    /** The name of the namespace it lies in, as it stands in addresses; of a namespace at the top, the catalog. */
    public String parent() {
        int dot = thing.name().lastIndexOf('.');
        return dot < 0 ? "" : thing.name().substring(0, dot);
    }

    public boolean hasColumn(String name) {
        return columns.stream().anyMatch(column -> column.name().equals(name));
    }
}
