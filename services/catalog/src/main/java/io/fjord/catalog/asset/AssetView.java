package io.fjord.catalog.asset;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.contract.Address;
import io.fjord.contract.catalog.Column;
import io.fjord.contract.catalog.asset.AssetName;
import io.fjord.contract.catalog.asset.Notes;
import io.fjord.contract.catalog.asset.Notes.Classification;
import io.fjord.contract.catalog.asset.Notes.Deprecation;
import io.fjord.contract.catalog.asset.Notes.Request;
import io.fjord.kernel.Stored;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An entry of the data catalog as the API shows it: what its metastore tells, and what people say. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record AssetView(
        String asset,
        String domain,
        String kind,
        String name,
        @Nullable String column,
        String catalog,
        List<String> path,
        String metastore,
        @Nullable String id,
        @Nullable String type,
        @Nullable String description,
        List<String> owners,
        List<String> tags,
        List<String> terms,
        List<Classification> classifications,
        List<Request> requests,
        @Nullable Deprecation deprecation,
        @Nullable List<ColumnView> columns,
        @Nullable Map<String, String> properties,
        @Nullable String location,
        @Nullable String metadataLocation,
        @Nullable Integer formatVersion,
        @Nullable List<String> dialects,
        Facts.@Nullable Size size,
        @Nullable Long uses,
        Instant createdAt,
        String createdBy,
        Instant changedAt,
        String changedBy,
        @Nullable Instant dataChangedAt,
        @Nullable Instant droppedAt,
        long version) {

    /** A column, with what is said of it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ColumnView(
            int id,
            String name,
            String type,
            boolean required,
            @Nullable String doc,
            @Nullable String description,
            List<String> tags,
            List<String> terms,
            List<String> classifications) {

        static ColumnView of(Column column, Notes notes) {
            return new ColumnView(
                    column.id(),
                    column.name(),
                    column.type(),
                    column.required(),
                    column.doc(),
                    notes.description(),
                    notes.tags(),
                    notes.terms(),
                    notes.classifications().stream().map(Classification::name).toList());
        }
    }

    /**
     * @param ofColumns what is said of its columns, by their names
     * @param uses in the last 30 days; null where that is not asked
     */
    static AssetView of(
            Address asset,
            Facts facts,
            Stored<Asset> said,
            @Nullable Map<String, Notes> ofColumns,
            @Nullable Long uses) {
        Notes notes = said.state().notes();
        String column = AssetName.of(asset).column();
        Column itself = column == null
                ? null
                : facts.columns().stream()
                        .filter(one -> one.name().equals(column))
                        .findFirst()
                        .orElse(null);
        boolean whole = column == null && ofColumns != null;
        return new AssetView(
                asset.toString(),
                asset.domain(),
                column == null ? facts.thing().kind() : "column",
                facts.thing().name(),
                column,
                facts.catalog(),
                facts.path(),
                facts.metastore(),
                column == null && !facts.id().isEmpty() ? facts.id() : null,
                itself == null ? null : itself.type(),
                notes.description() != null ? notes.description() : itself == null ? comment(facts) : itself.doc(),
                notes.owners(),
                notes.tags(),
                notes.terms(),
                notes.classifications(),
                notes.requests(),
                notes.deprecation(),
                whole && ofColumns != null
                        ? facts.columns().stream()
                                .map(one -> ColumnView.of(one, ofColumns.getOrDefault(one.name(), Notes.NONE)))
                                .toList()
                        : null,
                whole ? facts.properties() : null,
                whole ? facts.location() : null,
                whole ? facts.metadataLocation() : null,
                column == null ? facts.formatVersion() : null,
                whole && !facts.dialects().isEmpty() ? facts.dialects() : null,
                column == null ? facts.size() : null,
                uses,
                facts.createdAt(),
                facts.createdBy(),
                facts.changedAt(),
                facts.changedBy(),
                facts.dataChangedAt(),
                facts.droppedAt(),
                said.version());
    }

    /** What was written where the table was made, as long as nobody describes it here. */
    private static @Nullable String comment(Facts facts) {
        return facts.properties().get("comment");
    }
}
