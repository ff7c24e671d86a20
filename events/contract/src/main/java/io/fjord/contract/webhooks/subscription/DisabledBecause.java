package io.fjord.contract.webhooks.subscription;

/** Why nothing is sent for the time being. */
public enum DisabledBecause {
    /** Somebody wished it. */
    ASKED,
    /** The endpoint answered 410. */
    GONE,
    /** Something was tried for the last time, and nothing else was taken meanwhile. */
    EXHAUSTED
}
