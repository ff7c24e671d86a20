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
 * @param keptUntil how long a dropped one can be had back; null for not at all
 * @param formerly addresses it had before, oldest first
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
        @Nullable Instant keptUntil,
        List<Address> formerly) {

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

        static Size unknown(String snapshotId) {
            return new Size(snapshotId, "unknown", null, null, null);
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
        formerly = List.copyOf(formerly);
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

    /** Facts while an event is folded into them. */
    static final class Draft {

        Address thing;
        String catalog;
        List<String> path;
        String metastore = "iceberg";
        String id;
        List<Column> columns = List.of();
        Map<String, String> properties = Map.of();

        @Nullable
        String location;

        @Nullable
        String metadataLocation;

        @Nullable
        Integer formatVersion;

        List<String> dialects = List.of();

        @Nullable
        Size size;

        Instant createdAt;
        String createdBy;
        Instant changedAt;
        String changedBy;

        @Nullable
        Instant dataChangedAt;

        @Nullable
        Instant droppedAt;

        @Nullable
        Instant keptUntil;

        List<Address> formerly = List.of();

        /** Of what comes into being. */
        Draft(Address thing, String catalog, List<String> path, String id, Instant at, String by) {
            this.thing = thing;
            this.catalog = catalog;
            this.path = path;
            this.id = id;
            this.createdAt = at;
            this.createdBy = by;
            this.changedAt = at;
            this.changedBy = by;
        }

        /** Of what there is. */
        Draft(Facts facts) {
            this(facts.thing, facts.catalog, facts.path, facts.id, facts.createdAt, facts.createdBy);
            metastore = facts.metastore;
            columns = facts.columns;
            properties = facts.properties;
            location = facts.location;
            metadataLocation = facts.metadataLocation;
            formatVersion = facts.formatVersion;
            dialects = facts.dialects;
            size = facts.size;
            changedAt = facts.changedAt;
            changedBy = facts.changedBy;
            dataChangedAt = facts.dataChangedAt;
            droppedAt = facts.droppedAt;
            keptUntil = facts.keptUntil;
            formerly = facts.formerly;
        }

        Facts done() {
            return new Facts(
                    thing,
                    catalog,
                    path,
                    metastore,
                    id,
                    columns,
                    properties,
                    location,
                    metadataLocation,
                    formatVersion,
                    dialects,
                    size,
                    createdAt,
                    createdBy,
                    changedAt,
                    changedBy,
                    dataChangedAt,
                    droppedAt,
                    keptUntil,
                    formerly);
        }
    }
}
