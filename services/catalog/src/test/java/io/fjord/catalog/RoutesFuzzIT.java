package io.fjord.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fjord.embedded.ObjectStore;
import io.fjord.testing.TestServers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Jazzer looks for a malformed request that is answered with a 5xx, or not as the specification says. */
@EnabledIfSystemProperty(
        named = "fjord.all",
        matches = "true",
        disabledReason = "looks for some minutes: ./fjord test --all")
@Timeout(value = 2, unit = TimeUnit.HOURS)
class RoutesFuzzIT {

    private static final int SECONDS = Integer.getInteger("fjord.fuzz-seconds", 180);
    private static final Path FOLDER = Path.of("target", "fuzz");

    /** What it found out before is where the next run begins. */
    @Test
    void nothing_malformed_breaks_a_route() throws Exception {
        String machine = System.getProperty("os.arch") + System.getProperty("os.name");
        assumeTrue(
                machine.toLowerCase(Locale.ROOT).matches("(amd64|x86_64)linux|.*mac os x"),
                "there is no Jazzer for " + machine);
        Path corpus = Files.createDirectories(FOLDER.resolve("corpus"));
        Path log = FOLDER.resolve("jazzer.log");
        ProcessBuilder jazzer = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx768m",
                        "--add-opens=java.base/java.nio=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        "com.code_intelligence.jazzer.Jazzer",
                        "--target_class=" + RoutesFuzzTarget.class.getName(),
                        "--instrumentation_includes=io.fjord.catalog.**:io.fjord.platform.http.**:org.apache.iceberg.**",
                        // Not in the libraries below: some of its hooks break those, and that the catalog talks to its
                        // servers is
                        // no finding.
                        "--custom_hook_includes=io.fjord.catalog.**:org.apache.iceberg.**",
                        "--disabled_hooks=com.code_intelligence.jazzer.sanitizers.ServerSideRequestForgery",
                        "--reproducer_path=" + FOLDER,
                        "-artifact_prefix=" + FOLDER + "/",
                        "-max_total_time=" + SECONDS,
                        "-max_len=400",
                        "-rss_limit_mb=0",
                        corpus.toString()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        ObjectStore store = TestServers.objectStore();
        jazzer.environment()
                .putAll(Map.of(
                        "FUZZ_KAFKA", TestServers.kafka().bootstrapServers(),
                        "FUZZ_DATABASE", TestServers.postgres().address().url(),
                        "FUZZ_S3", store.endpoint(),
                        "FUZZ_S3_ACCESS_KEY", store.accessKey(),
                        "FUZZ_S3_SECRET_KEY", store.secretKey()));
        Process running = jazzer.start();
        try {
            assertThat(running.waitFor(SECONDS + 300L, TimeUnit.SECONDS))
                    .as("Jazzer ends by itself; see " + log)
                    .isTrue();
        } finally {
            running.destroyForcibly();
        }

        assertThat(running.exitValue()).as(end(log)).isZero();
    }

    private static String end(Path log) throws Exception {
        String all = Files.readString(log, StandardCharsets.UTF_8);
        return all.substring(Math.max(0, all.length() - 6_000));
    }
}
