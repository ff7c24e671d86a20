package io.fjord.contract.core.pipeline;

/**
 * @param type of Iceberg, as {@code long}, {@code timestamptz} or {@code decimal(12, 2)}
 * @param required a record without it is a dead letter
 */
public record PipelineColumn(String name, String type, boolean required) {}
