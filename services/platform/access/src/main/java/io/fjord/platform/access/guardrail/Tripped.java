package io.fjord.platform.access.guardrail;

import io.fjord.contract.CommandEnvelope;

/** A command that a guardrail does not let pass. */
public record Tripped(Guardrail guardrail, CommandEnvelope<byte[]> command, Verdict verdict) {}
