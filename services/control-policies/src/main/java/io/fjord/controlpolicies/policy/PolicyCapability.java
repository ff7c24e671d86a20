package io.fjord.controlpolicies.policy;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.controlpolicies.policy.PolicyCommand;
import io.fjord.contract.controlpolicies.policy.PolicyEvent;
import io.fjord.controlpolicies.rule.RuleStore;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Capability;
import java.util.List;
import java.util.Set;

/** Attribute rules: what they are made of. */
public final class PolicyCapability implements Capability {

    static final String KIND = "policy";

    private final RuleStore<Policy> store = new RuleStore<>(KIND, Policy.class);
    private final Aggregate<PolicyCommand, Policy, PolicyEvent> aggregate =
            new Aggregate<>(KIND, PolicyCommand.class, PolicyEvent.class, new PolicyDecider(), store, Set.of());

    Aggregate<PolicyCommand, Policy, PolicyEvent> aggregate() {
        return aggregate;
    }

    RuleStore<Policy> store() {
        return store;
    }

    public static MessageTypes messages(MessageTypes types) {
        return types.add("control-policies", KIND, PolicyCommand.class)
                .add("control-policies", KIND, PolicyEvent.class);
    }

    @Override
    public void register(MessageTypes types) {
        messages(types);
    }

    @Override
    public List<Aggregate<?, ?, ?>> aggregates() {
        return List.of(aggregate);
    }
}
