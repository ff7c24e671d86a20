package io.fjord.contract.core.pipeline;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What reads and writes for a pipeline. */
public enum PipelineEngine {
    /** A plain process: files written as records come, without Spark. */
    @JsonProperty("direct")
    DIRECT,
    /** Spark Structured Streaming, for SQL on the way. */
    @JsonProperty("spark")
    SPARK
}
