package io.fjord.platform.access.guardrail;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.Clearance.Warning;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Origin;
import io.fjord.contract.Problem;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent.GuardrailChanged;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent.GuardrailCreated;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent.GuardrailDeleted;
import io.fjord.contract.controlpolicies.guardrail.GuardrailEvent.GuardrailModeChanged;
import io.fjord.contract.controlpolicies.guardrail.GuardrailLanguage;
import io.fjord.contract.controlpolicies.guardrail.GuardrailMode;
import io.fjord.kernel.Finding;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GuardrailsTest {

    private static final Address SMALL = Address.parse("default/guardrail/small");
    private static final String CREATE = "fjord.core.cluster.CreateCluster.v1";

    private final List<Tripped> told = new ArrayList<>();
    private final Guardrails guardrails = new Guardrails(RegoRules.none(), told::add, () -> Future.succeededFuture());

    @Test
    void what_holds_passes_and_nobody_hears_of_it() {
        create(GuardrailMode.ENFORCE, "command.size in ['XS', 'S']");

        assertThat(check("user:ana", CREATE, "{\"size\":\"S\"}")).isEmpty();
        assertThat(told).isEmpty();
    }

    @Test
    void enforced_it_refuses_and_names_itself() {
        create(GuardrailMode.ENFORCE, "command.size in ['XS', 'S']");

        Problem problem = check("user:ana", CREATE, "{\"size\":\"XL\"}").orElseThrow();

        assertThat(problem.slug()).isEqualTo("guardrail-violated");
        assertThat(problem.status()).isEqualTo(403);
        assertThat(problem.detail()).contains("'small'").contains("Small clusters alone.");
        assertThat(told).hasSize(1);
    }

    @Test
    void until_then_it_is_told_alone() {
        create(GuardrailMode.AUDIT, "command.size == 'S'");
        assertThat(check("user:ana", CREATE, "{\"size\":\"XL\"}")).isEmpty();

        guardrails.apply(SMALL, new GuardrailModeChanged(GuardrailMode.WARN));
        assertThat(check("user:ana", CREATE, "{\"size\":\"XL\"}")).isEmpty();

        assertThat(told.stream().map(one -> one.guardrail().mode()))
                .containsExactly(GuardrailMode.AUDIT, GuardrailMode.WARN);

        guardrails.apply(SMALL, new GuardrailModeChanged(GuardrailMode.ENFORCE));
        assertThat(check("user:ana", CREATE, "{\"size\":\"XL\"}")).isPresent();
    }

    @Test
    void what_it_warns_of_stands_beside_the_outcome() {
        create(GuardrailMode.WARN, "command.size == 'S'");

        Finding found = done(guardrails.examine(xl(), false));

        assertThat(found.refusal()).isEmpty();
        assertThat(found.clearance().warnings())
                .containsExactly(new Warning(SMALL.toString(), GuardrailMode.WARN, "Small clusters alone."));
        assertThat(told).hasSize(1);

        guardrails.apply(SMALL, new GuardrailModeChanged(GuardrailMode.AUDIT));
        assertThat(done(guardrails.examine(xl(), false)).clearance().warnings()).isEmpty();
    }

    @Test
    void a_rehearsal_is_told_all_and_nobody_else() {
        create(GuardrailMode.AUDIT, "command.size == 'S'");
        assertThat(done(guardrails.examine(xl(), true)).clearance().warnings())
                .extracting(Warning::mode)
                .containsExactly(GuardrailMode.AUDIT);

        guardrails.apply(SMALL, new GuardrailModeChanged(GuardrailMode.ENFORCE));
        Finding refused = done(guardrails.examine(xl(), true));

        assertThat(refused.refusal()).isPresent();
        assertThat(refused.clearance().warnings()).hasSize(1);
        assertThat(told).isEmpty();
    }

    @Test
    void it_may_look_at_where_the_command_was_wished() {
        create(GuardrailMode.ENFORCE, "context.address.startsWith('10.') && context.purpose == 'billing'");
        CommandEnvelope<byte[]> unknown = xl();

        assertThat(done(guardrails.check(unknown))).isPresent();
        assertThat(done(guardrails.check(from(unknown, new Origin("10.0.0.7", "billing", null)))))
                .isEmpty();
        assertThat(done(guardrails.check(from(unknown, new Origin("10.0.0.7", "fun", null)))))
                .isPresent();
    }

    private static CommandEnvelope<byte[]> xl() {
        return command("default/cluster/etl", "user:ana", CREATE, "{\"size\":\"XL\"}");
    }

    private static CommandEnvelope<byte[]> from(CommandEnvelope<byte[]> command, Origin origin) {
        return new CommandEnvelope<>(
                command.id(),
                command.type(),
                command.source(),
                command.time(),
                command.subject(),
                command.actor(),
                command.correlationId(),
                null,
                null,
                null,
                origin,
                command.data());
    }

    @Test
    void one_that_fails_refuses() {
        create(GuardrailMode.ENFORCE, "command.tags['cost-center'] != ''");

        assertThat(check("user:ana", CREATE, "{\"size\":\"S\"}").orElseThrow().detail())
                .contains("could not be evaluated");
        assertThat(check("user:ana", CREATE, "no JSON")).isPresent();
        assertThat(told).allSatisfy(one -> assertThat(one.verdict().failure()).isNotNull());
    }

    @Test
    void one_in_rego_without_an_opa_refuses() {
        guardrails.apply(
                SMALL,
                new GuardrailCreated(
                        "1",
                        List.of("fjord.*"),
                        GuardrailLanguage.REGO,
                        "package x",
                        GuardrailMode.ENFORCE,
                        "No.",
                        null,
                        Instant.EPOCH));

        assertThat(check("user:ana", CREATE, "{}").orElseThrow().detail()).contains("FJORD_OPA");
    }

    @Test
    void others_domains_types_and_reports_do_not_concern_it() {
        create(GuardrailMode.ENFORCE, "false");

        assertThat(check("user:ana", "fjord.iam.role.CreateRole.v1", "{}")).isEmpty();
        assertThat(check("user:ana", "fjord.core.cluster.ReportDriverReady.v1", "{}"))
                .isEmpty();
        assertThat(check("platform", "fjord.core.cluster.ExpireClusterState.v1", "{}"))
                .isEmpty();
        assertThat(check("service:spark-operator", CREATE, "{}")).isEmpty();
        assertThat(done(guardrails.check(command("sales/cluster/etl", "user:ana", CREATE, "{}"))))
                .isEmpty();
        assertThat(check("user:ana", CREATE, "{}")).isPresent();
    }

    @Test
    void one_that_is_wrong_can_be_taken_away() {
        guardrails.apply(
                Address.parse("platform/guardrail/all"),
                new GuardrailCreated(
                        "1",
                        List.of("*"),
                        GuardrailLanguage.CEL,
                        "false",
                        GuardrailMode.ENFORCE,
                        "No.",
                        null,
                        Instant.EPOCH));

        assertThat(check("user:ana", CREATE, "{}")).isPresent();
        assertThat(check("user:ana", "fjord.control-policies.guardrail.DeleteGuardrail.v1", "{}"))
                .isEmpty();
    }

    @Test
    void changed_and_deleted_it_says_something_else() {
        create(GuardrailMode.ENFORCE, "false");
        guardrails.apply(
                SMALL, new GuardrailChanged(List.of("fjord.*"), GuardrailLanguage.CEL, "true", "Anything.", null));
        assertThat(check("user:ana", CREATE, "{}")).isEmpty();

        guardrails.apply(
                SMALL, new GuardrailChanged(List.of(CREATE), GuardrailLanguage.CEL, "false", "Nothing.", null));
        assertThat(check("user:ana", CREATE, "{}")).isPresent();

        guardrails.apply(SMALL, new GuardrailDeleted());
        assertThat(check("user:ana", CREATE, "{}")).isEmpty();
    }

    private void create(GuardrailMode mode, String expression) {
        guardrails.apply(
                SMALL,
                new GuardrailCreated(
                        "1",
                        List.of("fjord.core.cluster.*"),
                        GuardrailLanguage.CEL,
                        expression,
                        mode,
                        "Small clusters alone.",
                        null,
                        Instant.EPOCH));
    }

    private Optional<Problem> check(String actor, String type, String data) {
        return done(guardrails.check(command("default/cluster/etl", actor, type, data)));
    }

    private static <T> T done(Future<T> checked) {
        assertThat(checked.isComplete()).isTrue();
        return checked.result();
    }

    private static CommandEnvelope<byte[]> command(String subject, String actor, String type, String data) {
        return new CommandEnvelope<>(
                "1",
                type,
                "core",
                Instant.parse("2026-11-21T09:00:00Z"),
                Address.parse(subject),
                actor,
                "1",
                null,
                null,
                null,
                data.getBytes(StandardCharsets.UTF_8));
    }
}
