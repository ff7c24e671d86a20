package io.fjord.webhooks.subscription;

import io.fjord.contract.Address;
import io.fjord.contract.webhooks.subscription.DisabledBecause;
import io.fjord.contract.webhooks.subscription.Signatures;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.FailedResendWished;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.OldKeysExpired;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.ReplayWished;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.ResendWished;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.SigningKeysRotated;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.SubscriptionChanged;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.SubscriptionCreated;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.SubscriptionDeleted;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.SubscriptionDisabled;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.SubscriptionPinged;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.SubscriptionResumed;
import io.fjord.contract.webhooks.subscription.SubscriptionTerms;
import io.fjord.kernel.Thing;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A subscription as its events left it.
 *
 * @param id empty until it was created; another one of the same name gets another, for it begins anew
 * @param owner whose rights say which events are sent
 * @param keys what deliveries are signed with
 * @param previous what they are signed with beside it, for a while after a rotation
 * @param disabled why nothing is sent for the time being; null if it is
 */
public record Subscription(
        Address address,
        String id,
        boolean there,
        SubscriptionTerms terms,
        String owner,
        Keys keys,
        @Nullable Keys previous,
        @Nullable Instant previousUntil,
        @Nullable Disabled disabled,
        Instant createdAt)
        implements Thing, SubscriptionEvent.Cases<Subscription> {

    /**
     * Signing keys, by reference.
     *
     * @param ref vault row
     * @param publicKey {@code whpk_…}
     */
    public record Keys(String ref, String publicKey) {}

    /** Why and since when nothing is sent. */
    public record Disabled(DisabledBecause because, String reason, Instant since) {}

    static Subscription absent(Address address) {
        return new Subscription(
                address,
                "",
                false,
                new SubscriptionTerms("", List.of(), null, null, Map.of(), false, Signatures.SYMMETRIC, null),
                "",
                new Keys("", ""),
                null,
                null,
                null,
                Instant.EPOCH);
    }

    @Override
    public Subscription on(SubscriptionCreated event) {
        return new Subscription(
                address,
                event.id(),
                true,
                event.terms(),
                event.owner(),
                new Keys(event.keysRef(), event.publicKey()),
                null,
                null,
                null,
                event.createdAt());
    }

    @Override
    public Subscription on(SubscriptionChanged event) {
        return new Subscription(
                address, id, there, event.terms(), event.owner(), keys, previous, previousUntil, disabled, createdAt);
    }

    @Override
    public Subscription on(SubscriptionDeleted event) {
        return new Subscription(address, id, false, terms, owner, new Keys("", ""), null, null, null, createdAt);
    }

    @Override
    public Subscription on(SubscriptionDisabled event) {
        return disabled(new Disabled(event.because(), event.reason(), event.disabledAt()));
    }

    @Override
    public Subscription on(SubscriptionResumed event) {
        return disabled(null);
    }

    private Subscription disabled(@Nullable Disabled now) {
        return new Subscription(address, id, there, terms, owner, keys, previous, previousUntil, now, createdAt);
    }

    @Override
    public Subscription on(SigningKeysRotated event) {
        return signing(
                new Keys(event.keysRef(), event.publicKey()),
                event.previousUntil() == null ? null : keys,
                event.previousUntil());
    }

    @Override
    public Subscription on(OldKeysExpired event) {
        return signing(keys, null, null);
    }

    private Subscription signing(Keys now, @Nullable Keys before, @Nullable Instant until) {
        return new Subscription(address, id, there, terms, owner, now, before, until, disabled, createdAt);
    }

    @Override
    public Subscription on(SubscriptionPinged event) {
        return this;
    }

    @Override
    public Subscription on(ReplayWished event) {
        return this;
    }

    @Override
    public Subscription on(ResendWished event) {
        return this;
    }

    @Override
    public Subscription on(FailedResendWished event) {
        return this;
    }
}
