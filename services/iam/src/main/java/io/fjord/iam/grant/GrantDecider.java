package io.fjord.iam.grant;

import io.fjord.contract.Address;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.iam.grant.GrantCommand;
import io.fjord.contract.iam.grant.GrantCommand.MakeGrant;
import io.fjord.contract.iam.grant.GrantCommand.RevokeGrant;
import io.fjord.contract.iam.grant.GrantEvent;
import io.fjord.contract.iam.grant.GrantEvent.GrantMade;
import io.fjord.contract.iam.grant.GrantEvent.GrantRevoked;
import io.fjord.iam.delegation.Patterns;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;
import java.util.List;
import java.util.Objects;

/**
 * The rules of a grant. That its role and bundle are there, and that whoever makes it has what it gives, is asked before
 * ({@code Delegation}); a grant whose role or bundle has gone grants nothing.
 */
final class GrantDecider implements Decider<GrantCommand, Grant, GrantEvent> {

    @Override
    public Grant initial(Address subject) {
        return Grant.none(subject);
    }

    @Override
    public Grant evolve(Grant state, GrantEvent event) {
        return event.match(state);
    }

    @Override
    public Decision<GrantEvent> decide(GrantCommand command, Grant state, Context context) {
        return command.match(new Rules(state, context));
    }

    private record Rules(Grant grant, Context context) implements GrantCommand.Cases<Decision<GrantEvent>> {

        @Override
        public Decision<GrantEvent> on(MakeGrant wish) {
            List<Fault> faults = Patterns.ofGrant(grant.address().domain(), wish);
            if (!faults.isEmpty()) {
                return Decision.reject(Patterns.notRight(faults));
            }
            if (grant.exists()) {
                return isSame(wish)
                        ? Decision.noEffect("It is made already")
                        : Decision.reject(GrantProblems.alreadyExists(grant.address()));
            }
            return Decision.accept(new GrantMade(
                    wish.subject(), wish.role(), wish.actions(), wish.resources(), wish.bundle(), context.now()));
        }

        private boolean isSame(MakeGrant wish) {
            return wish.subject().equals(grant.subject())
                    && Objects.equals(wish.role(), grant.role())
                    && wish.actions().equals(grant.actions())
                    && wish.resources().equals(grant.resources())
                    && Objects.equals(wish.bundle(), grant.bundle());
        }

        @Override
        public Decision<GrantEvent> on(RevokeGrant wish) {
            return grant.exists()
                    ? Decision.accept(new GrantRevoked())
                    : Decision.reject(GrantProblems.notFound(grant.address()));
        }
    }
}
