package io.fjord.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.provider.EventFormatProvider;
import io.cloudevents.http.HttpMessageFactory;
import io.cloudevents.jackson.JsonFormat;
import io.fjord.codec.Json;
import io.fjord.contract.EventEnvelope;
import io.fjord.ingest.IngestServer.Answer;
import io.fjord.ingest.eventstream.StreamPreparation;
import io.fjord.platform.kafka.ObservationReader;
import io.fjord.platform.kafka.StreamReader.Lying;
import io.fjord.testing.TestProcess;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.WebSocketConnectOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Event streams and schemas over HTTP with a real broker and each database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class IngestContract {

    private static final String JSON = "application/json";
    private static final String LINES = "application/x-ndjson";
    private static final String BATCH = "application/cloudevents-batch+json";
    private static final String ORDER = """
            {"type": "object", "required": ["orderId"],
             "properties": {"orderId": {"type": "string"}, "amount": {"type": "number"}}}""";

    private IngestServer server;

    abstract String databaseUrl();

    @BeforeAll
    void start() {
        server = new IngestServer(databaseUrl());
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private static String json(Object value) {
        return Json.text(value);
    }

    private Answer register(String name, String definition, String compatibility) throws Exception {
        return server.wish(
                "POST",
                "/api/v1/schemas",
                json(Map.of(
                        "name",
                        name,
                        "format",
                        "JSON_SCHEMA",
                        "definition",
                        definition,
                        "compatibility",
                        compatibility)));
    }

    private static List<String> values(List<Lying> records) {
        return records.stream()
                .map(record -> new String(record.value(), StandardCharsets.UTF_8))
                .toList();
    }

    private static List<String> fates(Answer answer) {
        return answer.body().path("results").findValuesAsText("result");
    }

    @Test
    void a_stream_lives() throws Exception {
        server.stream("life", ", \"partitions\": 2, \"retentionHours\": 5");
        JsonNode made = server.get("/api/v1/event-streams/life").body();
        assertThat(made.path("topic").asText()).isEqualTo("fjord.stream.default.life");
        assertThat(made.at("/counts/partitions")).hasSize(2);

        assertThat(server.wish("POST", "/api/v1/event-streams", "{\"name\": \"life\"}")
                        .problem())
                .isEqualTo("event-stream-already-exists");
        assertThat(server.wish("PUT", "/api/v1/event-streams/life", "{\"partitions\": 1}")
                        .problem())
                .isEqualTo("event-stream-partitions-kept");
        assertThat(server.wish("PUT", "/api/v1/event-streams/life", "{\"partitions\": 4}")
                        .status())
                .isEqualTo(200);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> server.get("/api/v1/event-streams/life")
                                .body()
                                .at("/counts/partitions")
                                .size()
                        == 4);

        assertThat(server.produce("life", JSON, "{\"a\": 1}").status()).isEqualTo(202);
        assertThat(server.wish("DELETE", "/api/v1/event-streams/life", null).status())
                .isEqualTo(204);
        assertThat(server.get("/api/v1/event-streams/life").problem()).isEqualTo("event-stream-not-found");
        server.stream("life", "");
        JsonNode again = server.get("/api/v1/event-streams/life").body();
        assertThat(again.path("id")).isEqualTo(made.path("id"));
        assertThat(again.at("/counts/produced").asLong()).isZero();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> server.produce("life", JSON, "{\"a\": 1}").status() == 202);
        assertThat(server.get("/api/v1/event-streams/life/history")
                        .body()
                        .path("items")
                        .findValuesAsText("type"))
                .startsWith(
                        "fjord.ingest.event-stream.EventStreamCreated.v1",
                        "fjord.ingest.event-stream.EventStreamReady.v1",
                        "fjord.ingest.event-stream.EventStreamChanged.v1");
    }

    @Test
    void who_may_not_does_not_and_sees_nothing() throws Exception {
        server.stream("hidden-one", "");
        server.stream("open-one", "");
        assertThat(server.call("user:reader", "GET", "/api/v1/event-streams", null)
                        .body()
                        .path("items")
                        .findValuesAsText("name"))
                .contains("open-one")
                .doesNotContain("hidden-one");
        assertThat(server.call("user:reader", "GET", "/api/v1/event-streams/hidden-one", null)
                        .status())
                .isEqualTo(403);
        assertThat(server.call(
                                "user:reader",
                                "POST",
                                "/api/v1/event-streams/open-one/events",
                                "{}".getBytes(StandardCharsets.UTF_8),
                                "Content-Type",
                                JSON)
                        .status())
                .isEqualTo(403);
        assertThat(server.call("user:writer", "GET", "/api/v1/event-streams/open-one/dead-letters", null)
                        .status())
                .isEqualTo(403);
        assertThat(server.records(IngestServer.topic("open-one"))).isEmpty();
    }

    @Test
    void schemas_have_versions_that_fit() throws Exception {
        assertThat(register("order", ORDER, "BACKWARD").status()).isEqualTo(201);
        String wider = ORDER.replace("\"amount\"", "\"note\": {\"type\": \"string\"}, \"amount\"");
        assertThat(register("order", wider, "BACKWARD").body().path("versions")).hasSize(2);
        Answer narrower = register("order", ORDER.replace("[\"orderId\"]", "[\"orderId\", \"amount\"]"), "BACKWARD");
        assertThat(narrower.status()).isEqualTo(409);
        assertThat(narrower.problem()).isEqualTo("schema-incompatible");
        assertThat(narrower.body().path("errors").toString()).contains("'/amount' is required, and was not");
        assertThat(register("order", "{\"type\": 7}", "BACKWARD").problem()).isEqualTo("schema-unreadable");
        assertThat(server.wish("PUT", "/api/v1/schemas/order", "{\"compatibility\": \"NONE\"}")
                        .status())
                .isEqualTo(200);
        assertThat(server.wish(
                                "POST",
                                "/api/v1/event-streams",
                                "{\"name\": \"no-schema\", \"schema\": {\"subject\": \"order\", \"version\": 9}}")
                        .problem())
                .isEqualTo("schema-not-found");
        assertThat(server.wish("DELETE", "/api/v1/schemas/order", null).status())
                .isEqualTo(204);
        assertThat(server.get("/api/v1/schemas/order").status()).isEqualTo(404);
    }

    @Test
    void events_come_in_every_way_and_lie_there_as_cloud_events() throws Exception {
        server.stream("ways", ", \"partitions\": 1");
        assertThat(server.produce("ways", JSON, "{\"n\": 1}")
                        .body()
                        .path("accepted")
                        .asInt())
                .isEqualTo(1);
        assertThat(fates(server.produce("ways", JSON, " [ {\"n\": 2} , {\"n\": \"a,]}\\\"\"}, 3 ] ")))
                .containsExactly("accepted", "accepted", "accepted");
        assertThat(fates(server.produce("ways", LINES, "{\"n\": 4}\r\n\n{\"n\": 5}")))
                .hasSize(2);
        assertThat(server.produce(
                                "ways",
                                "application/cloudevents+json",
                                "{\"specversion\": \"1.0\", \"id\": \"e-1\", \"source\": \"/shop\", \"type\": \"order\","
                                        + " \"data\" : { \"n\" : 6 } , \"subject\": \"s\"}")
                        .status())
                .isEqualTo(202);
        assertThat(server.produce(
                                "ways",
                                JSON,
                                "{\"n\": 7}",
                                "ce-specversion",
                                "1.0",
                                "ce-id",
                                "e%20%C3%A4",
                                "ce-source",
                                "/shop",
                                "ce-type",
                                "order")
                        .status())
                .isEqualTo(202);
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write("[{\"n\": 8}]".getBytes(StandardCharsets.UTF_8));
        }
        assertThat(server.produce("ways", JSON, packed.toByteArray(), "Content-Encoding", "gzip")
                        .status())
                .isEqualTo(202);
        assertThat(server.produce("ways", JSON, "nothing packed", "Content-Encoding", "gzip")
                        .problem())
                .isEqualTo("body-not-unpacked");
        assertThat(server.produce("ways", "text/csv", "a,b").problem()).isEqualTo("unsupported-media-type");

        List<Lying> records = server.records(IngestServer.topic("ways"));
        assertThat(values(records))
                .containsExactly(
                        "{\"n\": 1}",
                        "{\"n\": 2}",
                        "{\"n\": \"a,]}\\\"\"}",
                        "3",
                        "{\"n\": 4}",
                        "{\"n\": 5}",
                        "{ \"n\" : 6 }",
                        "{\"n\": 7}",
                        "{\"n\": 8}");
        assertThat(records.get(6).headers())
                .containsEntry("ce_id", "e-1")
                .containsEntry("ce_source", "/shop")
                .containsEntry("ce_subject", "s")
                .containsEntry("content-type", JSON);
        assertThat(records.get(6).key()).isEqualTo("s");
        assertThat(records.get(7).headers()).containsEntry("ce_id", "e ä");
        assertThat(records)
                .allSatisfy(record -> assertThat(record.headers())
                        .containsKeys("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"));
    }

    @Test
    void the_official_client_is_understood() throws Exception {
        server.stream("official", ", \"partitions\": 1");
        CloudEvent event = CloudEventBuilder.v1()
                .withId("o-1")
                .withSource(URI.create("/official"))
                .withType("test")
                .withTime(OffsetDateTime.parse("2026-11-22T09:00:00Z"))
                .withExtension("partitionkey", "k")
                .withData(JSON, "{\"official\": true}".getBytes(StandardCharsets.UTF_8))
                .build();
        List<String> headers = new ArrayList<>();
        byte[][] body = new byte[1][];
        HttpMessageFactory.createWriter(
                        (name, value) -> {
                            if (!name.equalsIgnoreCase("content-type")) {
                                headers.add(name);
                                headers.add(value);
                            }
                        },
                        bytes -> body[0] = bytes)
                .writeBinary(event);
        assertThat(fates(server.produce("official", JSON, body[0], headers.toArray(String[]::new))))
                .containsExactly("accepted");
        byte[] structured = EventFormatProvider.getInstance()
                .resolveFormat(JsonFormat.CONTENT_TYPE)
                .serialize(event);
        assertThat(fates(server.produce("official", JsonFormat.CONTENT_TYPE, structured)))
                .containsExactly("duplicate");
        Lying record = server.records(IngestServer.topic("official")).get(0);
        assertThat(record.headers())
                .containsEntry("ce_time", "2026-11-22T09:00:00Z")
                .containsEntry("ce_partitionkey", "k");
        assertThat(record.key()).isEqualTo("k");
    }

    @Test
    void one_wrong_event_keeps_no_other_out_and_none_is_lost() throws Exception {
        server.stream("partial", ", \"partitions\": 1");
        byte[] broken = "{\"n\": \"?\"}".getBytes(StandardCharsets.UTF_8);
        broken[7] = (byte) 0xff;
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        lines.writeBytes("{\"n\": 1}\n{\"n\": 1, \"n\": 2}\nnot json\n".getBytes(StandardCharsets.UTF_8));
        lines.writeBytes(broken);
        lines.writeBytes(("\n" + "[".repeat(150) + "]".repeat(150) + "\n").getBytes(StandardCharsets.UTF_8));
        lines.writeBytes(("\"" + "x".repeat(1 << 20) + "\"\n").getBytes(StandardCharsets.UTF_8));
        lines.writeBytes("{\"n\": 2}".getBytes(StandardCharsets.UTF_8));
        Answer answer = server.produce("partial", LINES, lines.toByteArray());
        assertThat(answer.status()).isEqualTo(202);
        assertThat(fates(answer))
                .containsExactly(
                        "accepted",
                        "dead-lettered",
                        "dead-lettered",
                        "dead-lettered",
                        "dead-lettered",
                        "dead-lettered",
                        "accepted");
        assertThat(answer.body().at("/results/5/problem/type").asText()).isEqualTo("/problems/event-too-large");
        assertThat(values(server.records(IngestServer.topic("partial")))).containsExactly("{\"n\": 1}", "{\"n\": 2}");
        assertThat(server.records(IngestServer.dead("partial")))
                .hasSize(5)
                .allSatisfy(record -> assertThat(record.headers())
                        .containsKey("fjord-problem")
                        .containsEntry("fjord-actor", "user:writer"));

        Answer alone = server.produce("partial", JSON, "{\"n\": ");
        assertThat(alone.status()).isEqualTo(422);
        assertThat(alone.body().path("detail").asText()).contains("kept as dead letter 0-5");
        Answer array = server.produce("partial", JSON, "[{\"n\": 3}, {\"n\": }, {\"n\": 4}");
        assertThat(fates(array)).containsExactly("accepted", "dead-lettered", "dead-lettered");
        assertThat(server.produce("partial", BATCH, "[{\"specversion\": \"1.0\"}, {}]")
                        .problem())
                .isEqualTo("events-refused");
        assertThat(server.get("/api/v1/event-streams/partial")
                        .body()
                        .at("/counts/deadLetters")
                        .asLong())
                .isEqualTo(10);
    }

    @Test
    void data_is_held_to_the_schema_and_dead_letters_come_back() throws Exception {
        register("item", ORDER, "BACKWARD");
        String schema =
                ", \"schema\": {\"subject\": \"item\", \"version\": 1}, \"key\": \"/orderId\", \"partitions\": 1";
        server.stream("strict", schema);
        Answer answer = server.produce(
                "strict",
                JSON,
                "[{\"orderId\": \"a\", \"amount\": 1.5}, {\"orderId\": 7}, {\"amount\": 1}, {\"orderId\": \"b\", \"colour\": 1}]");
        assertThat(fates(answer)).containsExactly("accepted", "dead-lettered", "dead-lettered", "dead-lettered");
        assertThat(answer.body().at("/results/3/problem/errors/0/pointer").asText())
                .isEqualTo("/colour");
        assertThat(server.records(IngestServer.topic("strict")).get(0).key()).isEqualTo("a");
        JsonNode letters =
                server.get("/api/v1/event-streams/strict/dead-letters").body().path("items");
        assertThat(letters).hasSize(3);
        assertThat(letters.at("/0/text").asText()).isEqualTo("{\"orderId\": \"b\", \"colour\": 1}");
        assertThat(letters.at("/0/actor").asText()).isEqualTo("user:writer");

        String replay = "/api/v1/event-streams/strict/dead-letters/"
                + letters.at("/0/id").asText() + "/replay";
        assertThat(server.wish("POST", replay, null).problem()).isEqualTo("event-invalid");
        server.wish("PUT", "/api/v1/event-streams/strict", "{\"evolution\": \"EVOLVE\"" + schema + "}");
        await().atMost(Duration.ofSeconds(20))
                .until(() -> server.wish("POST", replay, null).status() == 202);
        assertThat(fates(server.wish("POST", replay, null))).containsExactly("duplicate");
        assertThat(values(server.records(IngestServer.topic("strict")))).hasSize(2);

        server.stream("forgetful", schema + ", \"deadLetters\": \"REFUSE\"");
        assertThat(server.produce("forgetful", JSON, "{\"orderId\": 7}").status())
                .isEqualTo(422);
        assertThat(server.records(IngestServer.dead("forgetful"))).isEmpty();
    }

    @Test
    void the_same_event_is_there_once() throws Exception {
        server.stream("once", ", \"partitions\": 3");
        String event = "{\"specversion\": \"1.0\", \"id\": \"%s\", \"source\": \"/s\", \"type\": \"t\", \"data\": %s}";
        assertThat(fates(server.produce(
                        "once", BATCH, "[" + event.formatted("1", 1) + "," + event.formatted("1", 1) + "]")))
                .containsExactly("accepted", "duplicate");
        assertThat(fates(server.produce(
                        "once", BATCH, "[" + event.formatted("1", 1) + "," + event.formatted("2", 2) + "]")))
                .containsExactly("duplicate", "accepted");
        assertThat(server.produce("once", "application/cloudevents+json", event.formatted("1", 5))
                        .problem())
                .isEqualTo("event-differs");
        assertThat(fates(server.produce("once", JSON, "[1, 2]", "Idempotency-Key", "k")))
                .containsExactly("accepted", "accepted");
        assertThat(fates(server.produce("once", JSON, "[1, 2]", "Idempotency-Key", "k")))
                .containsExactly("duplicate", "duplicate");
        assertThat(fates(server.produce("once", JSON, "[1, 2]", "Idempotency-Key", "l")))
                .containsExactly("accepted", "accepted");

        // At once.
        ExecutorService many = Executors.newFixedThreadPool(8);
        List<Future<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            String body = event.formatted("same-" + i % 4, i % 4);
            answers.add(many.submit(() -> server.produce("once", "application/cloudevents+json", body)));
        }
        int accepted = 0;
        for (Future<Answer> answer : answers) {
            assertThat(answer.get(30, TimeUnit.SECONDS).status()).isEqualTo(202);
            accepted += answer.get().body().path("accepted").asInt();
        }
        many.shutdown();
        assertThat(accepted).isEqualTo(4);
        assertThat(server.records(IngestServer.topic("once"))).hasSize(2 + 4 + 4);
    }

    @Test
    void who_is_over_the_quota_is_told_how_long_and_others_go_on() throws Exception {
        server.stream("limited", ", \"quota\": {\"eventsPerSecond\": 10}");
        String hundred = "[" + "1,".repeat(99) + "1]";
        assertThat(server.produce("limited", JSON, hundred).status()).isEqualTo(202);
        Answer over = server.produce("limited", JSON, "1");
        assertThat(over.status()).isEqualTo(429);
        assertThat(over.problem()).isEqualTo("producer-quota-exceeded");
        assertThat(over.response().headers().firstValueAsLong("Retry-After").orElse(0))
                .isBetween(8L, 10L);
        assertThat(server.call(
                                "user:operator",
                                "POST",
                                "/api/v1/event-streams/limited/events",
                                "1".getBytes(StandardCharsets.UTF_8),
                                "Content-Type",
                                JSON)
                        .status())
                .isEqualTo(202);
        assertThat(server.records(IngestServer.topic("limited"))).hasSize(101);
    }

    @Test
    void who_produced_how_much_is_told() throws Exception {
        server.stream("told", "");
        server.produce("told", JSON, "[1, 2, 3]");
        server.produce("told", JSON, "[4, {]");
        List<JsonNode> seen = new ArrayList<>();
        ObservationReader reader = new ObservationReader(
                        server.vertx(),
                        server.kafka(),
                        "test.told",
                        IngestVerticle.SERVICE,
                        "fjord.ingest.event-stream.EventsProduced.v1",
                        events -> {
                            events.forEach(event -> {
                                if (event.subject().name().equals("told")) {
                                    assertThat(event.actor()).isEqualTo("user:writer");
                                    seen.add(tree(event.data()));
                                }
                            });
                            return io.vertx.core.Future.succeededFuture();
                        })
                .start();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> seen.stream()
                                .mapToLong(one -> one.path("accepted").asLong())
                                .sum()
                        == 4);
        IngestServer.done(reader.stop());
        assertThat(seen.stream().mapToLong(one -> one.path("requests").asLong()).sum())
                .isEqualTo(2);
        assertThat(seen.stream()
                        .mapToLong(one -> one.path("deadLettered").asLong())
                        .sum())
                .isEqualTo(1);
    }

    private static JsonNode tree(byte[] data) {
        try {
            return Json.MAPPER.readTree(data);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_producer_that_stays_has_credit() throws Exception {
        server.stream("socket", ", \"partitions\": 1");
        assertThat(server.get("/api/v1/event-streams/socket/producer").status()).isEqualTo(426);
        BlockingQueue<JsonNode> frames = new LinkedBlockingQueue<>();
        AtomicInteger closed = new AtomicInteger();
        ClientWebSocket socket = server.vertx().createWebSocketClient().webSocket();
        socket.closeHandler(ended -> closed.set(socket.closeStatusCode()));
        // Before it connects: the first frame comes at once.
        socket.textMessageHandler(text -> frames.add(tree(text.getBytes(StandardCharsets.UTF_8))));
        IngestServer.done(socket.connect(new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(server.base().getPort())
                .setURI("/api/v1/event-streams/socket/producer")
                .addHeader("Authorization", "user:writer")));
        JsonNode first = frames.poll(20, TimeUnit.SECONDS);
        assertThat(first.path("type").asText()).isEqualTo("credit");
        int credit = first.path("credit").asInt();
        for (int i = 0; i < 50; i++) {
            if (credit == 0) {
                JsonNode frame = frames.poll(20, TimeUnit.SECONDS);
                assertThat(frame.path("accepted").asInt()).isEqualTo(2);
                credit += frame.path("credit").asInt();
            }
            credit--;
            IngestServer.done(socket.writeTextMessage("{\"sequence\": " + i + ", \"events\": [" + i + ", \"]}\"]}"));
        }
        await().atMost(Duration.ofSeconds(20))
                .until(() -> server.records(IngestServer.topic("socket")).size() == 100);
        IngestServer.done(socket.writeTextMessage(
                "{\"sequence\": 99, \"contentType\": \"application/cloudevents-batch+json\", \"events\": [{}]}"));
        await().atMost(Duration.ofSeconds(20))
                .until(() -> frames.stream()
                        .anyMatch(frame -> frame.path("sequence").asInt() == 99
                                && frame.at("/results/0/result").asText().equals("dead-lettered")));
        IngestServer.done(socket.writeTextMessage("what is this"));
        await().atMost(Duration.ofSeconds(20)).until(() -> closed.get() == 1002);
    }

    @Test
    void where_memory_is_short_the_stream_says_how_far_back_it_knows() throws Exception {
        server.undeploy();
        server.deploy(100_000);
        server.stream("narrow", "");
        Answer last = null;
        for (int i = 0; i < 10; i++) {
            last = server.produce("narrow", BATCH, narrow(i));
            assertThat(last.status()).isEqualTo(202);
        }
        assertThat(last.body().has("deduplicatedSince")).isTrue();
        assertThat(server.get("/api/v1/event-streams/narrow").body().has("deduplicatedSince"))
                .isTrue();
        assertThat(server.produce("narrow", BATCH, narrow(9))
                        .body()
                        .path("duplicates")
                        .asInt())
                .isEqualTo(500);

        server.undeploy();
        server.deploy();
        Answer again = server.produce("narrow", BATCH, narrow(0));
        assertThat(again.body().path("duplicates").asInt()).isEqualTo(500);
        assertThat(again.body().has("deduplicatedSince")).isFalse();
        assertThat(server.get("/api/v1/event-streams/narrow").body().has("deduplicatedSince"))
                .isFalse();
    }

    private static String narrow(int batch) {
        return IntStream.range(500 * batch, 500 * (batch + 1))
                .mapToObj(i -> "{\"specversion\": \"1.0\", \"id\": \"n-" + i
                        + "\", \"source\": \"/n\", \"type\": \"t\", \"data\": 1}")
                .collect(Collectors.joining(",", "[", "]"));
    }

    /** The service goes and comes again under a load that repeats what it got no answer to. */
    @Test
    void what_is_acknowledged_is_there_once_through_restarts() throws Exception {
        server.stream("restarts", ", \"partitions\": 3");
        Set<String> acknowledged = ConcurrentHashMap.newKeySet();
        AtomicBoolean more = new AtomicBoolean(true);
        AtomicInteger number = new AtomicInteger();
        ExecutorService producers = Executors.newFixedThreadPool(4);
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            running.add(producers.submit(() -> {
                while (more.get()) {
                    List<String> ids = new ArrayList<>();
                    StringBuilder batch = new StringBuilder("[");
                    for (int j = 0; j < 20; j++) {
                        String id = "r-" + number.incrementAndGet();
                        ids.add(id);
                        batch.append(j == 0 ? "" : ",")
                                .append("{\"specversion\": \"1.0\", \"id\": \"" + id
                                        + "\", \"source\": \"/r\", \"type\": \"t\", \"data\": \"" + id + "\"}");
                    }
                    untilTaken(batch.append("]").toString());
                    acknowledged.addAll(ids);
                }
            }));
        }
        for (int restarts = 1; restarts <= 3; restarts++) {
            int before = acknowledged.size();
            await().atMost(Duration.ofSeconds(30)).until(() -> acknowledged.size() > before + 200);
            server.undeploy();
            server.deploy();
        }
        int before = acknowledged.size();
        await().atMost(Duration.ofSeconds(30)).until(() -> acknowledged.size() > before + 200);
        more.set(false);
        for (Future<?> one : running) {
            one.get(60, TimeUnit.SECONDS);
        }
        producers.shutdown();
        List<String> there = server.records(IngestServer.topic("restarts")).stream()
                .map(record -> record.headers().get("ce_id"))
                .toList();
        assertThat(new HashSet<>(there)).hasSameSizeAs(there);
        assertThat(there).containsAll(acknowledged);
        assertThat(acknowledged).hasSameSizeAs(there.stream().collect(Collectors.toSet()));
    }

    /** Both are asked all the time, what got no answer and what did once more; and the one that takes is killed. */
    @Test
    void of_two_one_takes_events_and_none_is_there_twice_when_it_is_killed() throws Exception {
        server.stream("two", ", \"partitions\": 3");
        server.undeploy();
        TestProcess other = server.another();
        try {
            await().atMost(Duration.ofSeconds(60)).until(() -> !server.holder().isEmpty());
            URI there = URI.create(server.holder());
            server.deploy();
            assertThat(server.holder()).isEqualTo(there.toString());
            Answer passedOn = server.produce("two", BATCH, two(0, 20));
            assertThat(passedOn.body().path("accepted").asInt()).isEqualTo(20);
            assertThat(server.produceAt(there, "two", BATCH, two(0, 20).getBytes(StandardCharsets.UTF_8))
                            .body()
                            .path("duplicates")
                            .asInt())
                    .isEqualTo(20);
            assertThat(server.produce("two", BATCH, "[{}]").problem()).isEqualTo("event-invalid");
            assertThat(server.produce("none", BATCH, two(0, 1)).status()).isEqualTo(404);

            AtomicBoolean more = new AtomicBoolean(true);
            AtomicInteger number = new AtomicInteger(1);
            Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
            ExecutorService producers = Executors.newFixedThreadPool(4);
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                boolean direct = i % 2 == 0;
                running.add(producers.submit(() -> {
                    while (more.get()) {
                        int batch = number.getAndIncrement();
                        URI first = direct && other.isAlive() ? there : server.base();
                        untilTaken(() -> server.produceAt(
                                other.isAlive() ? first : server.base(),
                                "two",
                                BATCH,
                                two(20 * batch, 20).getBytes(StandardCharsets.UTF_8)));
                        // Once more, by the other way.
                        untilTaken(() -> server.produce("two", BATCH, two(20 * batch, 20)));
                        acknowledged.add(batch);
                    }
                }));
            }
            await().atMost(Duration.ofSeconds(30)).until(() -> acknowledged.size() > 20);
            other.kill();
            int before = acknowledged.size();
            await().atMost(Duration.ofSeconds(60)).until(() -> acknowledged.size() > before + 20);
            more.set(false);
            for (Future<?> one : running) {
                one.get(60, TimeUnit.SECONDS);
            }
            producers.shutdown();
            List<String> ids = server.records(IngestServer.topic("two")).stream()
                    .map(record -> record.headers().get("ce_id"))
                    .toList();
            assertThat(new HashSet<>(ids)).hasSameSizeAs(ids).hasSize(20 * number.get());
            assertThat(server.holder()).isEqualTo(server.base().toString());
        } finally {
            other.kill();
        }
    }

    private static String two(int from, int count) {
        return IntStream.range(from, from + count)
                .mapToObj(i -> "{\"specversion\": \"1.0\", \"id\": \"t-" + i
                        + "\", \"source\": \"/t\", \"type\": \"t\", \"data\": " + i + "}")
                .collect(Collectors.joining(",", "[", "]"));
    }

    /** As another process reads the journal, later than the one that has made the topic anew. */
    @Test
    void a_stream_made_anew_is_not_deleted_by_who_reads_late_that_it_was() throws Exception {
        server.stream("again", "");
        server.wish("DELETE", "/api/v1/event-streams/again", null);
        server.stream("again", "");
        assertThat(server.produce("again", BATCH, two(0, 5)).status()).isEqualTo(202);
        StreamPreparation late = server.preparation();
        for (EventEnvelope<String> event : server.journal("again")) {
            var unused = IngestServer.done(late.on(event.with(event.data().getBytes(StandardCharsets.UTF_8))));
        }
        assertThat(server.records(IngestServer.topic("again"))).hasSize(5);
        assertThat(server.produce("again", BATCH, two(5, 5)).status()).isEqualTo(202);
    }

    /** Where it was made anew before who read the deletion first came to it, and has found the topics it had. */
    @Test
    void a_deletion_takes_the_topics_it_names_also_when_there_is_such_a_stream_again() throws Exception {
        server.stream("gone", "");
        server.wish("DELETE", "/api/v1/event-streams/gone", null);
        server.stream("gone", "");
        List<EventEnvelope<String>> all = server.journal("gone");
        EventEnvelope<String> deleted = last(all, "EventStreamDeleted");
        String naming = last(all, "EventStreamReady").data();
        assertThat(naming).contains("\"topics\":[");
        assertThat(server.get("/api/v1/event-streams/gone").body().at("/counts/partitions"))
                .isNotEmpty();
        var unused = IngestServer.done(server.preparation().on(deleted.with(naming.getBytes(StandardCharsets.UTF_8))));
        await().atMost(Duration.ofSeconds(20))
                .until(() -> server.get("/api/v1/event-streams/gone")
                        .body()
                        .at("/counts/partitions")
                        .isEmpty());
    }

    private static EventEnvelope<String> last(List<EventEnvelope<String>> events, String type) {
        return events.stream()
                .filter(event -> event.type().contains("." + type + "."))
                .reduce((before, after) -> after)
                .orElseThrow();
    }

    private interface Producing {
        Answer ask() throws Exception;
    }

    private void untilTaken(String batch) {
        untilTaken(() -> server.produce("restarts", BATCH, batch));
    }

    private void untilTaken(Producing producing) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> {
                    try {
                        Answer answer = producing.ask();
                        return answer.status() == 202
                                && answer.body().path("notAcknowledged").asInt() == 0;
                    } catch (IOException e) {
                        return false;
                    }
                });
    }
}
