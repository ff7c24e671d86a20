package io.fjord.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.embedded.DatabaseServer;
import io.fjord.launcher.Platform.Answer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A secret on its way into a Spark driver: it is there, and nowhere else to be seen. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class SecretsEndToEndContract {

    /** Of Spark; what it is, is a secret. */
    private static final String SETTING = "spark.hadoop.fjord.e2e";

    private static final String[] WAIT = {"Prefer", "wait=30"};

    private Platform platform;

    abstract DatabaseServer database();

    @BeforeAll
    void start() {
        platform = Platform.start(database(), "all");
    }

    @AfterAll
    void stop() throws Exception {
        platform.close();
    }

    @Test
    void a_secret_of_a_cluster_is_with_its_spark_and_nowhere_else() throws Exception {
        String canary = "canary-" + UUID.randomUUID();
        assertThat(platform.post("/api/v1/secrets", "{\"name\":\"key\",\"value\":\"" + canary + "\"}", WAIT)
                        .status())
                .isEqualTo(201);
        assertThat(platform.post("/api/v1/secrets", "{\"name\":\"zone\",\"value\":\"Antarctica/Troll\"}", WAIT)
                        .status())
                .isEqualTo(201);
        Answer created = platform.post(
                "/api/v1/clusters",
                "{\"name\":\"e2e\",\"size\":\"XS\",\"config\":{\"" + SETTING
                        + "\":{\"secret\":\"key\"},\"spark.sql.session.timeZone\":{\"secret\":\"zone\"}}}",
                WAIT);
        assertThat(created.status()).as(String.valueOf(created.body())).isEqualTo(201);
        await().atMost(Duration.ofSeconds(180))
                .until(() -> platform.get("/api/v1/clusters/e2e")
                        .body()
                        .path("state")
                        .asText()
                        .equals("running"));

        // What a setting does shows that Spark has it; what it is, Spark tells nobody.
        await("sql has heard of the cluster, too")
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(
                        () -> assertThat(result("SELECT current_timezone()")).contains("Antarctica/Troll"));
        assertThat(result("SELECT '${" + SETTING + "}'")).contains("redacted").doesNotContain(canary);
        assertThat(result("SET " + SETTING)).contains(SETTING).doesNotContain(canary);
        for (ProcessHandle driver : platform.drivers()) {
            Path process = Path.of("/proc", String.valueOf(driver.pid()));
            for (String file : List.of("cmdline", "environ")) {
                assertThat(Files.readAllBytes(process.resolve(file)))
                        .asString(StandardCharsets.ISO_8859_1)
                        .isNotEmpty()
                        .doesNotContain(canary);
            }
        }
        for (String page : List.of(
                "/api/v1/clusters/e2e",
                "/api/v1/clusters/e2e/history",
                "/api/v1/secrets/key",
                "/api/v1/operations",
                "/api/v1/audit/events")) {
            assertThat(platform.get(page).response().body()).as(page).doesNotContain(canary);
        }
        assertThat(platform.text("/metrics")).doesNotContain(canary);
        assertThat(platform.filesWith(canary)).isEmpty();
        assertThat(platform.call("DELETE", "/api/v1/clusters/e2e", null, WAIT).status())
                .isEqualTo(204);
    }

    @Test
    void what_is_kept_is_told_to_services_alone_and_for_who_may_use_it() {
        platform.post("/api/v1/secrets", "{\"name\":\"told\",\"value\":\"something\"}", WAIT);

        Answer resolved = platform.post("/api/v1/secrets/told/resolve", "{\"actor\":\"user:operator\"}");
        assertThat(resolved.body().path("value").asText()).isEqualTo("something");
        assertThat(resolved.header("Cache-Control")).isEqualTo("no-store");
        Answer denied = platform.post("/api/v1/secrets/told/resolve", "{\"actor\":\"user:nobody\"}");
        assertThat(denied.status()).isEqualTo(403);
        assertThat(denied.body().path("type").asText()).isEqualTo("/problems/secret-use-denied");
    }

    @Test
    void what_a_secret_refers_to_must_be_there_and_a_cluster_may_not_be_given_everything() {
        Answer nowhere = platform.post(
                "/api/v1/secrets",
                "{\"name\":\"nowhere\",\"reference\":{\"vault\":{\"mount\":\"secret\",\"path\":\"default/orders\","
                        + "\"key\":\"password\"}}}",
                WAIT);
        assertThat(nowhere.status()).isEqualTo(422);
        assertThat(nowhere.body().path("type").asText()).isEqualTo("/problems/secret-store-not-configured");
        assertThat(platform.post("/api/v1/secrets", "{\"name\":\"nothing\"}").status())
                .isEqualTo(400);

        Answer ours = platform.post(
                "/api/v1/clusters",
                "{\"name\":\"ours\",\"size\":\"XS\",\"config\":{\"spark.plugins\":\"x\","
                        + "\"spark.sql.catalog.lakehouse.uri\":\"y\"}}");
        assertThat(ours.status()).isEqualTo(400);
        assertThat(ours.body().path("errors")).hasSize(2);
    }

    private String result(String sql) {
        String body = Json.text(Map.of("cluster", "e2e", "statement", sql, "waitSeconds", 60));
        Answer answer = platform.post("/api/v1/sql/statements", body);
        while (answer.status() == 202) {
            answer = platform.get(
                    "/api/v1/sql/statements/" + answer.body().path("id").asText() + "?waitSeconds=30");
        }
        JsonNode rows = platform.get(
                        "/api/v1/sql/statements/" + answer.body().path("id").asText() + "/result")
                .body()
                .path("rows");
        return rows.toString();
    }
}
