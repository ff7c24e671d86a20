package io.fjord.contract.controlpolicies.guardrail;

/** What a guardrail is written in. */
public enum GuardrailLanguage {
    CEL,
    REGO
}
