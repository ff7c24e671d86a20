package io.fjord.controlpolicies.guardrail;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.controlpolicies.guardrail.GuardrailCommand;
import io.fjord.contract.controlpolicies.guardrail.GuardrailCommand.ChangeGuardrail;
import io.fjord.contract.controlpolicies.guardrail.GuardrailCommand.ChangeGuardrailMode;
import io.fjord.contract.controlpolicies.guardrail.GuardrailCommand.CreateGuardrail;
import io.fjord.contract.controlpolicies.guardrail.GuardrailCommand.DeleteGuardrail;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent;
import io.fjord.contract.controlpolicies.guardrail.GuardrailLanguage;
import io.fjord.contract.controlpolicies.guardrail.GuardrailMode;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decision;
import io.fjord.kernel.Quota;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class GuardrailDeciderTest {

    private static final List<String> CLUSTERS = List.of("fjord.core.cluster.*");

    private final GuardrailDecider decider = new GuardrailDecider();
    private GuardrailState state = decider.initial(Address.parse("default/guardrail/small"));
    private int ids;

    private static CreateGuardrail create(String expression) {
        return new CreateGuardrail(
                CLUSTERS, GuardrailLanguage.CEL, expression, GuardrailMode.AUDIT, "Small clusters alone.", null);
    }

    private static ChangeGuardrail change(String expression) {
        return new ChangeGuardrail(CLUSTERS, GuardrailLanguage.CEL, expression, "Small clusters alone.", null);
    }

    private Decision<GuardrailEvent> decide(GuardrailCommand command) {
        return decider.decide(
                command,
                state,
                new Context(Instant.EPOCH, () -> "id-" + ++ids, "user:ana", Quota.unlimited("default")));
    }

    private void accepted(GuardrailCommand command) {
        Decision<GuardrailEvent> decision = decide(command);
        assertThat(decision).isInstanceOf(Decision.Accepted.class);
        ((Decision.Accepted<GuardrailEvent>) decision).events().forEach(event -> state = decider.evolve(state, event));
    }

    private String refused(GuardrailCommand command) {
        Decision<GuardrailEvent> decision = decide(command);
        assertThat(decision).isInstanceOf(Decision.Rejected.class);
        return ((Decision.Rejected<GuardrailEvent>) decision).problem().slug();
    }

    @Test
    void its_mode_goes_on_while_what_it_demands_changes() {
        accepted(create("command.size == 'S'"));
        accepted(new ChangeGuardrailMode(GuardrailMode.ENFORCE));
        accepted(change("command.size in ['XS', 'S']"));

        assertThat(state.mode()).isEqualTo(GuardrailMode.ENFORCE);
        assertThat(state.expression()).isEqualTo("command.size in ['XS', 'S']");
    }

    @Test
    void the_same_again_has_no_effect() {
        accepted(create("command.size == 'S'"));

        assertThat(decide(change("command.size == 'S'"))).isInstanceOf(Decision.NoEffect.class);
        assertThat(decide(new ChangeGuardrailMode(GuardrailMode.AUDIT))).isInstanceOf(Decision.NoEffect.class);
    }

    @Test
    void a_deleted_one_is_made_again_under_its_id() {
        accepted(create("true"));
        String id = state.id();
        accepted(new DeleteGuardrail());
        assertThat(refused(new ChangeGuardrailMode(GuardrailMode.WARN))).isEqualTo("guardrail-not-found");
        assertThat(refused(change("true"))).isEqualTo("guardrail-not-found");
        assertThat(refused(new DeleteGuardrail())).isEqualTo("guardrail-not-found");

        accepted(create("true"));
        assertThat(state.id()).isEqualTo(id);
        assertThat(refused(create("true"))).isEqualTo("guardrail-already-exists");
    }

    @Test
    void one_that_nobody_can_evaluate_is_refused() {
        assertThat(refused(create("command.size ="))).isEqualTo("rule-not-readable");
        accepted(create("true"));
        assertThat(refused(change("who == 'x'"))).isEqualTo("rule-not-readable");
        assertThat(refused(new ChangeGuardrail(List.of("clusters"), GuardrailLanguage.CEL, "true", "No.", null)))
                .isEqualTo("rule-not-readable");
    }
}
