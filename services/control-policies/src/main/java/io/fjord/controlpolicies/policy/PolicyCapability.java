package io.fjord.controlpolicies.policy;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.controlpolicies.policy.PolicyCommand;
import io.fjord.contract.controlpolicies.policy.PolicyEvent;
import io.fjord.controlpolicies.rule.RuleTable;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Capability;
import io.fjord.kernel.Metastore;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.RowStore;
import java.util.List;
import java.util.Set;

/** Attribute rules: what they are made of. */
public final class PolicyCapability implements Capability {

    static final String KIND = "policy";

    private final RowStore<Policy> store = new RowStore<>(new RuleTable<>(KIND, Policy.class));
    private final Aggregate<PolicyCommand, Policy, PolicyEvent> aggregate =
            new Aggregate<>(KIND, PolicyCommand.class, PolicyEvent.class, new PolicyDecider(), store, Set.of());

    Listing<Policy> listing(Metastore metastore, MessageTypes types) {
        return new Listing<>(metastore, types, store, aggregate);
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
