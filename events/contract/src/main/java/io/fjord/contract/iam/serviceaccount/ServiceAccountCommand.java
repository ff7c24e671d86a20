package io.fjord.contract.iam.serviceaccount;

import org.jspecify.annotations.Nullable;

/** All that can be wished of a program that may use Fjord; its address is {@code platform/service-account/<name>}. */
public sealed interface ServiceAccountCommand {

    <R> R match(Cases<R> cases);

    /**
     * @param owner the actor who answers for it
     */
    record CreateServiceAccount(@Nullable String description, String owner) implements ServiceAccountCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record SuspendServiceAccount(@Nullable String reason) implements ServiceAccountCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ActivateServiceAccount() implements ServiceAccountCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Refused for ever, never erased. */
    record ArchiveServiceAccount(@Nullable String handOverTo) implements ServiceAccountCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * Let somebody else answer for it.
     *
     * @param to {@code user:…} or {@code service-account:…}
     */
    record HandOverServiceAccount(String to) implements ServiceAccountCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(CreateServiceAccount command);

        R on(SuspendServiceAccount command);

        R on(ActivateServiceAccount command);

        R on(ArchiveServiceAccount command);

        R on(HandOverServiceAccount command);
    }
}
