package io.fjord.controlpolicies.guardrail;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.controlpolicies.guardrail.GuardrailCommand;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent;
import io.fjord.contract.controlpolicies.guardrail.GuardrailObservation;
import io.fjord.controlpolicies.rule.RuleTable;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Capability;
import io.fjord.kernel.Metastore;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.RowStore;
import java.util.List;
import java.util.Set;

/** Guardrails: what they are made of. */
public final class GuardrailCapability implements Capability {

    static final String KIND = "guardrail";

    private final RowStore<GuardrailState> store = new RowStore<>(new RuleTable<>(KIND, GuardrailState.class));
    private final Aggregate<GuardrailCommand, GuardrailState, GuardrailEvent> aggregate = new Aggregate<>(
            KIND, GuardrailCommand.class, GuardrailEvent.class, new GuardrailDecider(), store, Set.of());

    Listing<GuardrailState> listing(Metastore metastore, MessageTypes types) {
        return new Listing<>(metastore, types, store, aggregate);
    }

    public static MessageTypes messages(MessageTypes types) {
        return types.add("control-policies", KIND, GuardrailCommand.class)
                .add("control-policies", KIND, GuardrailEvent.class)
                .add("control-policies", KIND, GuardrailObservation.class);
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
