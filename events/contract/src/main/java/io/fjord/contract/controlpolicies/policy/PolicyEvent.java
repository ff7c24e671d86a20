package io.fjord.contract.controlpolicies.policy;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can have happened to an attribute rule: who may, or may not, do what under which condition; its address is {@code <domain>/policy/<name>}. */
public sealed interface PolicyEvent {

    <R> R match(Cases<R> cases);

    record PolicyCreated(
            String id,
            PolicyEffect effect,
            List<String> subjects,
            List<String> actions,
            List<String> resources,
            @Nullable String condition,
            @Nullable String description,
            Instant createdAt)
            implements PolicyEvent {
        public PolicyCreated {
            subjects = List.copyOf(subjects);
            actions = List.copyOf(actions);
            resources = List.copyOf(resources);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record PolicyChanged(
            PolicyEffect effect,
            List<String> subjects,
            List<String> actions,
            List<String> resources,
            @Nullable String condition,
            @Nullable String description)
            implements PolicyEvent {
        public PolicyChanged {
            subjects = List.copyOf(subjects);
            actions = List.copyOf(actions);
            resources = List.copyOf(resources);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record PolicyDeleted() implements PolicyEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(PolicyCreated event);

        R on(PolicyChanged event);

        R on(PolicyDeleted event);
    }
}
