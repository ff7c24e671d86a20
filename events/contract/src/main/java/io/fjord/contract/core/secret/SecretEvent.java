package io.fjord.contract.core.secret;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** All that can have happened to a secret. */
public sealed interface SecretEvent {

    <R> R match(Cases<R> cases);

    /** @param id stable through deletion and re-creation under the same name */
    record SecretCreated(
            String id, String secretRef, @Nullable String description, Instant createdAt) implements SecretEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record SecretRotated(String secretRef, Instant rotatedAt) implements SecretEvent {
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
