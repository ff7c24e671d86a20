package io.fjord.contract.webhooks.subscription;

import io.fjord.contract.Position;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All that can have happened to a subscription; its address is {@code <domain>/subscription/<name>}. */
public sealed interface SubscriptionEvent {

    <R> R match(Cases<R> cases);

    /** Events are sent to an endpoint. */
    record SubscriptionCreated(
            String id, SubscriptionTerms terms, String owner, String keysRef, String publicKey, Instant createdAt)
            implements SubscriptionEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Other events are sent, or elsewhere, or otherwise. */
    record SubscriptionChanged(SubscriptionTerms terms, String owner) implements SubscriptionEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Nothing is sent any more. */
    record SubscriptionDeleted() implements SubscriptionEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Nothing is sent for the time being; what happens meanwhile waits. */
    record SubscriptionDisabled(DisabledBecause because, String reason, Instant disabledAt)
            implements SubscriptionEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** It is sent again, all that was missed. */
    record SubscriptionResumed() implements SubscriptionEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Deliveries are signed with other keys. */
    record SigningKeysRotated(
            String keysRef, String publicKey, @Nullable Instant previousUntil) implements SubscriptionEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Deliveries are signed with the new keys alone. */
    record OldKeysExpired() implements SubscriptionEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Somebody tests the endpoint: this event is sent there, whatever the subscription is about. */
    record SubscriptionPinged() implements SubscriptionEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Events are sent once more. */
    record ReplayWished(
            String replayId,
            Map<String, Position> from,
            @Nullable Instant since,
            @Nullable String filter,
            @Nullable String only)
            implements SubscriptionEvent {
        public ReplayWished {
            from = Map.copyOf(from);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** One event is sent now. */
    record ResendWished(String source, Position position) implements SubscriptionEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** All that was given up is sent. */
    record FailedResendWished(@Nullable Instant since) implements SubscriptionEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(SubscriptionCreated event);

        R on(SubscriptionChanged event);

        R on(SubscriptionDeleted event);

        R on(SubscriptionDisabled event);

        R on(SubscriptionResumed event);

        R on(SigningKeysRotated event);

        R on(OldKeysExpired event);

        R on(SubscriptionPinged event);

        R on(ReplayWished event);

        R on(ResendWished event);

        R on(FailedResendWished event);
    }
}
