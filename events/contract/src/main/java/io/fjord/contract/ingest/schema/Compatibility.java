package io.fjord.contract.ingest.schema;

/** What the next version of a schema must be to the ones before; transitive: to all of them, not the last alone. */
public enum Compatibility {
    NONE,
    /** With the new one, data of the old can be read. */
    BACKWARD,
    BACKWARD_TRANSITIVE,
    /** With the old one, data of the new can be read. */
    FORWARD,
    FORWARD_TRANSITIVE,
    /** Both. */
    FULL,
    FULL_TRANSITIVE
}
