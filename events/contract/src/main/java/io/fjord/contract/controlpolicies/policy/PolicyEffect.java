package io.fjord.contract.controlpolicies.policy;

/** What a rule says when it speaks; one that denies outweighs all that allow. */
public enum PolicyEffect {
    ALLOW,
    DENY
}
