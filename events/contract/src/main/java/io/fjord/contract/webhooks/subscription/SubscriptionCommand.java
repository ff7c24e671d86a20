package io.fjord.contract.webhooks.subscription;

import io.fjord.contract.Position;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All that can be wished of a subscription; its address is {@code <domain>/subscription/<name>}. */
public sealed interface SubscriptionCommand {

    <R> R match(Cases<R> cases);

    /** Send events to an endpoint from now on. */
    record CreateSubscription(SubscriptionTerms terms, String keysRef, String publicKey)
            implements SubscriptionCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Send other events, or elsewhere, or otherwise, from where it stands. */
    record ChangeSubscription(SubscriptionTerms terms) implements SubscriptionCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Send nothing any more, and forget what stood to be sent. */
    record DeleteSubscription() implements SubscriptionCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Send nothing for the time being. */
    record DisableSubscription(@Nullable String reason) implements SubscriptionCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Send again, all that was missed. */
    record ResumeSubscription() implements SubscriptionCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Sign with other keys, and for a while with those before too. */
    record RotateSigningKeys(String keysRef, String publicKey, long overlapSeconds) implements SubscriptionCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Sign with the new keys alone; a deadline. */
    record ExpireOldKeys() implements SubscriptionCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Send a test event. */
    record PingSubscription() implements SubscriptionCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Send once more what was, or what now would be. */
    record ReplayEvents(
            Map<String, Position> from,
            @Nullable Instant since,
            @Nullable String filter,
            @Nullable String only) implements SubscriptionCommand {
        public ReplayEvents {
            from = Map.copyOf(from);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Send one event now, whatever became of it. */
    record ResendDelivery(String source, Position position) implements SubscriptionCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Send all that was given up. */
    record ResendFailed(@Nullable Instant since) implements SubscriptionCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** The endpoint answered 410. */
    record ReportEndpointGone(String subscriptionId, long seenVersion, String delivery) implements SubscriptionCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Something was tried for the last time. */
    record ReportEndpointDead(String subscriptionId, long seenVersion, String delivery) implements SubscriptionCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(CreateSubscription command);

        R on(ChangeSubscription command);

        R on(DeleteSubscription command);

        R on(DisableSubscription command);

        R on(ResumeSubscription command);

        R on(RotateSigningKeys command);

        R on(ExpireOldKeys command);

        R on(PingSubscription command);

        R on(ReplayEvents command);

        R on(ResendDelivery command);

        R on(ResendFailed command);

        R on(ReportEndpointGone command);

        R on(ReportEndpointDead command);
    }
}
