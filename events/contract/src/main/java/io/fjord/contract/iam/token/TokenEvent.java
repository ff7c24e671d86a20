package io.fjord.contract.iam.token;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can have happened to a personal access token; its address is {@code platform/token/<id>}. */
public sealed interface TokenEvent {

    <R> R match(Cases<R> cases);

    record TokenCreated(
            String owner,
            String label,
            String hash,
            List<String> actions,
            List<String> resources,
            List<String> cidrs,
            @Nullable Instant expiresAt,
            Instant createdAt)
            implements TokenEvent {
        public TokenCreated {
            actions = List.copyOf(actions);
            resources = List.copyOf(resources);
            cidrs = List.copyOf(cidrs);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record TokenSuspended() implements TokenEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record TokenResumed() implements TokenEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record TokenRevoked() implements TokenEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(TokenCreated event);

        R on(TokenSuspended event);

        R on(TokenResumed event);

        R on(TokenRevoked event);
    }
}
