package io.fjord.contract.iam.role;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can have happened to a named set of actions; its address is {@code <domain>/role/<name>}. */
public sealed interface RoleEvent {

    <R> R match(Cases<R> cases);

    record RoleCreated(String id, @Nullable String description, List<String> actions, Instant createdAt)
            implements RoleEvent {
        public RoleCreated {
            actions = List.copyOf(actions);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record RoleChanged(@Nullable String description, List<String> actions) implements RoleEvent {
        public RoleChanged {
            actions = List.copyOf(actions);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record RoleDeleted() implements RoleEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(RoleCreated event);

        R on(RoleChanged event);

        R on(RoleDeleted event);
    }
}
