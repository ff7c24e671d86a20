package io.fjord.contract.iam.role;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can be wished of a named set of actions; its address is {@code <domain>/role/<name>}. */
public sealed interface RoleCommand {

    <R> R match(Cases<R> cases);

    /**
     * @param actions patterns like {@code cluster:read} or {@code cluster:*}
     */
    record CreateRole(@Nullable String description, List<String> actions) implements RoleCommand {
        public CreateRole {
            actions = List.copyOf(actions);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ChangeRole(@Nullable String description, List<String> actions) implements RoleCommand {
        public ChangeRole {
            actions = List.copyOf(actions);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record DeleteRole() implements RoleCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(CreateRole command);

        R on(ChangeRole command);

        R on(DeleteRole command);
    }
}
