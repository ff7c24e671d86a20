package io.fjord.contract.core.pipeline;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of records on their way into the table.
 *
 * @param sql one SELECT of Spark's SQL from {@code source}; what it yields are the rows of the table
 * @param columns of {@code source}: the fields of a record
 * @param others what becomes of fields beside those; null: they are rejected
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PipelineTransform(
        String sql, List<PipelineColumn> columns, @Nullable OtherFields others) {

    public PipelineTransform {
        others = others == OtherFields.REJECT ? null : others;
    }

    public PipelineTransform(String sql, List<PipelineColumn> columns) {
        this(sql, columns, null);
    }

    public boolean ignoresOthers() {
        return others == OtherFields.IGNORE;
    }
}
