package io.fjord.controlpolicies.guardrail;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.controlpolicies.guardrail.GuardrailCommand;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent;
import io.fjord.contract.controlpolicies.guardrail.GuardrailObservation;
import io.fjord.controlpolicies.rule.RuleStore;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Capability;
import java.util.List;
import java.util.Set;

/** Guardrails: what they are made of. */
public final class GuardrailCapability implements Capability {

    static final String KIND = "guardrail";

    private final RuleStore<GuardrailState> store = new RuleStore<>(KIND, GuardrailState.class);
    private final Aggregate<GuardrailCommand, GuardrailState, GuardrailEvent> aggregate = new Aggregate<>(
            KIND, GuardrailCommand.class, GuardrailEvent.class, new GuardrailDecider(), store, Set.of());

    Aggregate<GuardrailCommand, GuardrailState, GuardrailEvent> aggregate() {
        return aggregate;
    }

    RuleStore<GuardrailState> store() {
        return store;
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
