package io.fjord.iam.role;

import io.fjord.contract.Address;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.iam.role.RoleCommand;
import io.fjord.contract.iam.role.RoleCommand.ChangeRole;
import io.fjord.contract.iam.role.RoleCommand.CreateRole;
import io.fjord.contract.iam.role.RoleCommand.DeleteRole;
import io.fjord.contract.iam.role.RoleEvent;
import io.fjord.contract.iam.role.RoleEvent.RoleChanged;
import io.fjord.contract.iam.role.RoleEvent.RoleCreated;
import io.fjord.contract.iam.role.RoleEvent.RoleDeleted;
import io.fjord.iam.delegation.Patterns;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** The rules of a role. */
final class RoleDecider implements Decider<RoleCommand, Role, RoleEvent> {

    private final Set<String> builtIn;

    /** @param builtIn names that every domain has from the start */
    RoleDecider(Set<String> builtIn) {
        this.builtIn = Set.copyOf(builtIn);
    }

    @Override
    public Role initial(Address subject) {
        return Role.none(subject);
    }

    @Override
    public Role evolve(Role state, RoleEvent event) {
        return event.match(state);
    }

    @Override
    public Decision<RoleEvent> decide(RoleCommand command, Role state, Context context) {
        String name = state.address().name();
        return builtIn.contains(name)
                ? Decision.reject(RoleProblems.builtIn(name))
                : command.match(new Rules(state, context));
    }

    private record Rules(Role role, Context context) implements RoleCommand.Cases<Decision<RoleEvent>> {

        @Override
        public Decision<RoleEvent> on(CreateRole wish) {
            if (role.exists()) {
                return Decision.reject(RoleProblems.alreadyExists(role.address().name()));
            }
            List<Fault> faults = Patterns.ofActions(wish.actions());
            if (!faults.isEmpty()) {
                return Decision.reject(Patterns.notRight(faults));
            }
            String id = role.id().isEmpty() ? context.newId().get() : role.id();
            return Decision.accept(new RoleCreated(id, wish.description(), wish.actions(), context.now()));
        }

        @Override
        public Decision<RoleEvent> on(ChangeRole wish) {
            if (!role.exists()) {
                return missing();
            }
            List<Fault> faults = Patterns.ofActions(wish.actions());
            if (!faults.isEmpty()) {
                return Decision.reject(Patterns.notRight(faults));
            }
            return role.actions().equals(wish.actions()) && Objects.equals(role.description(), wish.description())
                    ? Decision.noEffect("It is so already")
                    : Decision.accept(new RoleChanged(wish.description(), wish.actions()));
        }

        @Override
        public Decision<RoleEvent> on(DeleteRole wish) {
            if (!role.exists()) {
                return missing();
            }
            return role.grants() > 0
                    ? Decision.reject(RoleProblems.inUse(role.address(), role.grants()))
                    : Decision.accept(new RoleDeleted());
        }

        private Decision<RoleEvent> missing() {
            return Decision.reject(RoleProblems.notFound(role.address()));
        }
    }
}
