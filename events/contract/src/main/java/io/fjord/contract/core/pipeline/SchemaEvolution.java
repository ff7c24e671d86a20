package io.fjord.contract.core.pipeline;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What becomes of a field that the table has no column for. */
public enum SchemaEvolution {
    /** Its record goes to the dead letters. */
    @JsonProperty("refuse")
    REFUSE,
    /** The table gets the column. */
    @JsonProperty("add-columns")
    ADD_COLUMNS
}
