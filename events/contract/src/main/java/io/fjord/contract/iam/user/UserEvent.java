package io.fjord.contract.iam.user;

import io.fjord.contract.Forgets;
import io.fjord.contract.Personal;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can have happened to a person who may use Fjord; its address is {@code platform/user/<id>}. */
public sealed interface UserEvent {

    <R> R match(Cases<R> cases);

    record UserRegistered(
            @Personal String userName,
            @Personal @Nullable String displayName,
            @Personal @Nullable String externalId,
            Instant registeredAt)
            implements UserEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record UserChanged(
            @Personal String userName,
            @Personal @Nullable String displayName,
            @Personal @Nullable String externalId) implements UserEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record UserSuspended(@Personal @Nullable String reason) implements UserEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record UserActivated() implements UserEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record UserArchived(@Nullable String handOverTo) implements UserEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** What was said of the person is gone for ever, and what is still said is not kept. */
    record UserForgotten(Instant forgottenAt, List<String> alsoKnownAs) implements UserEvent, Forgets {
        public UserForgotten {
            alsoKnownAs = List.copyOf(alsoKnownAs);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(UserRegistered event);

        R on(UserChanged event);

        R on(UserSuspended event);

        R on(UserActivated event);

        R on(UserArchived event);

        R on(UserForgotten event);
    }
}
