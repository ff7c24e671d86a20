package io.fjord.ingest;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.embedded.KafkaBroker;
import io.fjord.ingest.eventstream.EventStream;
import io.fjord.ingest.eventstream.EventStreamCapability;
import io.fjord.ingest.eventstream.StreamPreparation;
import io.fjord.kernel.Access;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.AccessRequest;
import io.fjord.kernel.PlatformMessages;
import io.fjord.platform.http.Actor;
import io.fjord.platform.http.ClientAddress;
import io.fjord.platform.http.Doorkeeper;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.StreamReader;
import io.fjord.platform.kafka.StreamReader.Lying;
import io.fjord.platform.kafka.StreamTopics;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.SqlMetastore;
import io.fjord.testing.JournalRelay;
import io.fjord.testing.TestProcess;
import io.fjord.testing.TestServers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Ingest with a broker of its own and a database; whoever calls says who they are, and some may not do all. */
final class IngestServer implements AutoCloseable {

    private static final long PLENTY = 64L << 20;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private final KafkaBroker broker = TestServers.newKafka(TestServers.newHome("kafka"));
    private final Database database;
    private final SqlMetastore metastore;
    private final JournalRelay relay;
    private final String databaseUrl;
    private volatile IngestVerticle service;
    private String deployment;

    IngestServer(String databaseUrl) {
        this.databaseUrl = databaseUrl;
        broker.start();
        deploy();
        database = Database.open(vertx, databaseUrl, "test", 2);
        metastore = new SqlMetastore(database, IngestVerticle.SERVICE);
        relay = new JournalRelay(vertx, metastore, broker.bootstrapServers());
    }

    void deploy() {
        deploy(PLENTY);
    }

    /** @param deduplicationBytes for the recent events of all streams */
    void deploy(long deduplicationBytes) {
        IngestVerticle next = new IngestVerticle(config(broker.bootstrapServers(), databaseUrl, deduplicationBytes));
        deployment = done(vertx.deployVerticle(next));
        service = next;
    }

    static IngestConfig config(String kafka, String databaseUrl, long deduplicationBytes) {
        return new IngestConfig(
                new KafkaConfig(kafka),
                databaseUrl,
                URI.create("http://127.0.0.1:1"),
                () -> "none",
                new Doorkeeper(
                        request -> Future.succeededFuture(
                                new Actor(request.getHeader("Authorization").replace("Bearer ", ""))),
                        new Some(),
                        (request, decision) -> "decision",
                        ClientAddress.behind(List.of())),
                List.of(),
                "127.0.0.1",
                0,
                deduplicationBytes);
    }

    /** One more, in a process of its own. */
    TestProcess another() throws IOException {
        return TestProcess.start(IngestProcess.class, broker.bootstrapServers(), databaseUrl);
    }

    /** Where events are taken; empty while nobody is known to. */
    String holder() {
        for (var row : done(database.query("select place from ingest.lease where name = 'producing'"))) {
            return row.getString(0);
        }
        return "";
    }

    /** As another process does it. */
    StreamPreparation preparation() {
        MessageTypes types = IngestVerticle.messages(PlatformMessages.types());
        Listing<EventStream> streams = new EventStreamCapability().listing(metastore, types);
        return new StreamPreparation(
                new StreamTopics(vertx, kafka()),
                types,
                StreamTopics::isPassing,
                stream -> streams.one(stream).map(at -> at.value().isPresent()));
    }

    List<EventEnvelope<String>> journal(String stream) {
        return done(metastore.journal(Position.START, 10_000)).stream()
                .filter(event -> event.subject().name().equals(stream))
                .toList();
    }

    void undeploy() {
        done(vertx.undeploy(deployment));
    }

    KafkaConfig kafka() {
        return new KafkaConfig(broker.bootstrapServers());
    }

    URI base() {
        return URI.create("http://127.0.0.1:" + service.httpPort());
    }

    /** The operator may do everything, the writer writes, and the reader reads what is not hidden. */
    private static final class Some implements Access {
        @Override
        public AccessDecision decide(AccessRequest request) {
            String verb = request.action().substring(request.action().indexOf(':') + 1);
            boolean allowed = switch (request.actor()) {
                case "user:operator" -> true;
                case "user:writer" -> verb.equals("write");
                case "user:reader" ->
                    verb.equals("read") && !request.resource().name().startsWith("hidden");
                default -> false;
            };
            return new AccessDecision(allowed, "so it is", List.of(), "");
        }
    }

    record Answer(int status, HttpResponse<String> response, JsonNode body) {
        String problem() {
            String type = body.path("type").asText();
            return type.substring(type.lastIndexOf('/') + 1);
        }
    }

    Answer call(String actor, String method, String path, byte[] body, String... headers) throws Exception {
        return callAt(base(), actor, method, path, body, headers);
    }

    Answer callAt(URI at, String actor, String method, String path, byte[] body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(at.resolve(path))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", actor)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
        return new Answer(
                response.statusCode(),
                response,
                Json.MAPPER.readTree(response.body().isEmpty() ? "null" : response.body()));
    }

    Answer get(String path) throws Exception {
        return call("user:operator", "GET", path, null);
    }

    /** A wish and what became of it, said in one answer. */
    Answer wish(String method, String path, String body) throws Exception {
        byte[] bytes = body == null ? null : body.getBytes(StandardCharsets.UTF_8);
        return body == null
                ? call("user:operator", method, path, null, "Prefer", "wait=20")
                : call("user:operator", method, path, bytes, "Prefer", "wait=20", "Content-Type", "application/json");
    }

    /** A stream that takes events. */
    void stream(String name, String settings) throws Exception {
        Answer made = wish("POST", "/api/v1/event-streams", "{\"name\": \"" + name + "\"" + settings + "}");
        if (made.status() != 201) {
            throw new AssertionError(made.body());
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> state(name).equals("active"));
    }

    String state(String name) throws Exception {
        return get("/api/v1/event-streams/" + name).body().path("state").asText();
    }

    Answer produce(String stream, String contentType, String body, String... headers) throws Exception {
        return produce(stream, contentType, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    Answer produce(String stream, String contentType, byte[] body, String... headers) throws Exception {
        return produceAt(base(), stream, contentType, body, headers);
    }

    Answer produceAt(URI at, String stream, String contentType, byte[] body, String... headers) throws Exception {
        String[] all = new String[headers.length + 2];
        all[0] = "Content-Type";
        all[1] = contentType;
        System.arraycopy(headers, 0, all, 2, headers.length);
        return callAt(at, "user:writer", "POST", "/api/v1/event-streams/" + stream + "/events", body, all);
    }

    /** All that lies in a topic. */
    List<Lying> records(String topic) {
        List<Lying> all = Collections.synchronizedList(new ArrayList<>());
        done(new StreamReader(vertx, kafka()).replay(topic, Instant.EPOCH, all::add));
        return List.copyOf(all);
    }

    static String topic(String stream) {
        return io.fjord.contract.Topics.stream(new Address("default", "event-stream", stream));
    }

    static String dead(String stream) {
        return io.fjord.contract.Topics.deadLetters(topic(stream));
    }

    static Map<String, String> headers(Lying record) {
        return record.headers();
    }

    Vertx vertx() {
        return vertx;
    }

    static <T> T done(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        relay.close();
        done(database.close());
        done(vertx.close());
        broker.stop();
    }
}
