package io.fjord.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.embedded.DatabaseServer;
import io.fjord.launcher.Platform.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.slf4j.LoggerFactory;

/** The path of a control action over HTTP, Kafka, a real database and real Debezium. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ControlActionContract {

    private static final String WAIT = "wait=20";

    private Platform platform;

    abstract DatabaseServer database();

    @BeforeAll
    void start() {
        platform = Platform.start(database(), "cdc,core,audit,gateway");
    }

    @AfterAll
    void stop() throws Exception {
        platform.close();
    }

    @Test
    void a_wish_is_answered_at_once_and_its_operation_tells_the_outcome() {
        String name = name();

        Answer accepted = platform.post("/api/v1/clusters", create(name, "XS"));

        assertThat(accepted.status()).isEqualTo(202);
        String location = accepted.header("Location");
        assertThat(location).startsWith("/api/v1/operations/").contains("?at=");
        Answer operation = await().atMost(Duration.ofSeconds(30))
                .until(
                        () -> platform.get(location),
                        answer -> answer.status() == 200
                                && answer.body().path("state").asText().equals("done"));
        assertThat(operation.body().path("outcome").asText()).isEqualTo("accepted");
        assertThat(platform.get("/api/v1/clusters/" + name).body().path("state").asText())
                .isEqualTo("starting");
        delete(name);
    }

    @Test
    void who_waits_gets_the_resource_with_its_version_and_position() {
        String name = name();

        Answer created = platform.post("/api/v1/clusters", create(name, "XS"), "Prefer", WAIT);

        assertThat(created.status()).isEqualTo(201);
        assertThat(created.header("ETag")).isEqualTo("\"2\"");
        assertThat(created.header("Fjord-Position")).startsWith("core=1:");
        assertThat(created.body().path("name").asText()).isEqualTo(name);
        Answer again = platform.post("/api/v1/clusters", create(name, "XS"), "Prefer", WAIT);
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.body().path("type").asText()).isEqualTo("/problems/cluster-already-exists");
        assertThat(again.body().path("detail").asText()).contains(name);
        delete(name);
    }

    @Test
    void a_pipeline_keeps_its_engine_and_sql_and_a_change_of_it_is_checked_as_a_whole() {
        String name = name();
        String transform = """
                {"sql": "SELECT carrier, count(*) AS n FROM source GROUP BY carrier",
                 "columns": [{"name": "carrier", "type": "string", "required": false}]}""";
        Answer created = platform.post("/api/v1/pipelines", """
                {"name": "%s", "engine": "spark", "source": {"topic": "flights"}, "mode": "upsert", "keys": ["carrier"],
                 "target": {"namespace": "travel", "table": "flights"}, "transform": %s}""".formatted(name, transform), "Prefer", WAIT);
        assertThat(created.status()).as(created.body().toString()).isEqualTo(201);

        Answer wrong = platform.call(
                "PATCH",
                "/api/v1/pipelines/" + name,
                "{\"evolution\": \"add-columns\", \"transform\": {\"sql\": \"SELECT 1\", \"columns\": [{\"name\": \"a\", \"type\": \"uuid\"}]}}",
                "Prefer",
                WAIT);

        assertThat(wrong.status()).isEqualTo(422);
        assertThat(wrong.body().path("type").asText()).isEqualTo("/problems/pipeline-change-refused");
        assertThat(wrong.body().findValuesAsText("pointer"))
                .containsExactlyInAnyOrder("/evolution", "/transform/sql", "/transform/columns/0/type");
        JsonNode read = platform.get("/api/v1/pipelines/" + name).body();
        assertThat(read.path("engine").asText()).isEqualTo("spark");
        assertThat(read.path("transform")).isEqualTo(json(transform));
        assertThat(platform.call("DELETE", "/api/v1/pipelines/" + name, null, "Prefer", WAIT)
                        .status())
                .isEqualTo(204);
    }

    private static JsonNode json(String text) {
        return Json.read(text, JsonNode.class);
    }

    @Test
    void a_hundred_retries_under_one_key_are_one_event_and_one_answer() {
        String name = name();
        String key = UUID.randomUUID().toString();
        ExecutorService threads = Executors.newFixedThreadPool(20);
        try {
            List<CompletableFuture<Answer>> all = IntStream.range(0, 100)
                    .mapToObj(i -> CompletableFuture.supplyAsync(
                            () -> platform.post(
                                    "/api/v1/clusters", create(name, "XS"), "Prefer", WAIT, "Idempotency-Key", key),
                            threads))
                    .toList();
            Set<Integer> statuses = all.stream()
                    .map(CompletableFuture::join)
                    .map(Answer::status)
                    .collect(Collectors.toSet());
            assertThat(statuses).containsExactly(201);
        } finally {
            threads.shutdown();
        }
        assertThat(history(name)).containsExactly("ClusterCreated", "ClusterStarting");
        Answer other = platform.post("/api/v1/clusters", create(name, "S"), "Idempotency-Key", key, "Prefer", WAIT);
        assertThat(other.status()).isEqualTo(422);
        delete(name);
    }

    @Test
    void a_stale_if_match_is_told_what_happened_since() {
        String name = name();
        created(name);
        Answer resized = platform.post(
                "/api/v1/clusters/" + name + "/resize", "{\"size\":\"S\"}", "Prefer", WAIT, "If-Match", "\"2\"");
        assertThat(resized.status()).isEqualTo(200);

        Answer stale = platform.post(
                "/api/v1/clusters/" + name + "/resize", "{\"size\":\"M\"}", "Prefer", WAIT, "If-Match", "\"2\"");

        assertThat(stale.status()).isEqualTo(412);
        assertThat(stale.body().path("detail").asText())
                .contains("ClusterResized")
                .contains("user:operator");
        delete(name);
    }

    @Test
    void a_dry_run_says_what_the_real_run_then_does_and_changes_nothing() {
        String name = name();
        Answer foreseen = platform.post("/api/v1/clusters?dryRun=true", create(name, "XS"));
        assertThat(foreseen.status()).isEqualTo(200);
        assertThat(platform.get("/api/v1/clusters/" + name).status()).isEqualTo(404);

        created(name);

        List<String> types = new ArrayList<>();
        foreseen.body().path("events").forEach(event -> types.add(shortName(event)));
        assertThat(types).isEqualTo(history(name));
        Answer refusal = platform.post("/api/v1/clusters?dryRun=true", create(name, "XS"));
        assertThat(refusal.body().path("outcome").asText()).isEqualTo("rejected");
        assertThat(refusal.body().at("/problem/type").asText()).isEqualTo("/problems/cluster-already-exists");
        delete(name);
    }

    @Test
    void the_past_can_be_read_and_the_journal_folds_to_the_rows() {
        String name = name();
        String before = position(created(name));
        Answer stopped = platform.call("POST", "/api/v1/clusters/" + name + "/stop", null, "Prefer", WAIT);
        assertThat(stopped.body().path("state").asText()).isEqualTo("stopping");

        assertThat(platform.get("/api/v1/clusters/" + name + "?asOf=" + before)
                        .body()
                        .path("state")
                        .asText())
                .isEqualTo("starting");
        Answer rows = platform.get("/api/v1/clusters");
        Answer fold = platform.get("/api/v1/clusters?asOf=" + position(rows));
        assertThat(fold.body()).isEqualTo(rows.body());
        delete(name);
    }

    @Test
    void a_read_can_demand_a_position() {
        String name = name();
        Answer created = created(name);
        Answer read = platform.get("/api/v1/clusters/" + name, "Fjord-Min-Position", created.header("Fjord-Position"));
        assertThat(read.status()).isEqualTo(200);
        Answer future = platform.get("/api/v1/clusters/" + name, "Fjord-Min-Position", "core=9:1");
        assertThat(future.status()).isBetween(400, 503);
        assertThat(future.body().path("detail").asText()).isNotBlank();
        delete(name);
    }

    @Test
    void what_is_wrong_with_a_request_is_all_named_at_once() {
        Answer wrong =
                platform.post("/api/v1/clusters", "{\"name\":\"UPPER\",\"sizze\":\"S\",\"idleStopSeconds\":\"x\"}");
        assertThat(wrong.status()).isEqualTo(400);
        List<String> pointers = new ArrayList<>();
        wrong.body()
                .path("errors")
                .forEach(fault -> pointers.add(fault.path("pointer").asText()));
        assertThat(pointers).anyMatch(p -> p.contains("name")).anyMatch(p -> p.contains("sizze"));
        assertThat(pointers).anyMatch(p -> p.contains("idleStopSeconds"));

        assertThat(platform.post("/api/v1/clusters", "{\"name\":\"" + "x".repeat(2 << 20) + "\"}")
                        .status())
                .isEqualTo(413);
        assertThat(platform.get("/api/v1/clusters?pageToken=nonsense").status()).isEqualTo(400);
        assertThat(platform.get("/api/v1/clusters?colour=red").status()).isEqualTo(400);
        assertThat(platform.get("/api/v1/clusters/nowhere").status()).isEqualTo(404);
        assertThat(platform.get("/api/v1/clusters?domain=nowhere").status()).isEqualTo(404);
        assertThat(platform.post("/api/v1/clusters", create(name(), "XL"), "Prefer", WAIT, "Authorization", "Bearer no")
                        .status())
                .isEqualTo(401);
    }

    @Test
    void the_quota_of_the_domain_is_kept() {
        String first = name();
        String second = name();
        platform.post("/api/v1/clusters", create(first, "XL"), "Prefer", WAIT);
        Answer refused = platform.post("/api/v1/clusters", create(second, "XL"), "Prefer", WAIT);
        Answer third = platform.post("/api/v1/clusters", create(name(), "XL"), "Prefer", WAIT);
        assertThat(List.of(refused.status(), third.status())).contains(409);
        assertThat(third.body().path("detail").asText()).contains("cores");
        platform.get("/api/v1/clusters").body().path("items").forEach(cluster -> {
            if (cluster.path("size").asText().equals("XL")) {
                delete(cluster.path("name").asText());
            }
        });
        JsonNode quota = platform.get("/api/v1/domains/default").body().path("quota");
        assertThat(quota.at("/cores/limit").asInt()).isEqualTo(32);
    }

    @Test
    void every_command_and_its_outcome_stand_in_the_audit_paired() {
        String name = name();
        created(name);
        delete(name);
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            Answer entries = platform.get("/api/v1/audit/events?subject=default/cluster/" + name);
            assertThat(entries.status()).isEqualTo(200);
            List<String> types = new ArrayList<>();
            entries.body()
                    .path("items")
                    .forEach(entry -> types.add(entry.path("type").asText()));
            assertThat(types)
                    .contains(
                            "fjord.core.cluster.CreateCluster.v1",
                            "fjord.core.cluster.ClusterStarting.v1",
                            "fjord.core.cluster.DeleteCluster.v1",
                            "fjord.core.cluster.ClusterDeleted.v1");
        });
    }

    @Test
    void what_is_kept_in_a_secret_is_nowhere_to_be_seen() {
        String canary = "canary-" + UUID.randomUUID();
        String name = name();
        Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        root.addAppender(log);
        try {
            String body =
                    "{\"name\":\"" + name + "\",\"value\":\"" + canary + "\",\"description\":\"sighted-" + name + "\"}";
            Answer foreseen = platform.post("/api/v1/secrets?dryRun=true", body);
            assertThat(foreseen.status()).as(String.valueOf(foreseen.body())).isEqualTo(200);
            String key = UUID.randomUUID().toString();
            Answer created = platform.post("/api/v1/secrets", body, "Prefer", WAIT, "Idempotency-Key", key);
            assertThat(created.status()).as(String.valueOf(created.body())).isEqualTo(201);
            Answer again = platform.post("/api/v1/secrets", body, "Prefer", WAIT, "Idempotency-Key", key);
            assertThat(again.status()).isEqualTo(201);
            Answer another = platform.post(
                    "/api/v1/secrets", body.replace("canary-", "other-"), "Prefer", WAIT, "Idempotency-Key", key);
            assertThat(another.status()).isEqualTo(422);
            Answer rotated = platform.post(
                    "/api/v1/secrets/" + name + "/rotate", "{\"value\":\"" + canary + "\"}", "Prefer", WAIT);
            assertThat(rotated.status()).as(String.valueOf(rotated.body())).isEqualTo(200);
            Answer wrong = platform.post("/api/v1/secrets/" + name + "/rotate", "{\"walue\":\"" + canary + "\"}");
            assertThat(wrong.status()).isEqualTo(400);
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(platform.get("/api/v1/audit/events?subject=default/secret/" + name)
                                    .body()
                                    .path("items"))
                            .hasSizeGreaterThanOrEqualTo(4));
            List<Answer> pages = List.of(
                    foreseen,
                    created,
                    again,
                    another,
                    rotated,
                    wrong,
                    platform.get("/api/v1/secrets"),
                    platform.get("/api/v1/secrets/" + name),
                    platform.get("/api/v1/operations"),
                    platform.get("/api/v1/audit/events"));
            assertThat(pages)
                    .noneMatch(page -> page.response().body().contains(canary)
                            || page.response().headers().map().toString().contains(canary));
            assertThat(platform.text("/metrics")).doesNotContain(canary);
            // What is told openly is found, so the search works.
            assertThat(platform.filesWith("sighted-" + name)).hasSizeGreaterThan(1);
            assertThat(platform.filesWith(canary)).isEmpty();
            assertThat(log.list)
                    .noneMatch(event -> String.valueOf(event.getFormattedMessage() + event.getKeyValuePairs())
                            .contains(canary));
        } finally {
            root.detachAppender(log);
        }
        assertThat(platform.call("DELETE", "/api/v1/secrets/" + name, null, "Prefer", WAIT)
                        .status())
                .isEqualTo(204);
        assertThat(platform.get("/api/v1/secrets/" + name).status()).isEqualTo(404);
    }

    // Steps

    private static String name() {
        return "c" + UUID.randomUUID().toString().substring(0, 8);
    }

    private static String create(String name, String size) {
        return "{\"name\":\"" + name + "\",\"size\":\"" + size + "\"}";
    }

    private Answer created(String name) {
        Answer created = platform.post("/api/v1/clusters", create(name, "XS"), "Prefer", WAIT);
        assertThat(created.status()).as(String.valueOf(created.body())).isEqualTo(201);
        return created;
    }

    private void delete(String name) {
        assertThat(platform.call("DELETE", "/api/v1/clusters/" + name, null, "Prefer", WAIT)
                        .status())
                .isEqualTo(204);
    }

    private List<String> history(String name) {
        List<String> types = new ArrayList<>();
        platform.get("/api/v1/clusters/" + name + "/history")
                .body()
                .path("items")
                .forEach(event -> types.add(shortName(event)));
        return types;
    }

    private static String shortName(JsonNode event) {
        String[] parts = event.path("type").asText().split("\\.");
        return parts[parts.length - 2];
    }

    private static String position(Answer answer) {
        return answer.header("Fjord-Position").replace("core=", "");
    }
}
