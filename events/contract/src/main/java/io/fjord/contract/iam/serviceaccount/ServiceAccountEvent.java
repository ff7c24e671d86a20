package io.fjord.contract.iam.serviceaccount;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** All that can have happened to a program that may use Fjord; its address is {@code platform/service-account/<name>}. */
public sealed interface ServiceAccountEvent {

    <R> R match(Cases<R> cases);

    record ServiceAccountCreated(@Nullable String description, String owner, Instant createdAt)
            implements ServiceAccountEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ServiceAccountSuspended(@Nullable String reason) implements ServiceAccountEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ServiceAccountActivated() implements ServiceAccountEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ServiceAccountArchived(@Nullable String handOverTo) implements ServiceAccountEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ServiceAccountHandedOver(String from, String to) implements ServiceAccountEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(ServiceAccountCreated event);

        R on(ServiceAccountSuspended event);

        R on(ServiceAccountActivated event);

        R on(ServiceAccountArchived event);

        R on(ServiceAccountHandedOver event);
    }
}
