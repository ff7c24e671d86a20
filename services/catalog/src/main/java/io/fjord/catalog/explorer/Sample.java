package io.fjord.catalog.explorer;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some rows of a table as the API shows them.
 *
 * @param snapshotId the snapshot they are of, by the columns the table has now; null for a table without data
 * @param committedAt when that was committed
 * @param rows a value for each column, in their order; null where a column is hidden
 * @param truncated values of which something is missing
 * @param complete whether these are all rows of the snapshot
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Sample(
        @Nullable String snapshotId,
        @Nullable Instant committedAt,
        List<SampleColumn> columns,
        @JsonInclude(JsonInclude.Include.ALWAYS) List<List<@Nullable Object>> rows,
        List<Truncated> truncated,
        boolean complete) {

    /**
     * @param type as Iceberg writes it
     * @param hidden the classifications for which its values are not shown; null if they are
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record SampleColumn(
            String name,
            String type,
            boolean required,
            @Nullable String doc,
            @Nullable List<String> hidden) {}

    /**
     * @param row from 0
     * @param length characters of the whole text, bytes of the whole binary; null for what is nested
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Truncated(int row, String column, @Nullable Integer length) {}

    /** The columns that are shown, or those that are not. */
    List<String> names(boolean areHidden) {
        return columns.stream()
                .filter(column -> (column.hidden() != null) == areHidden)
                .map(SampleColumn::name)
                .toList();
    }
}
