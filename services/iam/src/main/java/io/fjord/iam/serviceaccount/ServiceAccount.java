package io.fjord.iam.serviceaccount;

import io.fjord.contract.Address;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent.ServiceAccountActivated;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent.ServiceAccountArchived;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent.ServiceAccountCreated;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent.ServiceAccountHandedOver;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent.ServiceAccountSuspended;
import io.fjord.kernel.Thing;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A program that may use Fjord, as the events left it; its states are those of a user.
 *
 * @param owner the actor who answers for it
 * @param reason why it is suspended
 * @param handedOverTo the actor who got what was its own, once archived
 */
record ServiceAccount(
        Address address,
        @Nullable String description,
        String owner,
        State state,
        @Nullable String reason,
        @Nullable String handedOverTo,
        Instant createdAt)
        implements Thing, ServiceAccountEvent.Cases<ServiceAccount> {

    enum State {
        ABSENT,
        ACTIVE,
        SUSPENDED,
        ARCHIVED;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        static State of(String label) {
            return valueOf(label.toUpperCase(Locale.ROOT));
        }
    }

    static ServiceAccount absent(Address address) {
        return new ServiceAccount(address, null, "", State.ABSENT, null, null, Instant.EPOCH);
    }

    @Override
    public ServiceAccount on(ServiceAccountCreated event) {
        return new ServiceAccount(
                address, event.description(), event.owner(), State.ACTIVE, null, null, event.createdAt());
    }

    @Override
    public ServiceAccount on(ServiceAccountSuspended event) {
        return at(State.SUSPENDED, event.reason(), null);
    }

    @Override
    public ServiceAccount on(ServiceAccountActivated event) {
        return at(State.ACTIVE, null, null);
    }

    @Override
    public ServiceAccount on(ServiceAccountArchived event) {
        return at(State.ARCHIVED, null, event.handOverTo());
    }

    @Override
    public ServiceAccount on(ServiceAccountHandedOver event) {
        return new ServiceAccount(address, description, event.to(), state, reason, handedOverTo, createdAt);
    }

    private ServiceAccount at(State next, @Nullable String why, @Nullable String to) {
        return new ServiceAccount(address, description, owner, next, why, to, createdAt);
    }
}
