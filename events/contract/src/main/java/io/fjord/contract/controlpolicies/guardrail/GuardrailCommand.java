package io.fjord.contract.controlpolicies.guardrail;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can be wished of a guardrail: what must be true of commands; its address is {@code <domain>/guardrail/<name>}. */
public sealed interface GuardrailCommand {

    <R> R match(Cases<R> cases);

    /**
     * @param commandTypes types of commands, each whole or with {@code *} at its end: {@code fjord.core.cluster.*}
     * @param expression must be true for a command to pass, over actor, type, resource, command and context
     * @param message told to whom it stops
     */
    record CreateGuardrail(
            List<String> commandTypes,
            GuardrailLanguage language,
            String expression,
            GuardrailMode mode,
            String message,
            @Nullable String description)
            implements GuardrailCommand {
        public CreateGuardrail {
            commandTypes = List.copyOf(commandTypes);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Everything but the mode. */
    record ChangeGuardrail(
            List<String> commandTypes,
            GuardrailLanguage language,
            String expression,
            String message,
            @Nullable String description)
            implements GuardrailCommand {
        public ChangeGuardrail {
            commandTypes = List.copyOf(commandTypes);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ChangeGuardrailMode(GuardrailMode mode) implements GuardrailCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record DeleteGuardrail() implements GuardrailCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(CreateGuardrail command);

        R on(ChangeGuardrail command);

        R on(ChangeGuardrailMode command);

        R on(DeleteGuardrail command);
    }
}
