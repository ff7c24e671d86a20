package io.fjord.contract.core.pipeline;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What becomes of a record in the table. */
public enum PipelineMode {
    /** A row of its own. */
    @JsonProperty("append")
    APPEND,
    /** The one row of its key; a record without a value takes that away. */
    @JsonProperty("upsert")
    UPSERT
}
