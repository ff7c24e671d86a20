package io.fjord.platform.access.opa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Problem;
import io.fjord.kernel.AccessRequest;
import io.fjord.testing.TestServers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an Open Policy Agent is asked, and what is made of its answer; where there is one. */
class RealOpaTest {

    private static final Address GUARDRAIL = Address.parse("default/guardrail/small");
    private static final String SMALL =
            "package mine\n\ndefault allow := false\n\nallow if input.command.size in {\"XS\", \"S\"}\n";

    private final int port = TestServers.freePort();
    private final Vertx vertx = Vertx.vertx();
    private final OpaClient client = new OpaClient(vertx, "http://127.0.0.1:" + port);
    private Process opa;

    @BeforeEach
    void start() throws IOException {
        Optional<Path> program = Stream.concat(
                        Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                                .filter(entry -> !entry.isEmpty())
                                .map(Path::of),
                        Stream.of(Path.of(System.getProperty("user.home"), "go", "bin")))
                .map(entry -> entry.resolve("opa"))
                .filter(Files::isExecutable)
                .findFirst();
        assumeTrue(
                program.isPresent(),
                "no opa on the PATH or in ~/go/bin: go install github.com/open-policy-agent/opa@latest");
        opa = new ProcessBuilder(
                        program.get().toString(), "run", "--server", "--v1-compatible", "--addr", "127.0.0.1:" + port)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        await().atMost(Duration.ofSeconds(20))
                .ignoreExceptions()
                .until(() -> done(client.data("x", Map.of())).isEmpty());
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (opa != null) {
            opa.destroy();
            opa.waitFor(10, TimeUnit.SECONDS);
        }
        done(vertx.close());
    }

    private static <T> T done(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void a_guardrail_in_rego_is_read_and_evaluated() {
        OpaRegoRules rules = new OpaRegoRules(client);

        assertThat(done(rules.fault(SMALL))).isEmpty();
        assertThat(done(rules.fault("package mine\n\nallow if {")).orElseThrow())
                .startsWith("at line ");
        assertThat(done(rules.fault("allow := true")).orElseThrow()).contains("package");

        assertThat(done(rules.passes(GUARDRAIL, SMALL, Map.of("command", Map.of("size", "S")))))
                .isTrue();
        assertThat(done(rules.passes(GUARDRAIL, SMALL, Map.of("command", Map.of("size", "XL")))))
                .isFalse();
        Future<Boolean> undefined = rules.passes(GUARDRAIL, "package mine\n\nallow if input.x == 1\n", Map.of());
        assertThatThrownBy(() -> done(undefined)).hasMessageContaining("neither true nor false");
    }

    @Test
    void it_decides_commands_and_refuses_when_it_is_gone() throws Exception {
        OpaGuard guard = new OpaGuard(client, Clock.systemUTC(), (request, decision) -> "d-1");
        assertThat(check(guard).orElseThrow().slug()).isEqualTo("access-denied");

        done(client.putPolicy(
                "fjord",
                "package fjord\n\nallow if {\n input.actor == \"user:ana\"\n input.context.command.size == \"S\"\n}"));
        assertThat(check(guard)).isEmpty();

        opa.destroy();
        opa.waitFor(10, TimeUnit.SECONDS);
        assertThat(check(guard).orElseThrow().detail()).contains("does not answer");
    }

    @Test
    void it_decides_reads_of_one_and_of_many_at_once() throws Exception {
        OpaOpinion opinion = new OpaOpinion(client, Clock.systemUTC());
        List<AccessRequest> many = IntStream.range(0, 1200)
                .mapToObj(
                        n -> AccessRequest.of("user:ana", "cluster:read", new Address("default", "cluster", "c-" + n)))
                .toList();
        done(client.putPolicy("fjord", "package fjord\n\nallow if input.resource.name == \"c-1\""));
        assertThat(done(opinion.of(many.subList(1, 2)))).containsExactly(true);
        assertThat(done(opinion.of(many))).as("without a rule for many").containsOnly(false);

        done(client.putPolicy(
                "fjord",
                "package fjord\n\ndefault allow := false\n\nallow if endswith(input.resource.name, \"7\")\n\n"
                        + "each := [answer | some request in input.requests; answer := allow with input as request]"));
        List<Boolean> answers = done(opinion.of(many));
        assertThat(answers).hasSize(1200);
        assertThat(IntStream.range(0, 1200).filter(answers::get))
                .allMatch(n -> n % 10 == 7)
                .hasSize(120);

        opa.destroy();
        opa.waitFor(10, TimeUnit.SECONDS);
        assertThat(done(opinion.of(many.subList(0, 2)))).containsExactly(false, false);
    }

    private static Optional<Problem> check(OpaGuard guard) {
        return done(guard.check(new CommandEnvelope<>(
                "1",
                "fjord.core.cluster.CreateCluster.v1",
                "core",
                Instant.EPOCH,
                Address.parse("default/cluster/etl"),
                "user:ana",
                "1",
                null,
                null,
                null,
                "{\"size\":\"S\"}".getBytes(StandardCharsets.UTF_8))));
    }
}
