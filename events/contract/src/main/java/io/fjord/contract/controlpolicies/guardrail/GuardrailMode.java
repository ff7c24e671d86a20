package io.fjord.contract.controlpolicies.guardrail;

/** What becomes of a command that a guardrail does not let pass: it is told, told as a warning, or refused. */
public enum GuardrailMode {
    AUDIT,
    WARN,
    ENFORCE
}
