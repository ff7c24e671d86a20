package io.fjord.platform.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Origin;
import io.fjord.contract.Problem;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.AccessRequest;
import io.fjord.kernel.Finding;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CommandGuardTest {

    private static final String CREATE = "fjord.core.cluster.CreateCluster.v1";
    private static final String REPORT = "fjord.core.cluster.ReportDriverReady.v1";
    private static final String TOKEN = "fjord.iam.token.CreateToken.v1";
    private static final Address ETL = new Address("default", "cluster", "etl");

    private final List<AccessRequest> denied = new ArrayList<>();
    private final Promise<Void> known = Promise.promise();
    private final CommandGuard guard = new CommandGuard(
            request -> new AccessDecision(request.actor().equals("user:ana"), "", List.of(), "iam=1:7"),
            known::future,
            (request, decision) -> {
                denied.add(request);
                return "d-1";
            });

    private Future<Optional<Problem>> check(String actor, String type, Address subject, Map<String, Object> data) {
        return guard.check(new CommandEnvelope<>(
                "id", type, "core", Instant.EPOCH, subject, actor, "corr", null, null, null, Json.bytes(data)));
    }

    private Future<Optional<Problem>> check(String actor, String type) {
        return check(actor, type, ETL, Map.of("size", "S"));
    }

    @Test
    void what_was_known_of_the_policies_is_remembered() {
        known.complete();

        assertThat(examined("user:ana", false).clearance().policyPosition()).isEqualTo("iam=1:7");
        assertThat(examined("user:bo", false).clearance().policyPosition()).isEqualTo("iam=1:7");
        assertThat(examined("user:operator", false).clearance().policyPosition())
                .isEqualTo("iam=1:7");
        assertThat(examined("service:core", false)).isEqualTo(Finding.FINE);
    }

    @Test
    void nobody_is_told_of_a_rehearsal() {
        known.complete();

        assertThat(examined("user:bo", true).refusal().orElseThrow().detail())
                .contains("user:bo may not cluster:create on default/cluster/etl")
                .doesNotContain("decision");
        assertThat(denied).isEmpty();
    }

    private Finding examined(String actor, boolean rehearsal) {
        return guard.examine(
                        new CommandEnvelope<>(
                                "id",
                                CREATE,
                                "core",
                                Instant.EPOCH,
                                ETL,
                                actor,
                                "corr",
                                null,
                                null,
                                null,
                                Json.bytes(Map.of())),
                        rehearsal)
                .result();
    }

    @Test
    void rules_see_where_it_was_wished() {
        known.complete();
        CommandEnvelope<byte[]> command = new CommandEnvelope<>(
                "id",
                CREATE,
                "core",
                Instant.EPOCH,
                ETL,
                "user:bo",
                "corr",
                null,
                null,
                null,
                new Origin("10.0.0.7", "billing", "nightly"),
                Json.bytes(Map.of()));

        assertThat(guard.check(command).result()).isPresent();

        assertThat(denied.get(0).context())
                .isEqualTo(Map.of("address", "10.0.0.7", "purpose", "billing", "command", Map.of()));
    }

    @Test
    void who_may_not_is_refused_with_the_decision() {
        known.complete();

        assertThat(check("user:ana", CREATE).result()).isEmpty();
        Problem problem = check("user:bo", CREATE).result().orElseThrow();
        assertThat(problem.status()).isEqualTo(403);
        assertThat(problem.detail())
                .contains("user:bo may not cluster:create on default/cluster/etl")
                .contains("d-1")
                .contains("iam=1:7");
        assertThat(denied).hasSize(1);
        assertThat(denied.get(0).context()).isEqualTo(Map.of("command", Map.of("size", "S")));
    }

    @Test
    void nobody_is_refused_for_grants_that_are_not_read_yet() {
        Future<Optional<Problem>> waiting = check("user:ana", CREATE);
        assertThat(waiting.isComplete()).isFalse();
        known.complete();
        assertThat(waiting.result()).isEmpty();
    }

    @Test
    void services_report_and_users_wish() {
        assertThat(check("service:spark-operator", REPORT).result()).isEmpty();
        assertThat(check("platform", "fjord.core.cluster.ExpireClusterState.v1").result())
                .isEmpty();
        assertThat(check("service:spark-operator", CREATE).result()).isPresent();
        assertThat(check("platform", CREATE).result()).isPresent();
        assertThat(check("user:ana", REPORT).result()).isPresent();
        assertThat(check("user:operator", REPORT).result()).isEmpty();
        assertThat(check("user:operator", CREATE).result()).isEmpty();
        assertThat(check("service:iam", "fjord.iam.user.RegisterUser.v1").result())
                .isEmpty();
        assertThat(check("service:core", "fjord.iam.user.RegisterUser.v1").result())
                .isPresent();
    }

    @Test
    void tokens_are_made_for_oneself() {
        known.complete();
        Address token = new Address("platform", "token", "t");
        assertThat(check("user:bo", TOKEN, token, Map.of("owner", "user:bo")).result())
                .isEmpty();
        assertThat(check("user:bo", TOKEN, token, Map.of("owner", "user:cy")).result())
                .isPresent();
        assertThat(check("user:bo", TOKEN, ETL, Map.of("owner", "user:bo")).result())
                .isPresent();
    }

    @Test
    void a_command_without_an_action_is_refused() {
        known.complete();
        assertThat(check("user:ana", "fjord.core.cluster.PaintCluster.v1").result())
                .isPresent();
    }
}
