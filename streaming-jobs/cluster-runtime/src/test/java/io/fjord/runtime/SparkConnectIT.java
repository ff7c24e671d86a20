package io.fjord.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Spark Connect with Spark's own client, in a process and with a class path of its own. */
class SparkConnectIT {

    private static final String SUM = "CREATE NAMESPACE IF NOT EXISTS connect_it;"
            + "CREATE OR REPLACE TABLE connect_it.numbers AS SELECT id FROM range(100);"
            + "SELECT sum(id) FROM lakehouse.connect_it.numbers";

    @Test
    void every_call_is_the_callers_own() throws Exception {
        var plane = TestControlPlane.shared();
        plane.knows("short-lived", "user:erin").knows("fired", "user:frank");
        var session = UUID.randomUUID().toString();

        try (var client = new Client()
                .with(token(TestControlPlane.ALICE), SUM)
                .with(token("wrong"), "SELECT 1")
                .with("", "SELECT 1")
                .with(token(RunningDriver.SECRET), "SELECT 1")
                .with(token(TestControlPlane.CAROL), "SELECT 1")
                .with(token(TestControlPlane.ALICE) + ";user_id=user:bob;user_name=bob", "SELECT current_user()")
                .with(
                        token(TestControlPlane.ALICE) + ";session_id=" + session,
                        "CREATE TEMPORARY VIEW mine AS SELECT session_user() AS who;SELECT who FROM mine")
                .with(token(TestControlPlane.BOB) + ";user_id=user:alice;session_id=" + session, "SELECT who FROM mine")
                .with(token(TestControlPlane.ALICE) + ";session_id=" + session, "SELECT who FROM mine")
                .with(token(TestControlPlane.ALICE), "SHOW NAMESPACES IN guarded")
                .with(token(TestControlPlane.BOB), "SHOW NAMESPACES IN guarded")
                .with(token("short-lived"), ConnectClient.UNTIL_REFUSED + "SELECT 1")
                .with(token("fired"), "SELECT count(*) FROM range(100000000000000) WHERE id % 7 = 3")
                .start()) {
            await("the client goes on until it is refused")
                    .atMost(Duration.ofSeconds(120))
                    .until(() -> client.output().contains("went on"));
            plane.forgets("short-lived");

            await("the client runs its last statement")
                    .atMost(Duration.ofSeconds(120))
                    .until(() -> client.output().contains("12: "));
            RunningDriver.shared().awaitStatement();
            plane.forgets("fired");
            RunningDriver.shared().tellOfChange();

            var lines = client.lines();

            assertThat(lines.get(0)).isEqualTo("1: ok 4950");
            assertThat(lines.get(1)).contains("failed", "UNAUTHENTICATED: The token is not known");
            assertThat(lines.get(2)).contains("failed", "UNAUTHENTICATED: The call shows no token");
            assertThat(lines.get(3)).contains("failed", "UNAUTHENTICATED: The cluster's secret");
            assertThat(lines.get(4)).contains("failed", "PERMISSION_DENIED: user:carol", TestControlPlane.DECISION);
            assertThat(lines.get(5)).isEqualTo("6: ok user:alice");
            assertThat(lines.get(6)).isEqualTo("7: ok user:alice");
            assertThat(lines.get(7)).contains("failed", "TABLE_OR_VIEW_NOT_FOUND");
            assertThat(lines.get(8)).isEqualTo("9: ok user:alice");
            assertThat(lines.get(9)).isEqualTo("10: ok home_of_alice");
            assertThat(lines.get(10)).isEqualTo("11: ok home_of_bob");
            assertThat(lines.get(11)).contains("12: failed", "UNAUTHENTICATED: The token is not known");
            assertThat(lines.get(12)).contains("13: failed");
        }
        RunningDriver.shared().awaitNoStatement();
    }

    private static String token(String token) {
        return ";token=" + token;
    }

    /** A client process and what it is told to do. */
    private static final class Client implements AutoCloseable {
        private final List<String> arguments = new ArrayList<>();
        private final Path log;
        private Process process;

        Client() throws Exception {
            log = Files.createTempFile(Path.of("target"), "connect-client", ".log");
            arguments.add("-Xmx256m");
            arguments.add(ConnectClient.class.getName());
        }

        Client with(String parameters, String statements) throws Exception {
            arguments.add(
                    RunningDriver.shared().endpoints().get("sparkConnectUrl").textValue() + "/" + parameters);
            arguments.add(statements);
            return this;
        }

        Client start() throws Exception {
            process = RunningDriver.java(
                    Path.of("target", "test-classes")
                            + File.pathSeparator
                            + RunningDriver.classPath("connect-client-class-path.txt"),
                    log,
                    arguments.toArray(String[]::new));
            return this;
        }

        String output() throws Exception {
            return Files.readString(log);
        }

        /** One for each pair, when all are done. */
        List<String> lines() throws Exception {
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(output()).isZero();
            var lines =
                    output().lines().filter(line -> line.matches("\\d+: .*")).toList();
            assertThat(lines).as(output()).hasSize((arguments.size() - 2) / 2);
            return lines;
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
