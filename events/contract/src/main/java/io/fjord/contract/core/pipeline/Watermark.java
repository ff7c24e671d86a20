package io.fjord.contract.core.pipeline;

/**
 * How long a pipeline waits for what happened earlier.
 *
 * @param column the time at which a record's fact happened
 * @param delaySeconds a record further behind the newest one is late: it is counted, and kept aside
 */
public record Watermark(String column, int delaySeconds) {}
