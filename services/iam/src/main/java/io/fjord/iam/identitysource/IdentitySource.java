package io.fjord.iam.identitysource;

import io.fjord.contract.Address;
import io.fjord.contract.iam.identitysource.IdentitySourceEvent;
import io.fjord.contract.iam.identitysource.IdentitySourceEvent.IdentitySourceApplied;
import io.fjord.contract.iam.identitysource.IdentitySourceEvent.IdentitySourceChanged;
import io.fjord.contract.iam.identitysource.IdentitySourceEvent.IdentitySourceCreated;
import io.fjord.contract.iam.identitysource.IdentitySourceEvent.IdentitySourceDeleted;
import io.fjord.contract.iam.identitysource.IdentitySourceEvent.IdentitySourceFailed;
import io.fjord.contract.iam.identitysource.IdentitySourceEvent.IdentitySourceSyncWished;
import io.fjord.contract.iam.identitysource.IdentitySourceEvent.IdentitySourceSynced;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings;
import io.fjord.kernel.Thing;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where people come from, as its events left it.
 *
 * @param id empty until it was created once; then stable
 * @param generation counts what is wanted of Keycloak
 * @param reported the last generation Keycloak answered to
 * @param failure why Keycloak did not take that one; null if it did
 * @param secretRef vault row with the password that goes with the bind DN
 * @param wished how often a sync was wished
 * @param synced what became of the last one; null before
 */
record IdentitySource(
        Address address,
        String id,
        boolean exists,
        long generation,
        IdentitySourceSettings settings,
        @Nullable String secretRef,
        long reported,
        @Nullable String failure,
        long wished,
        @Nullable IdentitySourceSynced synced,
        Instant createdAt)
        implements Thing, IdentitySourceEvent.Cases<IdentitySource> {

    private static final IdentitySourceSettings NOTHING = new IdentitySourceSettings("", false, null, null, List.of());

    static IdentitySource absent(Address address) {
        return new IdentitySource(address, "", false, 0, NOTHING, null, 0, null, 0, null, Instant.EPOCH);
    }

    /** What Keycloak says to what is wanted: {@code pending}, {@code applied} or {@code failed}. */
    String state() {
        if (reported < generation) {
            return "pending";
        }
        return failure == null ? "applied" : "failed";
    }

    @Override
    public IdentitySource on(IdentitySourceCreated event) {
        return new IdentitySource(
                address,
                event.id(),
                true,
                event.generation(),
                event.settings(),
                event.secretRef(),
                reported,
                failure,
                wished,
                null,
                event.createdAt());
    }

    @Override
    public IdentitySource on(IdentitySourceChanged event) {
        return new IdentitySource(
                address,
                id,
                true,
                event.generation(),
                event.settings(),
                event.secretRef(),
                reported,
                failure,
                wished,
                synced,
                createdAt);
    }

    @Override
    public IdentitySource on(IdentitySourceDeleted event) {
        return new IdentitySource(
                address, id, false, event.generation(), settings, null, reported, failure, wished, synced, createdAt);
    }

    @Override
    public IdentitySource on(IdentitySourceSyncWished event) {
        return new IdentitySource(
                address,
                id,
                exists,
                generation,
                settings,
                secretRef,
                reported,
                failure,
                event.wished(),
                synced,
                createdAt);
    }

    @Override
    public IdentitySource on(IdentitySourceApplied event) {
        return reported(event.generation(), null);
    }

    @Override
    public IdentitySource on(IdentitySourceFailed event) {
        return reported(event.generation(), event.reason());
    }

    private IdentitySource reported(long of, @Nullable String why) {
        return new IdentitySource(
                address, id, exists, generation, settings, secretRef, of, why, wished, synced, createdAt);
    }

    @Override
    public IdentitySource on(IdentitySourceSynced event) {
        return new IdentitySource(
                address, id, exists, generation, settings, secretRef, reported, failure, wished, event, createdAt);
    }
}
