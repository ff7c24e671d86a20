package io.fjord.contract.ingest.eventstream;

/** What becomes of fields the schema does not know. */
public enum EvolutionPolicy {
    /** The event is wrong. */
    REFUSE,
    /** They are taken, and the table grows by them. */
    EVOLVE
}
