package io.fjord.controlpolicies.policy;

import io.fjord.contract.Address;
import io.fjord.contract.controlpolicies.policy.PolicyEffect;
import io.fjord.contract.controlpolicies.policy.PolicyEvent;
import io.fjord.contract.controlpolicies.policy.PolicyEvent.PolicyChanged;
import io.fjord.contract.controlpolicies.policy.PolicyEvent.PolicyCreated;
import io.fjord.contract.controlpolicies.policy.PolicyEvent.PolicyDeleted;
import io.fjord.controlpolicies.rule.Rule;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An attribute rule as its events left it.
 *
 * @param id empty until it was created once; then stable, through deletion and re-creation
 */
record Policy(
        Address address,
        String id,
        boolean there,
        PolicyEffect effect,
        List<String> subjects,
        List<String> actions,
        List<String> resources,
        @Nullable String condition,
        @Nullable String description,
        Instant createdAt)
        implements Rule, PolicyEvent.Cases<Policy> {

    static Policy absent(Address address) {
        return new Policy(
                address, "", false, PolicyEffect.DENY, List.of(), List.of(), List.of(), null, null, Instant.EPOCH);
    }

    @Override
    public Policy on(PolicyCreated event) {
        return new Policy(
                address,
                event.id(),
                true,
                event.effect(),
                event.subjects(),
                event.actions(),
                event.resources(),
                event.condition(),
                event.description(),
                event.createdAt());
    }

    @Override
    public Policy on(PolicyChanged event) {
        return new Policy(
                address,
                id,
                there,
                event.effect(),
                event.subjects(),
                event.actions(),
                event.resources(),
                event.condition(),
                event.description(),
                createdAt);
    }

    @Override
    public Policy on(PolicyDeleted event) {
        return new Policy(address, id, false, effect, subjects, actions, resources, condition, description, createdAt);
    }
}
