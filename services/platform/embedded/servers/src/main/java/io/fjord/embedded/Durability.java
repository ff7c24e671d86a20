package io.fjord.embedded;

/** Whether a database waits for the disk. */
public enum Durability {
    /** Every commit is on disk before it is acknowledged: what {@code fjord up} uses. */
    ON_DISK,
    /** Nothing is flushed: for tests that end with their data. */
    NONE
}
