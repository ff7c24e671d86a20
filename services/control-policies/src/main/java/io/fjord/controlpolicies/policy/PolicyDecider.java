package io.fjord.controlpolicies.policy;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.controlpolicies.policy.PolicyCommand;
import io.fjord.contract.controlpolicies.policy.PolicyCommand.ChangePolicy;
import io.fjord.contract.controlpolicies.policy.PolicyCommand.CreatePolicy;
import io.fjord.contract.controlpolicies.policy.PolicyCommand.DeletePolicy;
import io.fjord.contract.controlpolicies.policy.PolicyEvent;
import io.fjord.contract.controlpolicies.policy.PolicyEvent.PolicyChanged;
import io.fjord.contract.controlpolicies.policy.PolicyEvent.PolicyCreated;
import io.fjord.contract.controlpolicies.policy.PolicyEvent.PolicyDeleted;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;
import java.util.Objects;
import java.util.Optional;

/** The rules of attribute rules. */
final class PolicyDecider implements Decider<PolicyCommand, Policy, PolicyEvent> {

    @Override
    public Policy initial(Address subject) {
        return Policy.absent(subject);
    }

    @Override
    public Policy evolve(Policy state, PolicyEvent event) {
        return event.match(state);
    }

    @Override
    public Decision<PolicyEvent> decide(PolicyCommand command, Policy state, Context context) {
        return command.match(new Rules(state, context));
    }

    private record Rules(Policy policy, Context context) implements PolicyCommand.Cases<Decision<PolicyEvent>> {

        @Override
        public Decision<PolicyEvent> on(CreatePolicy command) {
            if (policy.there()) {
                return Decision.reject(PolicyProblems.alreadyExists(policy.address()));
            }
            Optional<Problem> wrong = PolicyProblems.of(
                    policy.address().domain(),
                    command.subjects(),
                    command.actions(),
                    command.resources(),
                    command.condition());
            if (wrong.isPresent()) {
                return Decision.reject(wrong.get());
            }
            return Decision.accept(new PolicyCreated(
                    policy.id().isEmpty() ? context.newId().get() : policy.id(),
                    command.effect(),
                    command.subjects(),
                    command.actions(),
                    command.resources(),
                    command.condition(),
                    command.description(),
                    context.now()));
        }

        @Override
        public Decision<PolicyEvent> on(ChangePolicy command) {
            if (!policy.there()) {
                return Decision.reject(PolicyProblems.notFound(policy.address()));
            }
            Optional<Problem> wrong = PolicyProblems.of(
                    policy.address().domain(),
                    command.subjects(),
                    command.actions(),
                    command.resources(),
                    command.condition());
            if (wrong.isPresent()) {
                return Decision.reject(wrong.get());
            }
            if (policy.effect() == command.effect()
                    && policy.subjects().equals(command.subjects())
                    && policy.actions().equals(command.actions())
                    && policy.resources().equals(command.resources())
                    && Objects.equals(policy.condition(), command.condition())
                    && Objects.equals(policy.description(), command.description())) {
                return Decision.noEffect("It says just that already");
            }
            return Decision.accept(new PolicyChanged(
                    command.effect(),
                    command.subjects(),
                    command.actions(),
                    command.resources(),
                    command.condition(),
                    command.description()));
        }

        @Override
        public Decision<PolicyEvent> on(DeletePolicy command) {
            return policy.there()
                    ? Decision.accept(new PolicyDeleted())
                    : Decision.reject(PolicyProblems.notFound(policy.address()));
        }
    }
}
