package io.fjord.ingestion;

/** Where a pipeline keeps records it does not write to its table; each a topic of one partition. */
public enum Aside {
    DEAD,
    LATE
}
