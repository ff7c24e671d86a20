package io.fjord.core.secret;

import io.fjord.contract.Address;
import io.fjord.contract.core.secret.SecretEvent;
import io.fjord.contract.core.secret.SecretEvent.SecretCreated;
import io.fjord.contract.core.secret.SecretEvent.SecretDeleted;
import io.fjord.contract.core.secret.SecretEvent.SecretRotated;
import io.fjord.contract.core.secret.SecretReference;
import io.fjord.kernel.Thing;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A secret as its events left it: all but its value.
 *
 * @param id empty until it was created once; then stable
 * @param secretRef vault row with the value; empty if there is none
 * @param reference where the value is kept, if that is elsewhere
 * @param changedAt when it got the value it has
 */
record Secret(
        Address address,
        String id,
        String secretRef,
        @Nullable SecretReference reference,
        @Nullable String description,
        Instant createdAt,
        Instant changedAt)
        implements Thing, SecretEvent.Cases<Secret> {

    static Secret absent(Address address) {
        return new Secret(address, "", "", null, null, Instant.EPOCH, Instant.EPOCH);
    }

    boolean exists() {
        return reference != null || !secretRef.isEmpty();
    }

    @Override
    public Secret on(SecretCreated event) {
        return new Secret(
                address,
                event.id(),
                event.secretRef(),
                event.reference(),
                event.description(),
                event.createdAt(),
                event.createdAt());
    }

    @Override
    public Secret on(SecretRotated event) {
        return new Secret(address, id, event.secretRef(), event.reference(), description, createdAt, event.rotatedAt());
    }

    @Override
    public Secret on(SecretDeleted event) {
        return new Secret(address, id, "", null, null, createdAt, changedAt);
    }
}
