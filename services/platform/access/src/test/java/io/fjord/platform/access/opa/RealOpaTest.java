package io.fjord.platform.access.opa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Problem;
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
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
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
