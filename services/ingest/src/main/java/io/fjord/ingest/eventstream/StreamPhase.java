package io.fjord.ingest.eventstream;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Where an event stream is in its life.
 *
 * <pre>
 *  Absent ──► Preparing ──► Active ──► Preparing (changed) …
 *                │  ▲
 *                ▼  │ (its topics are there after all, or it is changed)
 *              Failed                    any ──► Deleted ──► Preparing …
 * </pre>
 */
public enum StreamPhase {
    @JsonProperty("absent")
    ABSENT,
    @JsonProperty("preparing")
    PREPARING,
    @JsonProperty("active")
    ACTIVE,
    @JsonProperty("failed")
    FAILED,
    @JsonProperty("deleted")
    DELETED
}
