package io.fjord.controlpolicies.rule;

import io.fjord.contract.Address;

/** A policy or guardrail as its events left it. */
public interface Rule {

    Address address();

    /** Whether it is there for those who read. */
    boolean there();
}
