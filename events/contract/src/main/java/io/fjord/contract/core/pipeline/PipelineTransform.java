package io.fjord.contract.core.pipeline;

import java.util.List;

/**
 * What becomes of records on their way into the table.
 *
 * @param sql one SELECT of Spark's SQL from {@code source}; what it yields are the rows of the table
 * @param columns of {@code source}: the fields of a record
 */
public record PipelineTransform(String sql, List<PipelineColumn> columns) {}
