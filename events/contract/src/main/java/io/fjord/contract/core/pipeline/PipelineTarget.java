package io.fjord.contract.core.pipeline;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The Iceberg table a pipeline writes.
 *
 * @param catalog null for the domain's own
 * @param namespace dotted
 * @param columns what the table is made with, if it is not there yet; null: what the first records have
 * @param partitioning as {@code day(at)}, {@code bucket(16, id)}, {@code truncate(4, code)} or {@code carrier}; for a table made
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PipelineTarget(
        @Nullable String catalog,
        String namespace,
        String table,
        @Nullable List<PipelineColumn> columns,
        @Nullable List<String> partitioning) {

    public String catalogOrDefault() {
        return catalog == null ? "default" : catalog;
    }
}
