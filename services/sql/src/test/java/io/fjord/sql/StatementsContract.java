package io.fjord.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.kernel.AccessChanges;
import io.fjord.platform.http.OperatorToken;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlMetastore;
import io.fjord.sql.statement.StatementLimits;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The whole service over HTTP, with a real database, a real broker and a driver that speaks real Flight SQL. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class StatementsContract {

    private static final String SECRET = "s3cret-of-the-cluster";
    private static final StatementLimits LIMITS =
            new StatementLimits(2, 2, 8, 200_000, 4_000_000, Duration.ofHours(24));

    @TempDir
    static Path folder;

    /** Of which core knows more than has come here. */
    private static final String LATE = "late";

    private final HttpClient http = HttpClient.newHttpClient();
    private final AtomicInteger credentialsAsked = new AtomicInteger();
    private Vertx vertx;
    private CoreEvents core;
    private HttpServer gateway;
    private volatile String gatewaySecret = SECRET;
    private final Changes access = new Changes();
    private FakeDriver driver;
    private String token;
    private Path home;
    private SqlVerticle service;
    private String deployment;
    private Database database;
    private SqlMetastore metastore;

    /** Of an empty database. */
    abstract String databaseUrl();

    private String cluster() {
        return "etl-" + getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
    }

    @BeforeAll
    void start() throws Exception {
        vertx = Vertx.vertx();
        home = Files.createTempDirectory(folder, "home");
        token = OperatorToken.ensure(home.resolve("token"));
        core = CoreEvents.open();
        driver = new FakeDriver(SECRET);
        gateway = done(vertx.createHttpServer()
                .requestHandler(request -> {
                    credentialsAsked.incrementAndGet();
                    boolean known = ("Bearer " + token).equals(request.getHeader("Authorization"))
                            && request.path().startsWith("/api/v1/clusters/")
                            && request.path().endsWith("/credentials");
                    request.response()
                            .setStatusCode(known ? 200 : 401)
                            .end(known ? "{\"secret\":\"" + gatewaySecret + "\"}" : "{}");
                })
                .listen(0, "127.0.0.1"));
        core.created(cluster());
        core.running(cluster(), 1, driver.endpoint());
        database = Database.open(vertx, databaseUrl(), "test", 2);
        metastore = new SqlMetastore(database, "sql");
        deploy(LIMITS);
    }

    private void deploy(StatementLimits limits) throws Exception {
        byte[] key = new byte[32];
        service = new SqlVerticle(new SqlConfig(
                databaseUrl(),
                core.kafka,
                core,
                key,
                home.resolve("spool/sql"),
                "http://127.0.0.1:" + gateway.actualPort(),
                () -> token,
                access,
                new OperatorToken(home.resolve("token")),
                "127.0.0.1",
                0,
                limits));
        deployment = done(vertx.deployVerticle(service));
    }

    private void undeploy() throws Exception {
        done(vertx.undeploy(deployment));
    }

    @AfterAll
    void stop() throws Exception {
        undeploy();
        driver.close();
        done(database.close());
        done(vertx.close());
    }

    // Finished

    @Test
    void a_statement_that_ends_in_time_is_answered_with_its_first_page() throws Exception {
        HttpResponse<String> answer =
                submit("rows 2500", "waitSeconds", 30, "catalog", "lakehouse", "namespace", "a.b");

        JsonNode statement = json(answer, 200);
        String id = statement.path("id").asText();
        assertThat(statement.path("state").asText()).isEqualTo("finished");
        assertThat(statement.path("statement").asText()).isEqualTo("rows 2500");
        assertThat(statement.path("rows").asLong()).isEqualTo(2500);
        assertThat(statement.path("catalog").asText()).isEqualTo("lakehouse");
        assertThat(statement.path("columns").path(0).toString())
                .isEqualTo("{\"name\":\"n\",\"type\":\"bigint\",\"nullable\":true}");
        assertThat(statement.path("result").path("rows")).hasSize(1000);
        assertThat(statement.path("result").path("totalRows").asLong()).isEqualTo(2500);
        assertThat(answer.headers().firstValue("Location")).contains("/api/v1/sql/statements/" + id);
        assertThat(answer.headers().firstValue("ETag")).contains("\"3\"");
        assertThat(answer.headers().firstValue("Fjord-Position").orElse("")).startsWith("sql=1:");

        assertThat(driver.headers.get(id).get("fjord-session-catalog")).isEqualTo("lakehouse");
        assertThat(driver.headers.get(id).get("fjord-session-namespace")).isEqualTo("a.b");

        Set<Long> seen = new HashSet<>();
        String next = "";
        int pages = 0;
        do {
            JsonNode page = json(get("/" + id + "/result?pageSize=700" + next), 200);
            page.path("rows").forEach(row -> seen.add(row.get(0).asLong()));
            next = page.has("nextPageToken")
                    ? "&pageToken=" + page.path("nextPageToken").asText()
                    : null;
            pages++;
        } while (next != null);
        assertThat(seen).hasSize(2500);
        assertThat(pages).isEqualTo(4);
    }

    @Test
    void the_result_can_be_had_as_an_arrow_stream() throws Exception {
        String id = json(submit("rows 1234", "waitSeconds", 30), 200).path("id").asText();

        HttpResponse<byte[]> answer = http.send(
                request("/" + id + "/result")
                        .header("Accept", "application/vnd.apache.arrow.stream")
                        .build(),
                BodyHandlers.ofByteArray());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/vnd.apache.arrow.stream");
        int rows = 0;
        try (RootAllocator allocator = new RootAllocator();
                ArrowStreamReader reader = new ArrowStreamReader(new ByteArrayInputStream(answer.body()), allocator)) {
            while (reader.loadNextBatch()) {
                rows += reader.getVectorSchemaRoot().getRowCount();
            }
        }
        assertThat(rows).isEqualTo(1234);
        assertThat(problem(get("/" + id + "/result", "Accept", "text/html"), 406))
                .isEqualTo("not-acceptable");
    }

    @Test
    void a_statement_without_a_result_has_an_empty_one() throws Exception {
        JsonNode statement = json(submit("ddl", "waitSeconds", 30), 200);

        assertThat(statement.path("state").asText()).isEqualTo("finished");
        assertThat(statement.path("result").toString()).isEqualTo("{\"columns\":[],\"rows\":[],\"totalRows\":0}");
    }

    @Test
    void parameters_are_bound_not_pasted() throws Exception {
        ObjectNode body = body("echo ? ? ? ? ? ?", "waitSeconds", 30);
        body.putArray("parameters")
                .add("it's; DROP TABLE x")
                .add(42)
                .add(1.5)
                .add(true)
                .addNull()
                .add(new java.math.BigInteger("12345678901234567890123"));

        JsonNode statement = json(post("", body), 200);

        List<String> values = new ArrayList<>();
        statement
                .path("result")
                .path("rows")
                .forEach(row -> values.add(row.get(1).asText()));
        assertThat(values)
                .containsExactly(
                        "VARCHAR:it's; DROP TABLE x",
                        "BIGINT:42",
                        "FLOAT8:1.5",
                        "BIT:true",
                        "NULL:null",
                        "DECIMAL:12345678901234567890123");
    }

    @Test
    void a_long_statement_goes_on_and_is_waited_for() throws Exception {
        JsonNode statement = json(submit("block", "waitSeconds", 1), 202);
        String id = statement.path("id").asText();
        assertThat(statement.path("state").asText()).isEqualTo("running");
        assertThat(statement.has("result")).isFalse();
        assertThat(problem(get("/" + id + "/result"), 409)).isEqualTo("statement-not-finished");

        CompletableFuture<HttpResponse<String>> waiting =
                http.sendAsync(request("/" + id + "?waitSeconds=60").build(), BodyHandlers.ofString());
        await().until(() -> driver.blocked() == 1);
        driver.release();

        assertThat(json(waiting.get(30, TimeUnit.SECONDS), 200).path("state").asText())
                .isEqualTo("finished");
    }

    // Not finished

    @Test
    void an_sql_error_is_told_in_sparks_words_and_its_sqlstate_is_in_the_journal() throws Exception {
        String message = "[TABLE_OR_VIEW_NOT_FOUND] The table `x` cannot be found. SQLSTATE: 42P01; line 1 pos 14;";
        JsonNode statement = json(submit("fail " + message + "\n'Project [*]", "waitSeconds", 30), 200);

        assertThat(statement.path("state").asText()).isEqualTo("failed");
        assertThat(statement.path("problem").path("type").asText()).isEqualTo("/problems/sql-error");
        assertThat(statement.path("problem").path("status").asInt()).isEqualTo(422);
        assertThat(statement.path("problem").path("detail").asText())
                .isEqualTo(message.substring(0, message.length() - 1));
        String id = statement.path("id").asText();
        EventEnvelope<String> failed = last(history(id));
        assertThat(failed.type()).isEqualTo("fjord.sql.statement.StatementFailed.v1");
        assertThat(failed.data())
                .isEqualTo("{\"problem\":\"/problems/sql-error\",\"status\":422,\"sqlState\":\"42P01\"}");
        assertThat(problem(get("/" + id + "/result"), 409)).isEqualTo("statement-without-result");
    }

    @Test
    void cancelling_ends_it_here_and_on_the_driver() throws Exception {
        String id = json(submit("block"), 202).path("id").asText();
        await().until(() -> driver.blocked() >= 1);

        JsonNode cancelled = json(post("/" + id + "/cancel", null), 200);

        assertThat(cancelled.path("state").asText()).isEqualTo("cancelled");
        assertThat(cancelled.path("problem").path("type").asText()).isEqualTo("/problems/statement-cancelled");
        await().until(() -> driver.cancelled.contains(id) && driver.running.get() == 0);
        assertThat(json(post("/" + id + "/cancel", null), 200).path("version").asLong())
                .isEqualTo(cancelled.path("version").asLong());
        assertThat(types(id)).containsExactly("StatementSubmitted", "StatementStarted", "StatementCancelled");
        assertThat(files()).noneMatch(name -> name.startsWith(id));

        String finished =
                json(submit("rows 1", "waitSeconds", 30), 200).path("id").asText();
        assertThat(problem(post("/" + finished + "/cancel", null), 409)).isEqualTo("statement-already-ended");
    }

    @Test
    void what_runs_and_waits_for_who_is_suspended_is_ended() throws Exception {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < LIMITS.runningPerCluster() + 1; i++) {
            ids.add(json(submit("block"), 202).path("id").asText());
        }
        await().until(() -> driver.blocked() >= LIMITS.runningPerCluster());

        access.suspend("user:operator");
        try {
            for (String id : ids) {
                JsonNode ended = json(get("/" + id + "?waitSeconds=30"), 200);
                assertThat(ended.path("state").asText()).isEqualTo("failed");
                assertThat(ended.path("problem").path("status").asInt()).isEqualTo(403);
                assertThat(ended.path("problem").path("detail").asText())
                        .contains("user:operator may not use Fjord any more");
            }
            await().until(() -> driver.running.get() == 0);
        } finally {
            access.suspended.clear();
        }
    }

    /** What iam told. */
    private static final class Changes implements AccessChanges {
        private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
        private final Set<String> suspended = ConcurrentHashMap.newKeySet();

        void suspend(String actor) {
            suspended.add(actor);
            listeners.forEach(Runnable::run);
        }

        @Override
        public void onChange(Runnable listener) {
            listeners.add(listener);
        }

        @Override
        public boolean isActive(String actor) {
            return !suspended.contains(actor);
        }

        @Override
        public String position() {
            return "";
        }
    }

    @Test
    void the_deadline_ends_it() throws Exception {
        JsonNode statement = json(submit("block", "timeoutSeconds", 1, "waitSeconds", 30), 200);

        assertThat(statement.path("state").asText()).isEqualTo("expired");
        String id = statement.path("id").asText();
        await().until(() -> driver.cancelled.contains(id));
        assertThat(types(id)).containsExactly("StatementSubmitted", "StatementStarted", "StatementExpired");
    }

    @Test
    void more_than_may_run_wait_in_line_and_more_than_may_wait_are_refused() throws Exception {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            ids.add(json(submit("block"), 202).path("id").asText());
        }
        await().until(() -> driver.blocked() == 2);

        HttpResponse<String> fifth = submit("block");
        assertThat(problem(fifth, 429)).isEqualTo("too-many-statements");
        assertThat(fifth.headers().firstValue("Retry-After")).isPresent();
        assertThat(state(ids.get(2))).isEqualTo("queued");
        assertThat(json(post("/" + ids.get(3) + "/cancel", null), 200)
                        .path("state")
                        .asText())
                .isEqualTo("cancelled");
        driver.release();
        await().until(() -> state(ids.get(2)).equals("running"));
        await().until(() -> driver.blocked() == 1);
        driver.release();
        await().until(() -> state(ids.get(2)).equals("finished"));
        assertThat(driver.mostRunning.get()).isEqualTo(2);
        assertThat(types(ids.get(3))).containsExactly("StatementSubmitted", "StatementCancelled");
    }

    @Test
    void a_result_over_its_quota_fails_the_statement() throws Exception {
        JsonNode statement = json(submit("rows 100000", "waitSeconds", 30), 200);

        assertThat(statement.path("state").asText()).isEqualTo("failed");
        assertThat(statement.path("problem").path("type").asText()).isEqualTo("/problems/result-too-large");
        assertThat(files())
                .noneMatch(name -> name.startsWith(statement.path("id").asText()));
    }

    @Test
    void a_driver_that_dies_loses_its_statements_and_nothing_else() throws Exception {
        String cluster = cluster() + "-dies";
        NetClient way = vertx.createNetClient();
        // What is closed in the middle looks from here as a process does that was killed.
        NetServer dying = done(vertx.createNetServer()
                .connectHandler(in -> {
                    in.pause();
                    way.connect(driver.port(), "127.0.0.1").onSuccess(out -> {
                        in.pipeTo(out);
                        out.pipeTo(in);
                    });
                })
                .listen(0, "127.0.0.1"));
        core.created(cluster);
        core.running(cluster, 1, "grpc://127.0.0.1:" + dying.actualPort());
        ObjectNode body = body("block");
        body.put("cluster", cluster);
        String id = await().until(
                        () -> Json.MAPPER
                                .readTree(post("", body).body())
                                .path("id")
                                .asText(null),
                        java.util.Objects::nonNull);
        await().until(() -> driver.blocked() == 1);

        done(dying.close());

        JsonNode lost = json(get("/" + id + "?waitSeconds=30"), 200);
        assertThat(lost.path("state").asText()).isEqualTo("failed");
        assertThat(lost.path("problem").path("type").asText()).isEqualTo("/problems/cluster-lost");
        assertThat(json(submit("rows 1", "waitSeconds", 30), 200).path("state").asText())
                .isEqualTo("finished");
    }

    @Test
    void a_cluster_that_core_says_runs_is_used_as_soon_as_its_event_is_here() throws Exception {
        core.created(LATE);
        EventEnvelope<byte[]> runs = core.recorded(LATE, core.runs(1, driver.endpoint()));
        Future<Void> told = core.told(runs);
        ObjectNode body = body("rows 1", "waitSeconds", 30);
        body.put("cluster", LATE);
        CompletableFuture<HttpResponse<String>> answer = http.sendAsync(
                request("")
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                        .build(),
                BodyHandlers.ofString());
        done(told);
        core.deliver(runs);

        assertThat(json(answer.get(60, TimeUnit.SECONDS), 200).path("state").asText())
                .isEqualTo("finished");
    }

    @Test
    void clusters_that_do_not_run_are_refused_with_what_to_do() throws Exception {
        ObjectNode unknown = body("rows 1");
        unknown.put("cluster", "nobody");
        assertThat(problem(post("", unknown), 404)).isEqualTo("cluster-not-found");

        String cluster = cluster() + "-stops";
        core.created(cluster);
        ObjectNode body = body("rows 1", "waitSeconds", 30);
        body.put("cluster", cluster);
        HttpResponse<String> starting = await().until(() -> post("", body), answer -> answer.statusCode() == 409);
        assertThat(problem(starting, 409)).isEqualTo("cluster-not-running");
        assertThat(starting.body()).contains("is starting");
        core.running(cluster, 1, driver.endpoint());
        await().until(() -> post("", body).statusCode() == 200);
        core.stopped(cluster, 1);
        HttpResponse<String> stopped = await().until(() -> post("", body), answer -> answer.statusCode() == 409);
        assertThat(stopped.body()).contains("is stop").contains("/start");
        core.happened(cluster, new io.fjord.contract.core.cluster.ClusterEvent.ClusterDeleted());
        await().until(() -> post("", body).statusCode() == 404);
    }

    @Test
    void the_driver_is_told_who_asks_and_nothing_else_keeps_their_token() throws Exception {
        JsonNode statement = json(submit("rows 1", "waitSeconds", 30), 200);
        String id = statement.path("id").asText();

        CallHeaders told = driver.headers.get(id);
        assertThat(told.get("authorization")).isEqualTo("Bearer " + SECRET);
        assertThat(told.get("fjord-actor")).isEqualTo("user:operator");
        assertThat(told.get("fjord-actor-token")).isEqualTo(token);
        assertThat(statement.toString()).doesNotContain(token);
        String rows = done(database.query("SELECT * FROM sql.statement WHERE id = ?", id))
                .iterator()
                .next()
                .deepToString();
        assertThat(rows).contains("user:operator").doesNotContain(token);
    }

    @Test
    void a_secret_that_changed_is_asked_for_again() throws Exception {
        int before = credentialsAsked.get();
        gatewaySecret = "another";
        driver.secret = "another";
        try {
            assertThat(json(submit("rows 1", "waitSeconds", 30), 200)
                            .path("state")
                            .asText())
                    .isEqualTo("finished");
            assertThat(json(submit("rows 1", "waitSeconds", 30), 200)
                            .path("state")
                            .asText())
                    .isEqualTo("finished");
            assertThat(credentialsAsked.get()).isEqualTo(before + 1);
        } finally {
            gatewaySecret = SECRET;
            driver.secret = SECRET;
        }
    }

    // Requests

    @Test
    void retries_under_one_key_are_one_statement() throws Exception {
        String text = "rows 1 -- " + System.nanoTime();
        ObjectNode body = body("rows 17", "waitSeconds", 30);
        body.put("statement", "rows 17");
        List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            all.add(http.sendAsync(
                    request("")
                            .header("Content-Type", "application/json")
                            .header("Idempotency-Key", text)
                            .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                            .build(),
                    BodyHandlers.ofString()));
        }
        Set<String> ids = new HashSet<>();
        for (CompletableFuture<HttpResponse<String>> one : all) {
            JsonNode statement = json(one.get(60, TimeUnit.SECONDS), 200);
            ids.add(statement.path("id").asText());
            assertThat(statement.path("result").path("rows")).hasSize(17);
        }

        assertThat(ids).hasSize(1);
        assertThat(types(ids.iterator().next()))
                .containsExactly("StatementSubmitted", "StatementStarted", "StatementFinished");
        body.put("statement", "rows 18");
        HttpResponse<String> other = http.send(
                request("")
                        .header("Content-Type", "application/json")
                        .header("Idempotency-Key", text)
                        .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                        .build(),
                BodyHandlers.ofString());
        assertThat(problem(other, 422)).isEqualTo("idempotency-key-reused");
    }

    @Test
    void faults_of_a_request_are_all_told() throws Exception {
        ObjectNode body = body("rows 1", "waitSeconds", 99, "timeoutSeconds", 0);
        body.put("sql", "x");
        body.putArray("parameters").addObject();

        HttpResponse<String> answer = post("", body);

        assertThat(problem(answer, 400)).isEqualTo("invalid-request");
        assertThat(answer.body()).contains("/waitSeconds", "/timeoutSeconds", "/sql", "/parameters/0");
        assertThat(problem(get("/no-id"), 400)).isEqualTo("invalid-request");
        assertThat(problem(get("/00000000-0000-7000-8000-000000000000"), 404)).isEqualTo("statement-not-found");
        assertThat(problem(get("?pageToken=x"), 400)).isEqualTo("bad-page-token");
        assertThat(problem(get("?from=yesterday"), 400)).isEqualTo("invalid-request");
        String id = json(submit("rows 1", "waitSeconds", 30), 200).path("id").asText();
        assertThat(problem(get("/" + id + "/result?pageToken=x"), 400)).isEqualTo("bad-page-token");
        assertThat(problem(get("/" + id + "?domain=other"), 404)).isEqualTo("statement-not-found");
        HttpResponse<String> stranger =
                http.send(HttpRequest.newBuilder(uri("/" + id)).build(), BodyHandlers.ofString());
        assertThat(problem(stranger, 401)).isEqualTo("not-authenticated");
    }

    @Test
    void the_history_is_paged_and_filtered() throws Exception {
        String marker = URLEncoder.encode(java.time.Instant.now().toString(), StandardCharsets.UTF_8);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(
                    0,
                    json(submit("rows " + i, "waitSeconds", 30), 200).path("id").asText());
        }
        json(submit("fail [X_Y_Z] no", "waitSeconds", 30), 200);

        List<String> seen = new ArrayList<>();
        String next = "";
        while (next != null) {
            JsonNode page =
                    json(get("?pageSize=2&state=finished&from=" + marker + "&cluster=" + cluster() + next), 200);
            page.path("items").forEach(item -> {
                seen.add(item.path("id").asText());
                assertThat(item.path("statement").asText()).startsWith("rows ");
            });
            next = page.has("nextPageToken")
                    ? "&pageToken=" + page.path("nextPageToken").asText()
                    : null;
        }
        assertThat(seen).containsExactlyElementsOf(ids);
        assertThat(json(get("?from=" + marker + "&actor=user:nobody"), 200).path("items"))
                .isEmpty();
        assertThat(json(get("?to=2020-01-01T00:00:00Z"), 200).path("items")).isEmpty();
    }

    @Test
    void the_text_is_nowhere_but_sealed_in_its_row() throws Exception {
        String text = "fail [BAD_THING] jane.doe@example.com is not a column";
        String id = json(submit(text, "waitSeconds", 30), 200).path("id").asText();

        for (EventEnvelope<String> event : history(id)) {
            assertThat(event.data()).doesNotContain("jane");
        }
        var row = done(database.query("SELECT * FROM sql.statement WHERE id = ?", id))
                .iterator()
                .next();
        for (int i = 0; i < row.size(); i++) {
            Object value = row.getValue(i);
            String shown = value instanceof io.vertx.core.buffer.Buffer buffer
                    ? buffer.toString(StandardCharsets.ISO_8859_1)
                    : String.valueOf(value);
            assertThat(shown).as(row.getColumnName(i)).doesNotContain("jane");
        }
    }

    @Test
    void metrics_count_ends_and_bytes() throws Exception {
        json(submit("rows 10", "waitSeconds", 30), 200);

        String metrics = http.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + service.httpPort() + "/metrics"))
                                .build(),
                        BodyHandlers.ofString())
                .body();

        assertThat(metrics)
                .contains("fjord_sql_statements_total{state=\"finished\"}")
                .contains("fjord_sql_statement_seconds_count")
                .contains("fjord_sql_spool_bytes ");
    }

    // Restarts

    @Test
    void a_restart_keeps_results_and_fails_what_was_pending() throws Exception {
        String kept = json(submit("rows 10", "waitSeconds", 30), 200).path("id").asText();
        String dead = json(submit("rows 20", "waitSeconds", 30), 200).path("id").asText();
        String lost = json(submit("rows 30", "waitSeconds", 30), 200).path("id").asText();
        String running = json(submit("block"), 202).path("id").asText();
        await().until(() -> driver.blocked() >= 1);
        undeploy();
        driver.release();
        // What a process that was killed while it ran one leaves behind.
        done(database.query(
                "UPDATE sql.statement SET state = 'running', ended_micros = NULL, result_rows = NULL,"
                        + " result_bytes = NULL, result_until_micros = NULL, columns_json = NULL WHERE id = ?",
                dead));
        Files.delete(home.resolve("spool/sql/" + lost + ".arrows"));

        deploy(LIMITS);

        assertThat(json(get("/" + kept + "/result"), 200).path("totalRows").asInt())
                .isEqualTo(10);
        for (String id : List.of(dead, running)) {
            JsonNode failed = json(get("/" + id), 200);
            assertThat(failed.path("state").asText()).isEqualTo("failed");
            assertThat(failed.path("problem").path("type").asText()).isEqualTo("/problems/interrupted");
        }
        await().until(() -> driver.cancelled.contains(dead));
        assertThat(problem(get("/" + lost + "/result"), 410)).isEqualTo("result-expired");
        assertThat(json(get("/" + lost), 200).path("state").asText()).isEqualTo("finished");
        assertThat(files()).noneMatch(name -> name.startsWith(dead) || name.startsWith(lost));
        assertThat(last(history(lost)).data()).isEqualTo("{\"reason\":\"lost\"}");
        assertThat(json(submit("rows 1", "waitSeconds", 30), 200).path("state").asText())
                .isEqualTo("finished");
    }

    @Test
    void results_go_when_their_time_is_up() throws Exception {
        undeploy();
        deploy(new StatementLimits(2, 2, 8, 200_000, 4_000_000, Duration.ofSeconds(1)));
        try {
            String id =
                    json(submit("rows 10", "waitSeconds", 30), 200).path("id").asText();

            await().until(() -> get("/" + id + "/result").statusCode() == 410);

            await().until(() -> files().stream().noneMatch(name -> name.startsWith(id)));
            assertThat(last(history(id)).data()).isEqualTo("{\"reason\":\"age\"}");
            assertThat(json(get("/" + id), 200).has("resultUntil")).isFalse();
        } finally {
            undeploy();
            deploy(LIMITS);
        }
    }

    // Helpers

    private String state(String id) throws Exception {
        return json(get("/" + id), 200).path("state").asText();
    }

    private List<EventEnvelope<String>> history(String id) throws Exception {
        return done(metastore.journal(Position.START, 10_000)).stream()
                .filter(event -> event.subject().name().equals(id))
                .toList();
    }

    private List<String> types(String id) throws Exception {
        return history(id).stream()
                .map(event -> event.type().replaceAll("fjord.sql.statement.(.*).v1", "$1"))
                .toList();
    }

    private static <T> T last(List<T> all) {
        return all.get(all.size() - 1);
    }

    private List<String> files() throws Exception {
        try (var all = Files.list(home.resolve("spool/sql"))) {
            return all.map(file -> file.getFileName().toString()).toList();
        }
    }

    private HttpResponse<String> submit(String text, Object... more) throws Exception {
        return post("", body(text, more));
    }

    private ObjectNode body(String text, Object... more) {
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.put("cluster", cluster());
        body.put("statement", text);
        for (int i = 0; i < more.length; i += 2) {
            body.set((String) more[i], Json.MAPPER.valueToTree(more[i + 1]));
        }
        return body;
    }

    private HttpResponse<String> post(String path, ObjectNode body) throws Exception {
        HttpRequest.Builder request = request(path);
        return http.send(
                body == null
                        ? request.POST(HttpRequest.BodyPublishers.noBody()).build()
                        : request.header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                                .build(),
                BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = request(path);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path)).header("Authorization", "Bearer " + token);
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + service.httpPort() + "/api/v1/sql/statements" + path);
    }

    private static JsonNode json(HttpResponse<String> answer, int status) throws Exception {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return Json.MAPPER.readTree(answer.body());
    }

    private static String problem(HttpResponse<String> answer, int status) throws Exception {
        JsonNode problem = json(answer, status);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("detail").asText()).isNotEmpty();
        return problem.path("type").asText().replace("/problems/", "");
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
