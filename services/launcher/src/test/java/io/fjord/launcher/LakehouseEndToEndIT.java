package io.fjord.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.embedded.Durability;
import io.fjord.launcher.Platform.Answer;
import io.fjord.testing.TestServers;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The main job: a cluster comes up as a real Spark driver, SQL runs on Iceberg tables, and the record tells of it. */
class LakehouseEndToEndIT {

    /** Runs until somebody ends it. */
    private static final String ENDLESS = "SELECT count(*) FROM range(100000000000000) WHERE id % 7 = 3";

    private static final String[] WAIT = {"Prefer", "wait=30"};

    private static Platform platform;
    private static TestIssuer issuer;

    @BeforeAll
    static void start() throws Exception {
        issuer = new TestIssuer();
        platform = Platform.start(
                TestServers.newPostgres(TestServers.newHome("postgres"), Durability.NONE), "all", issuer.settings());
    }

    @AfterAll
    static void stop() throws Exception {
        platform.close();
        issuer.close();
    }

    @Test
    void a_cluster_runs_sql_on_iceberg_tables_survives_its_driver_and_ends() throws Exception {
        assertThat(statement("nowhere", "SELECT 1").status()).isEqualTo(404);

        Answer created = platform.post("/api/v1/clusters", "{\"name\":\"e2e\",\"size\":\"XS\"}", "Prefer", "wait=20");
        assertThat(created.status()).isEqualTo(201);
        JsonNode running = running(1);

        // Where clients begin that name no namespace
        assertThat(rows("SHOW NAMESPACES")).containsExactly(List.of("default"));
        assertThat(rows("USE default")).isEmpty();

        // SQL through the platform
        assertThat(rows("CREATE NAMESPACE IF NOT EXISTS e2e")).isEmpty();
        rows("CREATE TABLE e2e.t AS SELECT id, concat('n', id) AS name FROM range(1000)");
        assertThat(rows("SELECT count(*), max(name) FROM e2e.t")).containsExactly(List.of("1000", "n999"));
        assertThat(rows("SELECT current_catalog(), current_schema()")).containsExactly(List.of("lakehouse", "default"));
        assertThat(rows("SELECT current_user(), session_user()"))
                .containsExactly(List.of("user:operator", "user:operator"));
        Answer wrong = statement("e2e", "SELECT nothing FROM e2e.t");
        assertThat(wrong.body().at("/problem/type").asText()).isEqualTo("/problems/sql-error");

        whatFlowsWhereIsTold();
        whatCanBeReadIsListedAndNothingElse();

        // Whatever was done stands in the record
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(types("/api/v1/audit/events?pageSize=200"))
                        .contains("ClusterRunning", "TableCreated", "StatementFinished", "StatementFailed"));
        assertThat(stream("after=0&type=fjord.catalog.table.TableCreated.v1", "TableCreated"))
                .contains("event: event")
                .contains("e2e.t");

        whatRunsForWhoMayNotAnyMoreIsEnded(running);

        // A token is needed
        String hive = running.at("/endpoints/hiveServer2").asText();
        HttpResponse<String> refused = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(hive))
                                .POST(HttpRequest.BodyPublishers.ofString("x"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(refused.statusCode()).isEqualTo(401);

        // kill -9 of the driver: the operator starts another
        assertThat(platform.drivers()).hasSize(1).allMatch(ProcessHandle::destroyForcibly);
        running(2);
        assertThat(rows("SELECT count(*) FROM e2e.t")).containsExactly(List.of("1000"));

        // Stopped: the statement says what to do
        platform.call("POST", "/api/v1/clusters/e2e/stop", null, "Prefer", "wait=20");
        await().atMost(Duration.ofSeconds(90)).until(() -> state().equals("stopped"));
        Answer stopped = statement("e2e", "SELECT 1");
        assertThat(stopped.status()).isEqualTo(409);
        assertThat(stopped.body().path("detail").asText()).contains("start");
        assertThat(platform.drivers()).isEmpty();
        assertThat(platform.call("DELETE", "/api/v1/clusters/e2e", null, "Prefer", "wait=20")
                        .status())
                .isEqualTo(204);
    }

    /** For statements, which need a cluster; other lists have a test of their own. */
    private static void whatCanBeReadIsListedAndNothingElse() {
        List<String> all = statements();
        assertThat(platform.post("/api/v1/service-accounts", "{\"name\":\"auditor\"}", WAIT)
                        .status())
                .isEqualTo(201);
        String auditor = "Bearer "
                + platform.post("/api/v1/service-accounts/auditor/tokens", "{\"label\":\"all\"}", WAIT)
                        .body()
                        .path("value")
                        .asText();
        List<String> some = List.of(all.get(1), all.get(3));
        Answer granted = platform.post(
                "/api/v1/grants",
                Json.text(java.util.Map.of(
                        "subject",
                        "service-account:auditor",
                        "actions",
                        List.of("statement:read"),
                        "resources",
                        some.stream().map(id -> "default/statement/" + id).toList())),
                WAIT);
        assertThat(granted.status()).as(granted.body().toString()).isEqualTo(201);
        await().untilAsserted(() ->
                assertThat(statements("Authorization", auditor)).containsExactlyInAnyOrderElementsOf(some));
        for (String id : all) {
            assertThat(platform.get("/api/v1/sql/statements/" + id, "Authorization", auditor)
                            .status())
                    .as(id)
                    .isEqualTo(some.contains(id) ? 200 : 403);
        }
    }

    private static List<String> statements(String... headers) {
        List<String> ids = new ArrayList<>();
        platform.get("/api/v1/sql/statements?pageSize=100", headers)
                .body()
                .path("items")
                .forEach(item -> ids.add(item.path("id").asText()));
        return ids;
    }

    /** By the driver, of a statement somebody ran. */
    private static void whatFlowsWhereIsTold() {
        rows("CREATE TABLE e2e.u AS SELECT id AS k, upper(name) AS big FROM e2e.t WHERE id > 5");
        JsonNode upstream = flowing("e2e.u", 1);
        assertThat(upstream.path("nodes").findValuesAsText("address"))
                .containsExactly("default/table/default.e2e.u", "default/table/default.e2e.t");
        awaitFlows("e2e.u", "id > k", "name > big");
        rows("CREATE TABLE e2e.w AS SELECT id AS k, 'x' AS word FROM range(10)");
        rows("MERGE INTO e2e.u USING e2e.w ON u.k = w.k WHEN MATCHED THEN UPDATE SET big = w.word");
        awaitFlows("e2e.u", "word > big");
        assertThat(platform.get("/api/v1/lineage?direction=downstream&asset=default/table/default.e2e.t")
                        .body()
                        .path("nodes")
                        .findValuesAsText("address"))
                .contains("default/table/default.e2e.u");
        String run = upstream.at("/edges/0/job/lastRun").asText();
        assertThat(platform.get("/api/v1/lineage/events?run=" + run).body().findValuesAsText("actor"))
                .isNotEmpty()
                .containsOnly("user:operator");
    }

    private static JsonNode flowing(String into, int others) {
        return await().atMost(Duration.ofSeconds(60))
                .until(
                        () -> platform.get("/api/v1/lineage?asset=default/table/default." + into)
                                .body(),
                        body -> body.path("nodes").size() > others);
    }

    /** The beginning of a run is told before its end, which alone knows of columns. */
    private static void awaitFlows(String into, String... columns) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(flows(flowing(into, 1))).contains(columns));
    }

    private static List<String> flows(JsonNode lineage) {
        List<String> flows = new ArrayList<>();
        lineage.path("edges")
                .forEach(edge -> edge.path("columns")
                        .forEach(flow -> flows.add(flow.path("from").asText() + " > "
                                + flow.path("to").asText())));
        return flows;
    }

    private static void whatRunsForWhoMayNotAnyMoreIsEnded(JsonNode cluster) throws Exception {
        // A program whose token is suspended
        assertThat(platform.post("/api/v1/service-accounts", "{\"name\":\"robot\"}", WAIT)
                        .status())
                .isEqualTo(201);
        JsonNode made = platform.post("/api/v1/service-accounts/robot/tokens", "{\"label\":\"etl\"}", WAIT)
                .body();
        String robot = "Bearer " + made.path("value").asText();
        // A person who logs in, and is disabled by who provisions people
        String mara = "Bearer " + issuer.token("mara", "Mara");
        assertThat(platform.get("/api/v1/me", "Authorization", mara).status()).isEqualTo(200);
        for (String subject : List.of("service-account:robot", "user:mara")) {
            assertThat(platform.post(
                                    "/api/v1/grants",
                                    "{\"subject\":\"" + subject
                                            + "\",\"role\":\"member\",\"resources\":[\"default/*/*\"]}",
                                    WAIT)
                            .status())
                    .isEqualTo(201);
        }

        String statement = submitted(robot);
        long began = System.nanoTime();
        assertThat(platform.call(
                                "POST",
                                "/api/v1/service-accounts/robot/tokens/"
                                        + made.path("id").asText() + "/suspend",
                                null,
                                WAIT)
                        .status())
                .isEqualTo(200);
        ended(statement, "service-account:robot", "the token was suspended", began);
        refused(robot, cluster);

        statement = submitted(mara);
        began = System.nanoTime();
        assertThat(platform.call(
                                "PATCH",
                                "/scim/v2/Users/mara",
                                "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":"
                                        + "[{\"op\":\"replace\",\"path\":\"active\",\"value\":false}]}",
                                "Content-Type",
                                "application/scim+json")
                        .status())
                .isEqualTo(200);
        ended(statement, "user:mara", "SCIM had disabled the user", began);
        refused(mara, cluster);
    }

    /** Once it runs on the driver. */
    private static String submitted(String authorization) {
        AtomicReference<String> id = new AtomicReference<>();
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            Answer answer = platform.post(
                    "/api/v1/sql/statements",
                    Json.text(java.util.Map.of("cluster", "e2e", "statement", ENDLESS)),
                    "Authorization",
                    authorization);
            assertThat(answer.status()).as(answer.body().toString()).isEqualTo(202);
            id.set(answer.body().path("id").asText());
        });
        await().atMost(Duration.ofSeconds(30)).until(() -> state(id.get()).equals("running"));
        return id.get();
    }

    private static String state(String statement) {
        return platform.get("/api/v1/sql/statements/" + statement)
                .body()
                .path("state")
                .asText();
    }

    private static void ended(String statement, String actor, String after, long began) {
        Answer ended = platform.get("/api/v1/sql/statements/" + statement + "?waitSeconds=30");
        System.out.printf("A statement ended %d ms after %s%n", (System.nanoTime() - began) / 1_000_000, after);
        assertThat(ended.body().path("state").asText())
                .as(ended.body().toString())
                .isEqualTo("failed");
        assertThat(ended.body().at("/problem/type").asText()).isEqualTo("/problems/access-denied");
        // Whoever hears of it first says so: the service that keeps statements, or the driver.
        assertThat(ended.body().at("/problem/detail").asText())
                .contains(actor)
                .containsPattern("suspended|not valid any more");
    }

    /** Everywhere: at the API, for new statements, and at the cluster's own door. */
    private static void refused(String authorization, JsonNode cluster) {
        // Each hears of it by itself, within a second.
        await().untilAsserted(() -> refusedNow(authorization, cluster));
    }

    private static void refusedNow(String authorization, JsonNode cluster) throws Exception {
        assertThat(platform.get("/api/v1/clusters", "Authorization", authorization)
                        .status())
                .isEqualTo(401);
        assertThat(platform.post(
                                "/api/v1/sql/statements",
                                "{\"cluster\":\"e2e\",\"statement\":\"SELECT 1\"}",
                                "Authorization",
                                authorization)
                        .status())
                .isEqualTo(401);
        assertThat(HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(URI.create(cluster.at("/endpoints/hiveServer2")
                                                .asText()))
                                        .header("Authorization", authorization)
                                        .POST(HttpRequest.BodyPublishers.ofString("x"))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(401);
    }

    private static JsonNode running(int attempt) {
        await().atMost(Duration.ofMinutes(3)).until(() -> {
            Answer history = platform.get("/api/v1/clusters/e2e/history");
            long ready = Stream.iterate(0, i -> i + 1)
                    .limit(history.body().path("items").size())
                    .filter(i -> history.body()
                            .path("items")
                            .path(i)
                            .path("type")
                            .asText()
                            .contains("ClusterRunning"))
                    .count();
            return ready == attempt && state().equals("running");
        });
        return platform.get("/api/v1/clusters/e2e").body();
    }

    private static String state() {
        return platform.get("/api/v1/clusters/e2e").body().path("state").asText();
    }

    private static Answer statement(String cluster, String sql) {
        String body = Json.text(java.util.Map.of("cluster", cluster, "statement", sql, "waitSeconds", 60));
        Answer answer = platform.post("/api/v1/sql/statements", body);
        while (answer.status() == 202) {
            answer = platform.get(
                    "/api/v1/sql/statements/" + answer.body().path("id").asText() + "?waitSeconds=30");
        }
        return answer;
    }

    private static List<List<String>> rows(String sql) {
        Answer answer = statement("e2e", sql);
        assertThat(answer.body().path("state").asText())
                .as(answer.body().toString())
                .isEqualTo("finished");
        Answer result = platform.get(
                "/api/v1/sql/statements/" + answer.body().path("id").asText() + "/result");
        List<List<String>> rows = new ArrayList<>();
        result.body().path("rows").forEach(row -> {
            List<String> cells = new ArrayList<>();
            row.forEach(cell -> cells.add(cell.asText()));
            rows.add(cells);
        });
        return rows;
    }

    private static List<String> types(String path) {
        List<String> types = new ArrayList<>();
        platform.get(path).body().path("items").forEach(entry -> {
            String[] parts = entry.path("type").asText().split("\\.");
            types.add(parts[parts.length - 2]);
        });
        return types;
    }

    /** What the live record sends until a word has come. */
    private static String stream(String query, String until) throws Exception {
        StringBuilder seen = new StringBuilder();
        var response = HttpClient.newHttpClient()
                .sendAsync(
                        platform.request("/api/v1/audit/stream?" + query).build(), HttpResponse.BodyHandlers.ofLines())
                .get(30, TimeUnit.SECONDS);
        try (Stream<String> lines = response.body()) {
            boolean came = CompletableFuture.supplyAsync(
                            () -> lines.peek(line -> seen.append(line).append('\n'))
                                    .anyMatch(line -> line.startsWith("data:") && line.contains(until)))
                    .get(30, TimeUnit.SECONDS);
            assertThat(came).as("the stream sent " + until).isTrue();
        } catch (TimeoutException e) {
            throw new AssertionError("The stream said only: " + seen, e);
        }
        return seen.toString();
    }
}
