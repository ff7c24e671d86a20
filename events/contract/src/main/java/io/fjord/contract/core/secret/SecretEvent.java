package io.fjord.contract.core.secret;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** All that can have happened to a secret. */
public sealed interface SecretEvent {

    <R> R match(Cases<R> cases);

    /**
     * @param id stable through deletion and re-creation under the same name
     * @param secretRef vault row with the value; empty if that is kept elsewhere
     * @param reference where it is kept then
     */
    record SecretCreated(
            String id,
            String secretRef,
            @Nullable String description,
            Instant createdAt,
            @Nullable SecretReference reference)
            implements SecretEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** @param reference where the value is kept, if it is elsewhere */
    record SecretRotated(
            String secretRef, Instant rotatedAt, @Nullable SecretReference reference) implements SecretEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record SecretDeleted() implements SecretEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(SecretCreated event);

        R on(SecretRotated event);

        R on(SecretDeleted event);
    }
}
