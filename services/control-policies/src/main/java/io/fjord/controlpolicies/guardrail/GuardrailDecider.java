package io.fjord.controlpolicies.guardrail;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.controlpolicies.guardrail.GuardrailCommand;
import io.fjord.contract.controlpolicies.guardrail.GuardrailCommand.ChangeGuardrail;
import io.fjord.contract.controlpolicies.guardrail.GuardrailCommand.ChangeGuardrailMode;
import io.fjord.contract.controlpolicies.guardrail.GuardrailCommand.CreateGuardrail;
import io.fjord.contract.controlpolicies.guardrail.GuardrailCommand.DeleteGuardrail;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent.GuardrailChanged;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent.GuardrailCreated;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent.GuardrailDeleted;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent.GuardrailModeChanged;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/** The rules of guardrails. */
final class GuardrailDecider implements Decider<GuardrailCommand, GuardrailState, GuardrailEvent> {

    @Override
    public GuardrailState initial(Address subject) {
        return GuardrailState.absent(subject);
    }

    @Override
    public GuardrailState evolve(GuardrailState state, GuardrailEvent event) {
        return event.match(state);
    }

    @Override
    public Decision<GuardrailEvent> decide(GuardrailCommand command, GuardrailState state, Context context) {
        return command.match(new Rules(state, context));
    }

    private record Rules(GuardrailState guardrail, Context context)
            implements GuardrailCommand.Cases<Decision<GuardrailEvent>> {

        @Override
        public Decision<GuardrailEvent> on(CreateGuardrail command) {
            if (guardrail.there()) {
                return Decision.reject(GuardrailProblems.alreadyExists(guardrail.address()));
            }
            Optional<Problem> wrong =
                    GuardrailProblems.of(command.commandTypes(), command.language(), command.expression());
            if (wrong.isPresent()) {
                return Decision.reject(wrong.get());
            }
            return Decision.accept(new GuardrailCreated(
                    guardrail.id().isEmpty() ? context.newId().get() : guardrail.id(),
                    command.commandTypes(),
                    command.language(),
                    command.expression(),
                    command.mode(),
                    command.message(),
                    command.description(),
                    context.now()));
        }

        @Override
        public Decision<GuardrailEvent> on(ChangeGuardrail command) {
            if (!guardrail.there()) {
                return missing();
            }
            Optional<Problem> wrong =
                    GuardrailProblems.of(command.commandTypes(), command.language(), command.expression());
            if (wrong.isPresent()) {
                return Decision.reject(wrong.get());
            }
            if (guardrail.commandTypes().equals(command.commandTypes())
                    && guardrail.language() == command.language()
                    && guardrail.expression().equals(command.expression())
                    && guardrail.message().equals(command.message())
                    && Objects.equals(guardrail.description(), command.description())) {
                return Decision.noEffect("It says just that already");
            }
            return Decision.accept(new GuardrailChanged(
                    command.commandTypes(),
                    command.language(),
                    command.expression(),
                    command.message(),
                    command.description()));
        }

        @Override
        public Decision<GuardrailEvent> on(ChangeGuardrailMode command) {
            if (!guardrail.there()) {
                return missing();
            }
            return guardrail.mode() == command.mode()
                    ? Decision.noEffect("Its mode is " + command.mode().name().toLowerCase(Locale.ROOT) + " already")
                    : Decision.accept(new GuardrailModeChanged(command.mode()));
        }

        @Override
        public Decision<GuardrailEvent> on(DeleteGuardrail command) {
            return guardrail.there() ? Decision.accept(new GuardrailDeleted()) : missing();
        }

        private Decision<GuardrailEvent> missing() {
            return Decision.reject(GuardrailProblems.notFound(guardrail.address()));
        }
    }
}
