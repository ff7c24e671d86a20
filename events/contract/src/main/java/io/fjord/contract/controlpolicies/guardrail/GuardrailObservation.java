package io.fjord.contract.controlpolicies.guardrail;

import org.jspecify.annotations.Nullable;

/** What was seen of guardrails: facts nobody decides, told on {@code fjord.control-policies.observations}. */
public sealed interface GuardrailObservation {

    /**
     * A command did not pass; the subject is what the command is about, the actor who wished it.
     *
     * @param guardrail address
     * @param mode whether it was refused for it
     * @param message what the guardrail says
     * @param failure why it could not be evaluated, if that is why
     */
    record GuardrailTripped(
            String guardrail,
            GuardrailMode mode,
            String commandType,
            String message,
            @Nullable String failure) implements GuardrailObservation {}
}
