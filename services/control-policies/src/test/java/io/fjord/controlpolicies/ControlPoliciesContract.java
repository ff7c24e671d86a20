package io.fjord.controlpolicies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Outcome;
import io.fjord.kernel.Access;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.AccessRequest;
import io.fjord.kernel.Candidates;
import io.fjord.kernel.Ids;
import io.fjord.platform.access.KnownRules;
import io.fjord.platform.access.Snapshot;
import io.fjord.platform.http.Actor;
import io.fjord.platform.http.ClientAddress;
import io.fjord.platform.http.Doorkeeper;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.ObservationLog;
import io.fjord.platform.kafka.ObservationReader;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlMetastore;
import io.fjord.testing.TestServers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Policies and guardrails over HTTP with a real broker and each database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ControlPoliciesContract {

    private static final String DENY_NIGHTS = """
            {"name": "%s", "effect": "DENY", "subjects": ["group:contractors"], "actions": ["cluster:create"],
             "resources": ["default/cluster/*"], "condition": "context.time.getHours() >= 18"}""";
    private static final String SMALL = """
            {"name": "%s", "commandTypes": ["fjord.control-policies.policy.*"],
             "expression": "!has(command.condition) || command.condition != ''", "message": "Say when."}""";

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private Database database;
    private SqlMetastore metastore;
    private URI base;

    /** Both read the same topic: what one has wished, the other decides too. */
    private final String own = getClass().getSimpleName().contains("Mariadb") ? "m" : "p";

    abstract String databaseUrl();

    @BeforeAll
    void start() {
        ControlPoliciesVerticle service = new ControlPoliciesVerticle(new ControlPoliciesConfig(
                new KafkaConfig(TestServers.kafka().bootstrapServers()),
                databaseUrl(),
                new Doorkeeper(
                        request -> Future.succeededFuture(
                                new Actor(request.getHeader("Authorization").replace("Bearer ", ""))),
                        new Readers(),
                        (request, decision) -> "decision",
                        ClientAddress.behind(List.of())),
                List.of(),
                new Rules(),
                List.of("control-policies"),
                null,
                "127.0.0.1",
                0));
        done(vertx.deployVerticle(service));
        base = URI.create("http://127.0.0.1:" + service.httpPort());
        database = Database.open(vertx, databaseUrl(), "test", 2);
        metastore = new SqlMetastore(database, ControlPoliciesVerticle.SERVICE);
    }

    @AfterAll
    void stop() {
        done(database.close());
        done(vertx.close());
    }

    /** The reader reads what is not hidden, and another only what begins with one of these. */
    private static final class Readers implements Access {

        private static final Candidates FEW = new Candidates(Set.of("open-1", "gone"), Set.of("open-2", "100%"), false);

        @Override
        public AccessDecision decide(AccessRequest request) {
            String name = request.resource().name();
            boolean reads = request.action().endsWith(":read");
            boolean allowed = request.actor().equals("user:operator")
                    || (request.actor().equals("user:reader") && reads && !name.startsWith("hidden"))
                    || (request.actor().equals("user:few") && reads && FEW.include(name));
            return new AccessDecision(allowed, "so it is", List.of(), "");
        }

        @Override
        public Optional<Candidates> candidates(String actor, String action, String domain, String kind) {
            return actor.equals("user:few") ? Optional.of(FEW) : Optional.empty();
        }
    }

    /** What is known grows when a test says so. */
    private static final class Rules implements KnownRules {
        private static final AtomicInteger POSITION = new AtomicInteger();

        @Override
        public List<String> who(String action, Address resource) {
            return List.of("user:owner-of-" + resource.domain());
        }

        @Override
        public Snapshot snapshot() {
            return new Snapshot(List.of("user:gone-" + POSITION.get()), Map.of(), List.of());
        }

        @Override
        public String position() {
            return "iam=1:" + POSITION.get();
        }
    }

    private record Answer(int status, HttpResponse<String> response, JsonNode body) {
        String problem() {
            String type = body.path("type").asText();
            return type.substring(type.lastIndexOf('/') + 1);
        }
    }

    private Answer call(String actor, String method, String path, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", actor)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
        return new Answer(
                response.statusCode(),
                response,
                Json.MAPPER.readTree(response.body().isEmpty() ? "null" : response.body()));
    }

    private Answer get(String path) throws Exception {
        return call("user:operator", "GET", path, null);
    }

    /** A wish and what became of it: nothing relays the journal here, so it is looked up there. */
    private EventEnvelope<String> wish(String method, String path, String body) throws Exception {
        Answer answer = call("user:operator", method, path, body);
        assertThat(answer.status()).as(String.valueOf(answer.body())).isEqualTo(202);
        String id = answer.body().path("id").asText();
        return await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> done(metastore.outcome(id)), Optional::isPresent)
                .orElseThrow();
    }

    private void accepted(String method, String path, String body) throws Exception {
        EventEnvelope<String> event = wish(method, path, body);
        assertThat(event.outcome()).as(event.data()).isEqualTo(Outcome.ACCEPTED);
    }

    private static <T> T done(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_policy_lives_and_is_remembered() throws Exception {
        accepted("POST", "/api/v1/policies", DENY_NIGHTS.formatted("nights-" + own));
        Answer made = get("/api/v1/policies/nights-" + own);
        assertThat(made.body().path("effect").asText()).isEqualTo("DENY");
        assertThat(made.body().path("version").asLong()).isEqualTo(1);
        String then = made.response().headers().firstValue("Fjord-Position").orElseThrow();
        assertThat(then).startsWith("control-policies=1:");

        accepted("PUT", "/api/v1/policies/nights-" + own, """
                {"effect": "ALLOW", "subjects": ["*"], "actions": ["*:read"], "resources": ["default/*/*"]}""");
        assertThat(get("/api/v1/policies/nights-" + own).body().path("effect").asText())
                .isEqualTo("ALLOW");

        accepted("DELETE", "/api/v1/policies/nights-" + own, null);
        assertThat(get("/api/v1/policies/nights-" + own).problem()).isEqualTo("policy-not-found");
        assertThat(get("/api/v1/policies?pageSize=1000").body().path("items").findValuesAsText("name"))
                .doesNotContain("nights-" + own);

        String asOf = then.substring(then.indexOf('=') + 1);
        assertThat(get("/api/v1/policies/nights-" + own + "?asOf=" + asOf)
                        .body()
                        .path("condition")
                        .asText())
                .isEqualTo("context.time.getHours() >= 18");
        assertThat(get("/api/v1/policies?asOf=" + asOf).body().path("items").findValuesAsText("name"))
                .contains("nights-" + own);
        assertThat(get("/api/v1/policies/nights-" + own + "/history").body().path("items"))
                .hasSize(3);
    }

    @Test
    void what_cannot_be_read_is_refused_at_once_with_its_position() throws Exception {
        Answer answer = call(
                "user:operator",
                "POST",
                "/api/v1/policies",
                DENY_NIGHTS.formatted("wrong").replace(">= 18", ">="));

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.problem()).isEqualTo("rule-not-readable");
        assertThat(answer.body().at("/errors/0/pointer").asText()).isEqualTo("/condition");
        assertThat(answer.body().at("/errors/0/detail").asText()).contains("line 1, column ");
    }

    @Test
    void a_list_shows_what_its_reader_may_read() throws Exception {
        accepted("POST", "/api/v1/policies?domain=lists-" + own, inLists("hidden-1"));
        accepted("POST", "/api/v1/policies?domain=lists-" + own, inLists("open-1"));
        accepted("POST", "/api/v1/policies?domain=lists-" + own, inLists("open-2"));

        Answer all = call("user:reader", "GET", "/api/v1/policies?domain=lists-" + own, null);
        assertThat(all.body().path("items").findValuesAsText("name")).containsExactly("open-1", "open-2");
        for (String asOf : List.of(
                "",
                "&asOf="
                        + all.response()
                                .headers()
                                .firstValue("Fjord-Position")
                                .orElseThrow()
                                .split("=")[1])) {
            Answer few = call("user:few", "GET", "/api/v1/policies?domain=lists-" + own + asOf, null);
            assertThat(few.body().path("items").findValuesAsText("name"))
                    .as("the database is asked for few" + asOf)
                    .containsExactly("open-1", "open-2");
        }
        assertThat(call("user:reader", "GET", "/api/v1/policies/hidden-1?domain=lists-" + own, null)
                        .status())
                .isEqualTo(403);
        assertThat(call("user:reader", "DELETE", "/api/v1/policies/open-1?domain=lists-" + own, null)
                        .status())
                .isEqualTo(403);
    }

    private String inLists(String name) {
        return DENY_NIGHTS.formatted(name).replace("default/cluster", "lists-" + own + "/cluster");
    }

    @Test
    void a_guardrail_changes_its_mode() throws Exception {
        accepted("POST", "/api/v1/guardrails", SMALL.formatted("when"));
        assertThat(get("/api/v1/guardrails/when").body().path("mode").asText()).isEqualTo("AUDIT");
        assertThat(get("/api/v1/guardrails/when").body().path("language").asText())
                .isEqualTo("CEL");

        accepted("PUT", "/api/v1/guardrails/when/mode", "{\"mode\": \"ENFORCE\"}");
        assertThat(get("/api/v1/guardrails/when").body().path("mode").asText()).isEqualTo("ENFORCE");

        accepted("DELETE", "/api/v1/guardrails/when", null);
        assertThat(get("/api/v1/guardrails/when").problem()).isEqualTo("guardrail-not-found");
    }

    @Test
    void rego_without_an_opa_is_refused_clearly() throws Exception {
        Answer answer = call("user:operator", "POST", "/api/v1/guardrails", """
                {"name": "rego", "commandTypes": ["fjord.*"], "language": "REGO", "expression": "package x",
                 "message": "No."}""");

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.problem()).isEqualTo("rego-not-available");
        assertThat(answer.body().path("detail").asText()).contains("FJORD_OPA");
    }

    @Test
    void a_report_tells_what_would_have_been_refused() throws Exception {
        accepted("POST", "/api/v1/policies?domain=report-" + own, inReport("always", ""));
        accepted("POST", "/api/v1/policies?domain=report-" + own, inReport("conditional", ", \"condition\": \"true\""));
        accepted("POST", "/api/v1/guardrails?domain=report-" + own, """
                {"name": "conditions", "commandTypes": ["fjord.control-policies.policy.CreatePolicy"],
                 "expression": "has(command.condition) && command.condition != ''", "message": "Say when."}""");

        JsonNode report = get("/api/v1/guardrails/conditions/report?domain=report-" + own
                        + "&from=2026-01-01T00:00:00Z")
                .body();

        assertThat(report.path("concerned").asLong()).isEqualTo(2);
        assertThat(report.path("commands").asLong()).isGreaterThanOrEqualTo(3);
        assertThat(report.path("refused").asLong()).as(report.toString()).isEqualTo(1);
        assertThat(report.path("failed").asLong()).isZero();
        assertThat(report.at("/byActor/user:operator").asLong()).isEqualTo(1);
        assertThat(report.at("/examples/0/subject").asText()).isEqualTo("report-" + own + "/policy/always");
        assertThat(get("/api/v1/guardrails/conditions/report?domain=report-" + own + "&from=nonsense-time")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void a_refusal_is_explained_to_whom_it_concerns() throws Exception {
        ObservationLog observations =
                new ObservationLog(vertx, new KafkaConfig(TestServers.kafka().bootstrapServers()), "iam");
        String id = Ids.next();
        done(observations.tell(
                id,
                "fjord.iam.access.AccessDenied.v1",
                Address.parse("sales/cluster/etl"),
                "user:ben",
                null,
                Map.of(
                        "action", "cluster:create",
                        "reason", "policy sales/policy/nights denies it",
                        "chain", List.of("sales/policy/nights"),
                        "policyPosition", "iam=1:7",
                        "dropped", 0)));

        Answer told = await().atMost(Duration.ofSeconds(30))
                .until(
                        () -> call("user:ben", "GET", "/api/v1/decisions/" + id, null),
                        answer -> answer.status() == 200);

        assertThat(told.body().path("reason").asText()).contains("sales/policy/nights");
        assertThat(told.body().at("/whoCouldGrant/0").asText()).isEqualTo("user:owner-of-sales");
        assertThat(call("user:eve", "GET", "/api/v1/decisions/" + id, null).status())
                .isEqualTo(403);
        assertThat(get("/api/v1/decisions/" + id).status()).isEqualTo(200);
        assertThat(get("/api/v1/decisions/none").problem()).isEqualTo("decision-not-found");
        done(observations.close());
    }

    @Test
    void an_opa_gets_the_bundle_once_and_again_when_it_changes() throws Exception {
        HttpResponse<byte[]> first = bundle("\"other\"", "wait=1");
        assertThat(first.statusCode()).isEqualTo(200);
        String etag = first.headers().firstValue("ETag").orElseThrow();
        assertThat(bundle(etag, "wait=0").statusCode()).isEqualTo(304);

        var waiting = http.sendAsync(bundleRequest(etag, "wait=30"), BodyHandlers.ofByteArray());
        Rules.POSITION.incrementAndGet();

        HttpResponse<byte[]> second = waiting.get(60, TimeUnit.SECONDS);
        assertThat(second.statusCode()).isEqualTo(200);
        assertThat(second.headers().firstValue("ETag").orElseThrow()).isNotEqualTo(etag);
        assertThat(call("user:eve", "GET", "/opa/bundles/fjord.tar.gz", null).status())
                .isEqualTo(403);
    }

    @Test
    void what_an_opa_tells_comes_into_the_record_once() throws Exception {
        List<EventEnvelope<byte[]>> seen = new CopyOnWriteArrayList<>();
        ObservationReader reader = reader("OpaDecided", seen);
        ObservationReader gaps = reader("OpaDecisionsMissing", seen);
        String instance = "opa-" + Ids.next();
        String batch = "[" + decision(instance, 3) + "," + decision(instance, 5) + "]";

        assertThat(packed("/opa/logs", batch)).isEqualTo(204);
        assertThat(packed("/opa/logs", batch)).isEqualTo(204);
        assertThat(packed("/opa/logs", "[" + decision(instance, 6) + "]")).isEqualTo(204);
        assertThat(packed("/opa/logs", "no JSON")).isEqualTo(400);

        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(of(instance, seen).stream()
                                .map(EventEnvelope::id)
                                .distinct())
                        .hasSize(4));
        EventEnvelope<byte[]> told = of(instance, seen).stream()
                .filter(event -> event.type().endsWith("OpaDecided.v1"))
                .findFirst()
                .orElseThrow();
        assertThat(told.subject()).isEqualTo(Address.parse("default/cluster/etl"));
        assertThat(told.actor()).isEqualTo("user:ana");
        JsonNode data = Json.MAPPER.readTree(told.data());
        assertThat(data.path("action").asText()).isEqualTo("cluster:read");
        assertThat(data.path("allowed").asInt()).isEqualTo(1);
        JsonNode gap = Json.MAPPER.readTree(of(instance, seen).stream()
                .filter(event -> event.type().endsWith("OpaDecisionsMissing.v1"))
                .findFirst()
                .orElseThrow()
                .data());
        assertThat(gap.path("from").asLong()).isEqualTo(4);
        assertThat(gap.path("to").asLong()).isEqualTo(4);
        assertThat(call("user:eve", "POST", "/opa/logs", "[]").status()).isEqualTo(403);
        done(reader.stop());
        done(gaps.stop());
    }

    @Test
    void a_real_opa_takes_the_bundle_and_tells_of_decisions_and_of_itself(@TempDir Path folder) throws Exception {
        Optional<Path> program = RealOpa.program();
        assumeTrue(program.isPresent(), RealOpa.MISSING);
        List<EventEnvelope<byte[]>> seen = new CopyOnWriteArrayList<>();
        List<ObservationReader> readers = List.of(reader("OpaDecided", seen), reader("OpaReported", seen));
        try (RealOpa opa = RealOpa.start(program.get(), folder, base)) {
            await().atMost(Duration.ofSeconds(30))
                    .ignoreExceptions()
                    .until(() -> opa.allows("user:operator", "cluster:read", "default/cluster/etl"));
            assertThat(opa.allows("user:nobody", "cluster:read", "default/cluster/etl"))
                    .isFalse();

            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(seen)
                            .anySatisfy(event -> {
                                assertThat(event.actor()).isEqualTo("user:nobody");
                                JsonNode data = Json.MAPPER.readTree(event.data());
                                assertThat(data.path("allowed").asInt()).isZero();
                                assertThat(data.path("revision").asText()).startsWith("iam=1:");
                            })
                            .anySatisfy(event -> {
                                JsonNode data = Json.MAPPER.readTree(event.data());
                                assertThat(data.at("/bundles/0/name").asText()).isEqualTo("fjord");
                                assertThat(data.at("/bundles/0/revision").asText())
                                        .startsWith("iam=1:");
                            }));
        }
        readers.forEach(reader -> done(reader.stop()));
    }

    private static List<EventEnvelope<byte[]>> of(String instance, List<EventEnvelope<byte[]>> seen) {
        return seen.stream()
                .filter(event -> new String(event.data(), StandardCharsets.UTF_8).contains(instance))
                .toList();
    }

    private ObservationReader reader(String name, List<EventEnvelope<byte[]>> into) {
        return new ObservationReader(
                        vertx,
                        new KafkaConfig(TestServers.kafka().bootstrapServers()),
                        "test." + Ids.next(),
                        "control-policies",
                        "fjord.control-policies.opa." + name + ".v1",
                        events -> {
                            into.addAll(events);
                            return Future.succeededFuture();
                        })
                .start();
    }

    private static String decision(String instance, int number) {
        return """
                {"labels": {"id": "%s"}, "decision_id": "d-%d", "path": "fjord/allow", "result": true, "req_id": %d,
                 "input": {"actor": "user:ana", "action": "cluster:read",
                           "resource": {"domain": "default", "kind": "cluster", "name": "etl"}}}""".formatted(instance, number, number);
    }

    private int packed(String path, String body) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(body.getBytes(StandardCharsets.UTF_8));
        }
        return http.send(
                        HttpRequest.newBuilder(base.resolve(path))
                                .header("Authorization", "Bearer user:operator")
                                .header("Content-Type", "application/json")
                                .header("Content-Encoding", "gzip")
                                .POST(BodyPublishers.ofByteArray(bytes.toByteArray()))
                                .build(),
                        BodyHandlers.ofString())
                .statusCode();
    }

    private HttpResponse<byte[]> bundle(String etag, String prefer) throws Exception {
        return http.send(bundleRequest(etag, prefer), BodyHandlers.ofByteArray());
    }

    private HttpRequest bundleRequest(String etag, String prefer) {
        return HttpRequest.newBuilder(base.resolve("/opa/bundles/fjord.tar.gz"))
                .header("Authorization", "user:operator")
                .header("If-None-Match", etag)
                .header("Prefer", prefer)
                .build();
    }

    private String inReport(String name, String more) {
        return """
               {"name": "%s", "effect": "DENY", "subjects": ["*"], "actions": ["*:*"], "resources": ["report-%s/x/*"]%s}""".formatted(name, own, more);
    }
}
