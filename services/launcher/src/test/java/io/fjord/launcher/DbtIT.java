package io.fjord.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fjord.embedded.Durability;
import io.fjord.testing.ServerCertificate;
import io.fjord.testing.TestServers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** dbt as it comes from PyPI, with the profile of README and nothing made for it beforehand but a cluster. */
@EnabledIfSystemProperty(
        named = "fjord.all",
        matches = "true",
        disabledReason = "fetches dbt-spark from PyPI: ./fjord test --all")
class DbtIT {

    /** The last whose parser comes from PyPI too. */
    private static final List<String> PACKAGES = List.of("dbt-core==1.10.23", "dbt-spark[PyHive]==1.10.3");

    private static final List<String> PROJECT = List.of(
            "dbt_project.yml",
            "profiles.yml",
            "seeds/raw.csv",
            "models/first.sql",
            "models/merged.sql",
            "models/totals.sql",
            "models/schema.yml");

    private static final Path HERE = Path.of("target", "dbt").toAbsolutePath();
    private static final Path BIN = HERE.resolve("python").resolve("bin");

    private @Nullable Platform platform;

    private record Run(int exit, String output) {}

    @BeforeAll
    static void install() throws Exception {
        if (!Files.isExecutable(BIN.resolve("dbt"))) {
            Run made = run(
                    Map.of(), "python3", "-m", "venv", HERE.resolve("python").toString());
            assumeTrue(made.exit() == 0, "there is no python3 with venv: " + made.output());
            List<String> install = new ArrayList<>(List.of(
                    BIN.resolve("python").toString(),
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check"));
            install.addAll(PACKAGES);
            Run installed = run(Map.of(), install.toArray(String[]::new));
            assumeTrue(installed.exit() == 0, "pip cannot install " + PACKAGES + ": " + installed.output());
        }
        for (String file : PROJECT) {
            Path to = HERE.resolve("project").resolve(file);
            Files.createDirectories(to.getParent());
            try (var in = DbtIT.class.getResourceAsStream("/dbt/" + file)) {
                Files.write(to, in.readAllBytes());
            }
        }
    }

    @AfterEach
    void stop() throws Exception {
        if (platform != null) {
            platform.close();
        }
    }

    /** Binary, as user and token: the profile of README. */
    @Test
    void over_thrift() throws Exception {
        int port = TestServers.freePort();

        isBuiltTwiceTestedAndDescribed("thrift", Map.of("FJORD_THRIFT_PORT", Integer.toString(port)), Map.of());
    }

    /** HTTPS at the address that dbt makes of organization and cluster; the certificate is checked. */
    @Test
    void over_https() throws Exception {
        ServerCertificate certificate = ServerCertificate.make(HERE, "fjord");
        int port = TestServers.freePort();

        isBuiltTwiceTestedAndDescribed(
                "https",
                Map.of(
                        "FJORD_THRIFT_PORT", "off",
                        "FJORD_TLS_PORT", Integer.toString(port),
                        "FJORD_TLS_KEY", certificate.key().toString(),
                        "FJORD_TLS_CERTIFICATE", certificate.file().toString()),
                Map.of("SSL_CERT_FILE", certificate.file().toString()));
    }

    private void isBuiltTwiceTestedAndDescribed(
            String target, Map<String, String> settings, Map<String, String> environment) throws Exception {
        platform = Platform.start(
                TestServers.newPostgres(TestServers.newHome("postgres"), Durability.NONE), "all", settings);
        Map<String, String> told = new HashMap<>(settings);
        told.putAll(environment);
        told.put("FJORD_TOKEN", Platform.TOKEN);
        assertThat(platform.post("/api/v1/clusters", "{\"name\":\"dbt\",\"size\":\"XS\"}", "Prefer", "wait=20")
                        .status())
                .isEqualTo(201);
        await().atMost(Duration.ofMinutes(3))
                .until(() -> platform.get("/api/v1/clusters/dbt")
                        .body()
                        .path("state")
                        .asText()
                        .equals("running"));
        Path catalog = HERE.resolve("project/target/catalog.json");
        Files.deleteIfExists(catalog);
        for (List<String> command : List.of(List.of("build"), List.of("build"), List.of("docs", "generate"))) {
            List<String> dbt =
                    new ArrayList<>(List.of(BIN.resolve("dbt").toString(), "--no-send-anonymous-usage-stats"));
            dbt.addAll(command);
            dbt.addAll(List.of("--profiles-dir", ".", "--target", target));

            Run run = run(told, dbt.toArray(String[]::new));

            assertThat(run.exit()).as(run.output()).isZero();
        }
        assertThat(Files.readString(catalog)).contains("model.tour.merged", "model.tour.totals", "seed.tour.raw");
    }

    private static Run run(Map<String, String> environment, String... command) throws InterruptedException {
        Path project = HERE.resolve("project");
        try {
            Files.createDirectories(project);
            ProcessBuilder builder =
                    new ProcessBuilder(command).directory(project.toFile()).redirectErrorStream(true);
            builder.environment().putAll(environment);
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Run(process.waitFor(5, TimeUnit.MINUTES) ? process.exitValue() : -1, output);
        } catch (IOException e) {
            return new Run(-1, String.valueOf(e.getMessage()));
        }
    }
}
