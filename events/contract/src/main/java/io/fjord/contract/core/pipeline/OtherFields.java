package io.fjord.contract.core.pipeline;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What becomes of the fields of a record that a pipeline's SQL has no column for. */
public enum OtherFields {
    /** Their record goes to the dead letters. */
    @JsonProperty("reject")
    REJECT,
    /** They are left out. */
    @JsonProperty("ignore")
    IGNORE
}
