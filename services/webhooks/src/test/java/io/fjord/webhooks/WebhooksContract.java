package io.fjord.webhooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.standardwebhooks.Webhook;
import io.fjord.codec.Json;
import io.fjord.codec.KafkaMessages;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.Topics;
import io.fjord.embedded.KafkaBroker;
import io.fjord.kernel.Access;
import io.fjord.kernel.AccessChanges;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.Ids;
import io.fjord.platform.http.Actor;
import io.fjord.platform.http.ClientAddress;
import io.fjord.platform.http.Doorkeeper;
import io.fjord.platform.http.JournalRoutes;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.ObservationReader;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlMetastore;
import io.fjord.testing.ServerCertificate;
import io.fjord.testing.TestProcess;
import io.fjord.testing.TestServers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PemKeyCertOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Subscriptions over HTTP and what arrives at real endpoints, with a real broker and each database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class WebhooksContract {

    private static final String CREATED = "fjord.core.cluster.ClusterCreated.v1";
    private static final String STOPPED = "fjord.core.cluster.ClusterStopped.v1";
    private static final String ATTEMPTED = "fjord.webhooks.subscription.DeliveryAttempted.v1";

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<EventEnvelope<byte[]>> journal = new CopyOnWriteArrayList<>();
    private final List<EventEnvelope<byte[]>> observed = new CopyOnWriteArrayList<>();
    private final AtomicInteger names = new AtomicInteger();
    private KafkaBroker broker;
    private KafkaConfig kafka;
    private Producer<String, byte[]> producer;
    private HttpServer gateway;
    private Database database;
    private SqlMetastore metastore;
    private Sink sink;
    private String deployment;
    private URI base;
    private volatile Position relayed = Position.START;
    private Future<Void> relaying = Future.succeededFuture();

    abstract String databaseUrl();

    @BeforeAll
    void start() throws Exception {
        broker = TestServers.newKafka(TestServers.newHome("webhooks-kafka"));
        broker.start();
        kafka = new KafkaConfig(broker.bootstrapServers());
        producer = new KafkaProducer<>(kafka.producer(), new StringSerializer(), new ByteArraySerializer());
        gateway =
                done(vertx.createHttpServer().requestHandler(this::readJournal).listen(0, "127.0.0.1"));
        sink = Sink.listen(vertx);
        deploy();
        database = Database.open(vertx, databaseUrl(), "test", 2);
        metastore = new SqlMetastore(database, WebhooksVerticle.SERVICE);
        relayed = done(metastore.position());
        vertx.setPeriodic(20, id -> relay());
        ObservationReader reader = new ObservationReader(
                        vertx, kafka, "webhooks-contract", "webhooks", ATTEMPTED, observation -> {
                            observed.addAll(observation);
                            return Future.succeededFuture();
                        })
                .start();
        assertThat(reader).isNotNull();
    }

    @AfterAll
    void stop() {
        done(vertx.undeploy(deployment));
        done(database.close());
        producer.close();
        done(vertx.close());
        broker.stop();
    }

    private void deploy() {
        WebhooksVerticle service = new WebhooksVerticle(config(kafka.bootstrap(), databaseUrl(), gateway.actualPort()));
        deployment = done(vertx.deployVerticle(service));
        base = URI.create("http://127.0.0.1:" + service.httpPort());
    }

    static WebhooksConfig config(String kafka, String databaseUrl, int gatewayPort) {
        return new WebhooksConfig(
                new KafkaConfig(kafka),
                databaseUrl,
                "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.UTF_8),
                List.of("core", "webhooks"),
                URI.create("http://127.0.0.1:" + gatewayPort),
                () -> "token",
                new Doorkeeper(
                        request -> Future.succeededFuture(
                                new Actor(request.getHeader("Authorization").replace("Bearer ", ""))),
                        rules(),
                        (request, decision) -> "decision",
                        ClientAddress.behind(List.of())),
                List.of(),
                rules(),
                new Everybody(),
                Future::succeededFuture,
                new WebhooksConfig.Egress(true, List.of("127.0.0.0/8")),
                List.of(Duration.ofMillis(50), Duration.ofMillis(100), Duration.ofMillis(200)),
                Duration.ofSeconds(2),
                "127.0.0.1",
                0);
    }

    /** Nobody reads what is hidden. */
    private static Access rules() {
        return request ->
                new AccessDecision(!request.resource().name().startsWith("hidden"), "so it is", List.of(), "");
    }

    private static final class Everybody implements AccessChanges {

        @Override
        public void onChange(Runnable listener) {}

        @Override
        public boolean isActive(String actor) {
            return true;
        }

        @Override
        public String position() {
            return "";
        }
    }

    /** The journal of core, as the gateway serves it. */
    private void readJournal(HttpServerRequest request) {
        Position from = Position.parse(request.getParam("from"));
        int limit = Integer.parseInt(request.getParam("limit"));
        List<String> page = journal.stream()
                .filter(event -> event.position().isAfter(from))
                .limit(limit)
                .map(event -> new String(JournalRoutes.structured(event), StandardCharsets.UTF_8))
                .toList();
        Future<Void> written = request.response().end(Buffer.buffer("{\"events\":[" + String.join(",", page) + "]}"));
        assertThat(written).isNotNull();
    }

    /** What Debezium does elsewhere: the service's own journal onto its topic, in order. */
    private void relay() {
        if (relaying.isComplete()) {
            relaying = metastore.journal(relayed, 100).map(events -> {
                for (EventEnvelope<String> event : events) {
                    java.util.concurrent.Future<?> sent = producer.send(KafkaMessages.toRecord(
                            Topics.events("webhooks"),
                            0,
                            event.with(event.data().getBytes(StandardCharsets.UTF_8))));
                    assertThat(sent).isNotNull();
                    relayed = event.position();
                }
                return null;
            });
        }
    }

    // What happens elsewhere

    private synchronized EventEnvelope<byte[]> happens(String type, String cluster, String data) throws Exception {
        EventEnvelope<byte[]> event = new EventEnvelope<>(
                Ids.next(),
                type,
                "core",
                Instant.now(),
                new Address("default", "cluster", cluster),
                new Position(1, journal.size() + 1L),
                1L,
                "user:ana",
                Ids.next(),
                null,
                null,
                null,
                null,
                null,
                data.getBytes(StandardCharsets.UTF_8));
        journal.add(event);
        producer.send(KafkaMessages.toRecord(Topics.events("core"), 0, event)).get(30, TimeUnit.SECONDS);
        return event;
    }

    private List<EventEnvelope<byte[]>> happen(String cluster, int count) throws Exception {
        List<EventEnvelope<byte[]>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(happens(CREATED, cluster, "{\"i\":" + i + "}"));
        }
        return all;
    }

    // The API

    private record Answer(int status, JsonNode body) {
        String problem() {
            String type = body.path("type").asText();
            return type.substring(type.lastIndexOf('/') + 1);
        }
    }

    private Answer call(String method, String path, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "user:ana")
                .header("Prefer", "wait=30")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
        return new Answer(
                response.statusCode(), Json.MAPPER.readTree(response.body().isEmpty() ? "null" : response.body()));
    }

    private JsonNode done(String method, String path, String body) throws Exception {
        Answer answer = call(method, path, body);
        assertThat(answer.status()).as(String.valueOf(answer.body())).isBetween(200, 204);
        return answer.body();
    }

    private static <T> T done(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Subscribes a path of the sink of its own to the events of a cluster of its own. */
    private record Subscribed(String name, String cluster, String path, String secret) {}

    private Subscribed subscribe(String more) throws Exception {
        String name = "s" + names.incrementAndGet();
        String cluster = "c-" + name;
        JsonNode made = done("POST", "/api/v1/subscriptions", """
                {"name": "%s", "url": "%s", "eventTypes": ["fjord.core.cluster.*"],
                 "filter": "resource.name.endsWith('c-%s')"%s}""".formatted(name, sink.url("/" + name), name, more));
        String secret = made.path("secret").asText();
        assertThat(secret).startsWith("whsec_");
        return new Subscribed(name, cluster, "/" + name, secret);
    }

    private static void until(Callable<Boolean> condition) {
        await().atMost(Duration.ofSeconds(40))
                .pollInterval(Duration.ofMillis(20))
                .until(condition);
    }

    private Set<String> ids(String path) {
        Set<String> ids = new HashSet<>();
        sink.received(path).forEach(one -> ids.add(one.id().substring(0, 36)));
        return ids;
    }

    private void arrive(String path, List<EventEnvelope<byte[]>> events) {
        Set<String> wanted = new HashSet<>();
        events.forEach(event -> wanted.add(event.id()));
        until(() -> ids(path).containsAll(wanted));
    }

    private JsonNode delivery(Subscribed one, EventEnvelope<byte[]> event) throws Exception {
        Answer answer = call(
                "GET",
                "/api/v1/subscriptions/" + one.name() + "/deliveries/core.1."
                        + event.position().n(),
                null);
        return answer.status() == 200 ? answer.body() : Json.MAPPER.createObjectNode();
    }

    private static void verify(Subscribed one, String secret, Sink.Received received) throws Exception {
        new Webhook(secret).verify(received.body(), received.headers());
        assertThat(one.secret()).isNotEmpty();
    }

    // Tests

    @Test
    void an_event_arrives_signed_and_its_answer_is_seen() throws Exception {
        Subscribed one = subscribe(", \"headers\": {\"X-Team\": \"data\"}, \"signatures\": \"BOTH\"");
        sink.at(
                one.path(),
                (request, n, got) -> request.response()
                        .setStatusCode(202)
                        .putHeader("X-Seen", "yes")
                        .end("thank you"));
        EventEnvelope<byte[]> event = happens(CREATED, one.cluster(), "{\"size\":\"L\"}");
        arrive(one.path(), List.of(event));

        Sink.Received got = sink.received(one.path()).get(0);
        verify(one, one.secret(), got);
        assertThat(got.headers().get("x-team")).containsExactly("data");
        assertThat(got.headers().get("webhook-signature").get(0)).contains(" v1a,");
        JsonNode body = Json.MAPPER.readTree(got.body());
        assertThat(body.path("id").asText()).isEqualTo(event.id());
        assertThat(body.path("data").path("size").asText()).isEqualTo("L");

        until(() -> delivery(one, event).path("state").asText().equals("delivered"));
        JsonNode answer = delivery(one, event).path("answers").get(0);
        assertThat(answer.path("status").asInt()).isEqualTo(202);
        assertThat(answer.path("body").asText()).isEqualTo("thank you");
        assertThat(answer.path("headers").path("X-Seen").asText()).isEqualTo("yes");
        until(() ->
                observed.stream().anyMatch(seen -> new String(seen.data(), StandardCharsets.UTF_8).contains(got.id())));
        assertThat(done("GET", "/api/v1/subscriptions/" + one.name(), null).has("secret"))
                .isFalse();
        assertThat(done("GET", "/api/v1/subscriptions/" + one.name() + "/deliveries", null)
                        .path("items"))
                .hasSize(1);
        until(() -> done("GET", "/api/v1/subscriptions/" + one.name() + "/standing", null)
                        .path("delivered")
                        .asInt()
                == 1);
    }

    @Test
    void only_what_is_wanted_and_may_be_read_leaves_and_as_it_is_wanted() throws Exception {
        Subscribed one = subscribe(", \"transformation\": \"{'text': actor + ': ' + resource.name, 'i': data.i}\"");
        happens(STOPPED, "other", "{\"i\":1}");
        happens("fjord.core.secret.SecretCreated.v1", one.cluster(), "{\"i\":2}");
        happens(CREATED, "hidden-" + one.cluster(), "{\"i\":3}");
        EventEnvelope<byte[]> wanted = happens(STOPPED, one.cluster(), "{\"i\":4}");
        arrive(one.path(), List.of(wanted));
        assertThat(sink.received(one.path())).hasSize(1);
        assertThat(sink.received(one.path()).get(0).body())
                .isEqualTo("{\"text\":\"user:ana: %s\",\"i\":4}".formatted(one.cluster()));

        JsonNode preview =
                done("POST", "/api/v1/subscription-previews?days=1", """
                {"url": "%s", "eventTypes": ["fjord.core.cluster.*"], "filter": "resource.name.endsWith('%s')"}""".formatted(sink.url("/x"), one.cluster()));
        assertThat(preview.path("sent").asInt()).isEqualTo(1);
        assertThat(preview.path("complete").asBoolean()).isTrue();
    }

    @Test
    void what_cannot_be_right_is_refused_at_once() throws Exception {
        Answer answer = call("POST", "/api/v1/subscriptions", """
                {"name": "wrong", "url": "ftp://x/", "eventTypes": ["a b"], "filter": "resource.nme == 'x'",
                 "headers": {"Host": "x"}}""");
        assertThat(answer.problem()).isEqualTo("subscription-not-right");
        assertThat(answer.body().path("errors").findValuesAsText("pointer"))
                .containsExactlyInAnyOrder("/url", "/eventTypes/0", "/filter", "/headers/Host");
        assertThat(call("POST", "/api/v1/subscriptions", """
                        {"name": "inside", "url": "http://10.0.0.1/", "eventTypes": ["*"]}""").problem()).isEqualTo("destination-refused");
    }

    @Test
    void redirects_are_answers_like_others_and_long_answers_are_cut() throws Exception {
        Subscribed redirected = subscribe("");
        sink.at(
                redirected.path(),
                (request, n, got) -> request.response()
                        .setStatusCode(307)
                        .putHeader("Location", sink.url("/trap"))
                        .end());
        EventEnvelope<byte[]> event = happens(CREATED, redirected.cluster(), "{}");
        until(() -> delivery(redirected, event).path("attempts").asInt() > 0);
        assertThat(delivery(redirected, event).at("/answers/0/status").asInt()).isEqualTo(307);
        assertThat(delivery(redirected, event).at("/answers/0/failure").asText())
                .isEqualTo("it answered 307");
        assertThat(sink.received("/trap")).isEmpty();

        Subscribed talkative = subscribe("");
        sink.at(talkative.path(), (request, n, got) -> request.response().end("x".repeat(300_000)));
        EventEnvelope<byte[]> other = happens(CREATED, talkative.cluster(), "{}");
        until(() -> delivery(talkative, other).path("state").asText().equals("delivered"));
        assertThat(delivery(talkative, other).at("/answers/0/body").asText()).hasSize(1_024);
    }

    @Test
    void an_endpoint_whose_certificate_nobody_known_has_signed_is_a_failed_attempt(@TempDir Path folder)
            throws Exception {
        ServerCertificate own = ServerCertificate.make(folder, "endpoint");
        AtomicInteger taken = new AtomicInteger();
        HttpServer secure = done(vertx.createHttpServer(new HttpServerOptions()
                        .setSsl(true)
                        .setKeyCertOptions(new PemKeyCertOptions()
                                .setKeyPath(own.key().toString())
                                .setCertPath(own.file().toString())))
                .requestHandler(request -> taken.incrementAndGet())
                .listen(0, "127.0.0.1"));
        String name = "tls" + names.incrementAndGet();
        done("POST", "/api/v1/subscriptions", """
                {"name": "%s", "url": "https://127.0.0.1:%d/", "eventTypes": ["fjord.core.cluster.*"],
                 "filter": "resource.name.endsWith('c-%s')"}""".formatted(name, secure.actualPort(), name));
        Subscribed one = new Subscribed(name, "c-" + name, "/", "");
        EventEnvelope<byte[]> event = happens(CREATED, one.cluster(), "{}");
        until(() -> delivery(one, event).path("attempts").asInt() > 0);
        assertThat(delivery(one, event).at("/answers/0/failure").asText())
                .contains("its certificate is signed by nobody who is trusted here");
        assertThat(taken).hasValue(0);
        done(secure.close());
    }

    @Test
    void in_order_per_thing_and_none_missing_though_the_endpoint_fails() throws Exception {
        Subscribed one = subscribe(", \"ordered\": true");
        Set<String> failed = ConcurrentHashMap.newKeySet();
        sink.at(
                one.path(),
                (request, n, got) -> request.response()
                        .setStatusCode(n % 4 == 3 && failed.add(got.id()) ? 500 : 200)
                        .end());
        List<EventEnvelope<byte[]>> all = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            all.add(happens(CREATED, "ab".charAt(i % 2) + one.cluster(), "{\"i\":" + i + "}"));
        }
        arrive(one.path(), all);
        Map<String, Integer> last = new HashMap<>();
        for (Sink.Received got : sink.received(one.path())) {
            JsonNode body = Json.MAPPER.readTree(got.body());
            int i = body.path("data").path("i").asInt();
            int before = last.getOrDefault(body.path("subject").asText(), -2);
            assertThat(i).as("after " + before).isLessThanOrEqualTo(Math.max(before + 2, i % 2));
            last.merge(body.path("subject").asText(), i, Math::max);
        }
    }

    @Test
    void an_endpoint_that_hangs_holds_up_itself_alone() throws Exception {
        Subscribed hanging = subscribe("");
        sink.at(hanging.path(), (request, n, got) -> {});
        String name = "s" + names.incrementAndGet();
        done("POST", "/api/v1/subscriptions", """
                {"name": "%s", "url": "%s", "eventTypes": ["*"], "filter": "resource.name == '%s'"}""".formatted(name, sink.url("/" + name), hanging.cluster()));
        List<EventEnvelope<byte[]>> all = happen(hanging.cluster(), 700);
        arrive("/" + name, all);
        // It hangs no longer: what waited in the journal comes.
        sink.at(hanging.path(), 200);
        arrive(hanging.path(), all);
    }

    @Test
    void a_restart_in_the_middle_loses_nothing() throws Exception {
        Subscribed one = subscribe("");
        List<EventEnvelope<byte[]>> all = new ArrayList<>(happen(one.cluster(), 100));
        until(() -> sink.received(one.path()).size() > 20);
        done(vertx.undeploy(deployment));
        all.addAll(happen(one.cluster(), 100));
        deploy();
        all.addAll(happen(one.cluster(), 50));
        arrive(one.path(), all);
        Set<String> webhookIds = new HashSet<>();
        sink.received(one.path()).forEach(got -> webhookIds.add(got.id()));
        assertThat(webhookIds).hasSize(250);
    }

    @Test
    void of_two_one_delivers_and_when_it_is_killed_the_other_goes_on() throws Exception {
        done(vertx.undeploy(deployment));
        TestProcess other = TestProcess.start(
                WebhooksProcess.class, kafka.bootstrap(), databaseUrl(), Integer.toString(gateway.actualPort()));
        try {
            until(() -> !holder().isEmpty());
            String first = holder();
            deploy();
            // Decided here, delivered there.
            Subscribed one = subscribe("");
            List<EventEnvelope<byte[]>> all = new ArrayList<>(happen(one.cluster(), 100));
            arrive(one.path(), all);
            assertThat(sink.received(one.path())).as("each once").hasSize(100);
            until(() -> standing(one).path("delivered").asInt() == 100);
            assertThat(standing(one).path("served").asBoolean()).isFalse();
            assertThat(holder()).isEqualTo(first);

            // Of these some are under way, and some of what came of them is not written.
            CountDownLatch some = new CountDownLatch(20);
            sink.at(one.path(), (request, n, got) -> {
                some.countDown();
                request.response().end();
            });
            all.addAll(happen(one.cluster(), 300));
            assertThat(some.await(40, TimeUnit.SECONDS)).isTrue();
            other.kill();
            all.addAll(happen(one.cluster(), 50));
            arrive(one.path(), all);
            assertThat(holder()).isNotEqualTo(first);
            until(() -> standing(one).path("delivered").asInt() == 450);
            assertThat(standing(one).path("served").asBoolean()).isTrue();

            List<EventEnvelope<byte[]>> after = happen(one.cluster(), 50);
            arrive(one.path(), after);
            Map<String, Integer> times = new HashMap<>();
            sink.received(one.path()).forEach(got -> times.merge(got.id().substring(0, 36), 1, Integer::sum));
            assertThat(times).hasSize(500).allSatisfy((id, n) -> assertThat(n).isLessThanOrEqualTo(2));
            assertThat(after).allSatisfy(event -> assertThat(times).containsEntry(event.id(), 1));
        } finally {
            other.kill();
        }
    }

    private String holder() {
        for (var row : done(database.query("select holder from webhooks.lease where name = 'deliveries'"))) {
            return row.getString(0);
        }
        return "";
    }

    private JsonNode standing(Subscribed one) throws Exception {
        return done("GET", "/api/v1/subscriptions/" + one.name() + "/standing", null);
    }

    @Test
    void gone_is_gone_until_somebody_resumes_it_and_then_all_comes() throws Exception {
        Subscribed one = subscribe("");
        sink.at(one.path(), 410);
        List<EventEnvelope<byte[]>> all = new ArrayList<>(happen(one.cluster(), 3));
        until(() -> done("GET", "/api/v1/subscriptions/" + one.name(), null)
                .at("/disabled/because")
                .asText()
                .equals("GONE"));
        all.addAll(happen(one.cluster(), 20));
        int before = sink.received(one.path()).size();
        assertThat(call("POST", "/api/v1/subscriptions/" + one.name() + "/ping", null)
                        .problem())
                .isEqualTo("subscription-disabled");
        sink.at(one.path(), 200);
        assertThat(sink.received(one.path())).hasSize(before);
        done("POST", "/api/v1/subscriptions/" + one.name() + "/resume", null);
        arrive(one.path(), all);
    }

    @Test
    void an_endpoint_that_takes_nothing_is_disabled_and_what_it_missed_comes_when_it_is_resumed() throws Exception {
        Subscribed one = subscribe("");
        sink.at(one.path(), 503);
        List<EventEnvelope<byte[]>> all = new ArrayList<>(happen(one.cluster(), 3));
        until(() -> done("GET", "/api/v1/subscriptions/" + one.name(), null)
                .at("/disabled/because")
                .asText()
                .equals("EXHAUSTED"));
        all.addAll(happen(one.cluster(), 10));
        sink.at(one.path(), 200);
        done("POST", "/api/v1/subscriptions/" + one.name() + "/resume", null);
        arrive(one.path(), all);
        until(() -> delivery(one, all.get(0)).path("state").asText().equals("delivered"));
    }

    @Test
    void an_endpoint_that_asks_for_a_pause_gets_it() throws Exception {
        Subscribed one = subscribe("");
        sink.at(
                one.path(),
                (request, n, got) -> request.response()
                        .setStatusCode(n == 0 ? 429 : 200)
                        .putHeader("Retry-After", "2")
                        .end());
        EventEnvelope<byte[]> event = happens(CREATED, one.cluster(), "{}");
        until(() -> delivery(one, event).path("state").asText().equals("retrying"));
        JsonNode waiting = delivery(one, event);
        assertThat(Instant.parse(waiting.path("nextAttemptAt").asText()))
                .isAfterOrEqualTo(
                        Instant.parse(waiting.path("lastAttemptAt").asText()).plusMillis(1_900));
        until(() -> delivery(one, event).path("state").asText().equals("delivered"));
        assertThat(delivery(one, event).path("attempts").asInt()).isEqualTo(2);
        assertThat(sink.received(one.path()).get(0).id())
                .isEqualTo(sink.received(one.path()).get(1).id());
    }

    @Test
    void what_was_sent_is_sent_again_under_the_same_id() throws Exception {
        Subscribed one = subscribe("");
        List<EventEnvelope<byte[]>> all = happen(one.cluster(), 5);
        arrive(one.path(), all);
        until(() -> delivery(one, all.get(4)).path("state").asText().equals("delivered"));

        done("POST", "/api/v1/subscriptions/" + one.name() + "/replay", """
                {"from": {"core": "1:%d"}, "filter": "data.i > 2"}""".formatted(
                        all.get(0).position().n() - 1));
        until(() -> sink.received(one.path()).size() == 7);
        assertThat(ids(one.path())).hasSize(5);

        done(
                "POST",
                "/api/v1/subscriptions/" + one.name() + "/deliveries/core.1."
                        + all.get(1).position().n() + "/resend",
                null);
        until(() -> sink.received(one.path()).size() == 8);
        assertThat(sink.received(one.path()).get(7).id()).startsWith(all.get(1).id());

        done("POST", "/api/v1/subscriptions/" + one.name() + "/replay", """
                {"since": "%s"}""".formatted(
                        all.get(3).time()));
        until(() -> sink.received(one.path()).size() == 10);
        assertThat(ids(one.path())).hasSize(5);
        until(() -> done("GET", "/api/v1/subscriptions/" + one.name() + "/standing", null)
                .path("replays")
                .isEmpty());
    }

    @Test
    void keys_change_without_a_gap_and_a_test_arrives() throws Exception {
        Subscribed one = subscribe("");
        String fresh = done("POST", "/api/v1/subscriptions/" + one.name() + "/rotate-keys", null)
                .path("secret")
                .asText();
        assertThat(fresh).startsWith("whsec_").isNotEqualTo(one.secret());
        until(() -> {
            done("POST", "/api/v1/subscriptions/" + one.name() + "/ping", null);
            List<Sink.Received> all = sink.received(one.path());
            return !all.isEmpty()
                    && all.get(all.size() - 1)
                                    .headers()
                                    .get("webhook-signature")
                                    .get(0)
                                    .split(" ")
                                    .length
                            == 2;
        });
        Sink.Received got =
                sink.received(one.path()).get(sink.received(one.path()).size() - 1);
        verify(one, one.secret(), got);
        verify(one, fresh, got);
        assertThat(got.body()).contains("SubscriptionPinged");

        done("DELETE", "/api/v1/subscriptions/" + one.name(), null);
        assertThat(call("GET", "/api/v1/subscriptions/" + one.name(), null).problem())
                .isEqualTo("subscription-not-found");
    }
}
