package io.fjord.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Spark Connect with Spark's own client, in a process and with a class path of its own. */
class SparkConnectIT {

    @Test
    void a_client_with_the_secret_runs_a_query_and_leaves() throws Exception {
        var output = run(";token=" + RunningDriver.SECRET, 0);

        assertThat(output).contains("SUM=4950").doesNotContain("UNKNOWN:");
        RunningDriver.shared().awaitNoStatement();
    }

    @Test
    void a_client_with_a_wrong_secret_is_refused() throws Exception {
        assertThat(run(";token=wrong", 1)).contains("UNAUTHENTICATED: The token is missing or wrong");
    }

    @Test
    void a_client_without_a_secret_is_refused() throws Exception {
        assertThat(run("", 1)).contains("UNAUTHENTICATED: The token is missing or wrong");
    }

    private static String run(String parameters, int expected) throws Exception {
        var url = RunningDriver.shared().endpoints().get("sparkConnectUrl").textValue() + "/" + parameters;
        var log = Files.createTempFile(Path.of("target"), "connect-client", ".log");
        var process = RunningDriver.java(
                Path.of("target", "test-classes")
                        + File.pathSeparator
                        + RunningDriver.classPath("connect-client-class-path.txt"),
                log,
                "-Xmx256m",
                ConnectClient.class.getName(),
                url);
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(Files.readString(log)).isEqualTo(expected);
            return Files.readString(log);
        } finally {
            process.destroyForcibly();
        }
    }
}
