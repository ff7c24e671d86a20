package io.fjord.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fjord.embedded.Durability;
import io.fjord.testing.Python;
import io.fjord.testing.ServerCertificate;
import io.fjord.testing.TestServers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

    private static Python python;

    private @Nullable Platform platform;

    @BeforeAll
    static void install() throws Exception {
        python = Python.with(HERE.resolve("python"), PACKAGES);
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
            List<String> arguments = new ArrayList<>(List.of("--no-send-anonymous-usage-stats"));
            arguments.addAll(command);
            arguments.addAll(List.of("--profiles-dir", ".", "--target", target));

            Python.Run run = python.run(HERE.resolve("project"), told, "dbt", arguments);

            assertThat(run.exit()).as(run.output()).isZero();
        }
        assertThat(Files.readString(catalog)).contains("model.tour.merged", "model.tour.totals", "seed.tour.raw");
    }
}
