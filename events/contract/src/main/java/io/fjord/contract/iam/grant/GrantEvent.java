package io.fjord.contract.iam.grant;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can have happened to who may do what to which; its address is {@code <domain>/grant/<id>}. */
public sealed interface GrantEvent {

    <R> R match(Cases<R> cases);

    record GrantMade(
            String subject,
            @Nullable String role,
            List<String> actions,
            List<String> resources,
            @Nullable String bundle,
            Instant madeAt)
            implements GrantEvent {
        public GrantMade {
            actions = List.copyOf(actions);
            resources = List.copyOf(resources);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record GrantRevoked() implements GrantEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(GrantMade event);

        R on(GrantRevoked event);
    }
}
