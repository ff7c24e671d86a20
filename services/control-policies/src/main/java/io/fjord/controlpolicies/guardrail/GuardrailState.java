package io.fjord.controlpolicies.guardrail;

import io.fjord.contract.Address;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent.GuardrailChanged;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent.GuardrailCreated;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent.GuardrailDeleted;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent.GuardrailModeChanged;
import io.fjord.contract.controlpolicies.guardrail.GuardrailLanguage;
import io.fjord.contract.controlpolicies.guardrail.GuardrailMode;
import io.fjord.controlpolicies.rule.Rule;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A guardrail as its events left it.
 *
 * @param id empty until it was created once; then stable, through deletion and re-creation
 */
record GuardrailState(
        Address address,
        String id,
        boolean there,
        List<String> commandTypes,
        GuardrailLanguage language,
        String expression,
        GuardrailMode mode,
        String message,
        @Nullable String description,
        Instant createdAt)
        implements Rule, GuardrailEvent.Cases<GuardrailState> {

    static GuardrailState absent(Address address) {
        return new GuardrailState(
                address, "", false, List.of(), GuardrailLanguage.CEL, "", GuardrailMode.AUDIT, "", null, Instant.EPOCH);
    }

    @Override
    public GuardrailState on(GuardrailCreated event) {
        return new GuardrailState(
                address,
                event.id(),
                true,
                event.commandTypes(),
                event.language(),
                event.expression(),
                event.mode(),
                event.message(),
                event.description(),
                event.createdAt());
    }

    @Override
    public GuardrailState on(GuardrailChanged event) {
        return new GuardrailState(
                address,
                id,
                there,
                event.commandTypes(),
                event.language(),
                event.expression(),
                mode,
                event.message(),
                event.description(),
                createdAt);
    }

    @Override
    public GuardrailState on(GuardrailModeChanged event) {
        return with(there, event.mode());
    }

    @Override
    public GuardrailState on(GuardrailDeleted event) {
        return with(false, mode);
    }

    private GuardrailState with(boolean stays, GuardrailMode newMode) {
        return new GuardrailState(
                address, id, stays, commandTypes, language, expression, newMode, message, description, createdAt);
    }
}
