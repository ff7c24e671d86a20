package io.fjord.contract.core.secret;

import org.jspecify.annotations.Nullable;

/** All that can be wished of a secret; its value is in the vault or elsewhere, and never in a message. */
public sealed interface SecretCommand {

    <R> R match(Cases<R> cases);

    /**
     * @param secretRef vault row with the value; empty if that is kept elsewhere
     * @param reference where it is kept then
     */
    record CreateSecret(
            String secretRef,
            @Nullable String description,
            @Nullable SecretReference reference) implements SecretCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * Give it another value.
     *
     * @param secretRef vault row with the value; empty if that is kept elsewhere
     * @param reference where it is kept then
     */
    record RotateSecret(String secretRef, @Nullable SecretReference reference) implements SecretCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Forget the value; the name may be used again. */
    record DeleteSecret() implements SecretCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(CreateSecret command);

        R on(RotateSecret command);

        R on(DeleteSecret command);
    }
}
