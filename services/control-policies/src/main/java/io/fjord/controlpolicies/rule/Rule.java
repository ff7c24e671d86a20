package io.fjord.controlpolicies.rule;

import io.fjord.kernel.Thing;

/** A policy or guardrail as its events left it. */
public interface Rule extends Thing {

    /** Whether it is there for those who read. */
    boolean there();
}
