package io.fjord.controlpolicies.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.controlpolicies.policy.PolicyCommand;
import io.fjord.contract.controlpolicies.policy.PolicyCommand.ChangePolicy;
import io.fjord.contract.controlpolicies.policy.PolicyCommand.CreatePolicy;
import io.fjord.contract.controlpolicies.policy.PolicyCommand.DeletePolicy;
import io.fjord.contract.controlpolicies.policy.PolicyEffect;
import io.fjord.contract.controlpolicies.policy.PolicyEvent;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decision;
import io.fjord.kernel.Quota;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class PolicyDeciderTest {

    private static final Instant NOW = Instant.parse("2026-11-21T13:00:00Z");

    private final PolicyDecider decider = new PolicyDecider();
    private Policy state = decider.initial(Address.parse("default/policy/nights"));
    private int ids;

    private static CreatePolicy create(String resource, String condition) {
        return new CreatePolicy(
                PolicyEffect.DENY,
                List.of("group:contractors"),
                List.of("cluster:create"),
                List.of(resource),
                condition,
                null);
    }

    private static final CreatePolicy NIGHTS = create("default/cluster/*", "context.time.getHours() >= 18");

    private Decision<PolicyEvent> decide(PolicyCommand command) {
        return decider.decide(
                command, state, new Context(NOW, () -> "id-" + ++ids, "user:ana", Quota.unlimited("default")));
    }

    private void accepted(PolicyCommand command) {
        Decision<PolicyEvent> decision = decide(command);
        assertThat(decision).isInstanceOf(Decision.Accepted.class);
        ((Decision.Accepted<PolicyEvent>) decision).events().forEach(event -> state = decider.evolve(state, event));
    }

    private Problem refused(PolicyCommand command) {
        Decision<PolicyEvent> decision = decide(command);
        assertThat(decision).isInstanceOf(Decision.Rejected.class);
        return ((Decision.Rejected<PolicyEvent>) decision).problem();
    }

    @Test
    void it_is_made_changed_and_taken_away_and_its_id_stays() {
        accepted(NIGHTS);
        assertThat(state.there()).isTrue();
        assertThat(state.createdAt()).isEqualTo(NOW);
        String id = state.id();

        accepted(new ChangePolicy(
                PolicyEffect.ALLOW, List.of("*"), List.of("*:read"), List.of("default/*/*"), null, "all may look"));
        assertThat(state.effect()).isEqualTo(PolicyEffect.ALLOW);
        assertThat(state.condition()).isNull();

        accepted(new DeletePolicy());
        assertThat(state.there()).isFalse();

        accepted(NIGHTS);
        assertThat(state.id()).isEqualTo(id);
    }

    @Test
    void a_name_is_taken_once() {
        accepted(NIGHTS);
        assertThat(refused(NIGHTS).slug()).isEqualTo("policy-already-exists");
    }

    @Test
    void what_is_not_there_cannot_be_changed() {
        assertThat(refused(new DeletePolicy()).slug()).isEqualTo("policy-not-found");
        assertThat(refused(new ChangePolicy(
                                PolicyEffect.DENY, List.of("*"), List.of("*:*"), List.of("default/*/*"), null, null))
                        .slug())
                .isEqualTo("policy-not-found");
    }

    @Test
    void the_same_again_has_no_effect() {
        accepted(NIGHTS);
        assertThat(decide(new ChangePolicy(
                        NIGHTS.effect(),
                        NIGHTS.subjects(),
                        NIGHTS.actions(),
                        NIGHTS.resources(),
                        NIGHTS.condition(),
                        null)))
                .isInstanceOf(Decision.NoEffect.class);
    }

    @Test
    void all_that_is_wrong_is_named_a_condition_with_its_position() {
        Problem problem = refused(new CreatePolicy(
                PolicyEffect.DENY,
                List.of("ana"),
                List.of("cluster"),
                List.of("sales/cluster/*", "default/*x/y"),
                "actor = 'user:ana'",
                null));

        assertThat(problem.slug()).isEqualTo("rule-not-readable");
        assertThat(problem.faults().stream().map(Problem.Fault::pointer))
                .containsExactly("/subjects/0", "/actions/0", "/resources/1", "/resources/0", "/condition");
        assertThat(problem.faults().get(4).detail()).startsWith("at line 1, column 7:");
    }

    @Test
    void a_domain_speaks_of_what_is_its_own() {
        assertThat(refused(create("sales/cluster/*", null)).faults().get(0).detail())
                .contains("'platform'");
        state = decider.initial(Address.parse("platform/policy/nights"));
        accepted(create("sales/cluster/*", null));
    }
}
