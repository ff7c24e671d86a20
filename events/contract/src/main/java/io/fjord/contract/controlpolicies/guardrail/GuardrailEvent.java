package io.fjord.contract.controlpolicies.guardrail;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can have happened to a guardrail: what must be true of commands; its address is {@code <domain>/guardrail/<name>}. */
public sealed interface GuardrailEvent {

    <R> R match(Cases<R> cases);

    record GuardrailCreated(
            String id,
            List<String> commandTypes,
            GuardrailLanguage language,
            String expression,
            GuardrailMode mode,
            String message,
            @Nullable String description,
            Instant createdAt)
            implements GuardrailEvent {
        public GuardrailCreated {
            commandTypes = List.copyOf(commandTypes);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record GuardrailChanged(
            List<String> commandTypes,
            GuardrailLanguage language,
            String expression,
            String message,
            @Nullable String description)
            implements GuardrailEvent {
        public GuardrailChanged {
            commandTypes = List.copyOf(commandTypes);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record GuardrailModeChanged(GuardrailMode mode) implements GuardrailEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record GuardrailDeleted() implements GuardrailEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(GuardrailCreated event);

        R on(GuardrailChanged event);

        R on(GuardrailModeChanged event);

        R on(GuardrailDeleted event);
    }
}
