package io.fjord.contract.controlpolicies.policy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can be wished of an attribute rule: who may, or may not, do what under which condition; its address is {@code <domain>/policy/<name>}. */
public sealed interface PolicyCommand {

    <R> R match(Cases<R> cases);

    /**
     * @param subjects actors and groups; {@code *} for all
     * @param actions patterns
     * @param resources patterns
     * @param condition a CEL expression over actor, resource, action and context that must be true for the rule to speak; null: always
     */
    record CreatePolicy(
            PolicyEffect effect,
            List<String> subjects,
            List<String> actions,
            List<String> resources,
            @Nullable String condition,
            @Nullable String description)
            implements PolicyCommand {
        public CreatePolicy {
            subjects = List.copyOf(subjects);
            actions = List.copyOf(actions);
            resources = List.copyOf(resources);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ChangePolicy(
            PolicyEffect effect,
            List<String> subjects,
            List<String> actions,
            List<String> resources,
            @Nullable String condition,
            @Nullable String description)
            implements PolicyCommand {
        public ChangePolicy {
            subjects = List.copyOf(subjects);
            actions = List.copyOf(actions);
            resources = List.copyOf(resources);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record DeletePolicy() implements PolicyCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(CreatePolicy command);

        R on(ChangePolicy command);

        R on(DeletePolicy command);
    }
}
