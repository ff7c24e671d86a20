package io.fjord.contract.ingest.eventstream;

/** What becomes of an event that does not fit the schema. */
public enum DeadLetterPolicy {
    /** It is refused, and kept with the reason in the dead-letter topic, from where it can be replayed. */
    KEEP,
    /** It is refused, and its sender alone has it. */
    REFUSE
}
