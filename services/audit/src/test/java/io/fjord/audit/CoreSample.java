package io.fjord.audit;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import io.fjord.codec.KafkaMessages;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Outcome;
import io.fjord.contract.Position;
import io.fjord.contract.Topics;
import io.fjord.kernel.Ids;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** A service as audit sees it: what it puts on its topics, and its journal over HTTP. */
final class CoreSample implements AutoCloseable {

    final String service;
    final List<EventEnvelope<byte[]>> journal = new CopyOnWriteArrayList<>();
    /** What else the gateway answers, by path. */
    final Map<String, String> served = new ConcurrentHashMap<>();

    private final KafkaProducer<String, byte[]> producer;
    private final HttpServer server;

    CoreSample(Vertx vertx, String kafka, String service) throws Exception {
        this.service = service;
        this.producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka, "acks", "all"), new StringSerializer(), new ByteArraySerializer());
        this.server = vertx.createHttpServer()
                .requestHandler(request -> {
                    String other = served.get(request.path());
                    if (other != null || !request.path().equals("/api/v1/events")) {
                        request.response()
                                .setStatusCode(other == null ? 404 : 200)
                                .end(other == null ? "{}" : other);
                        return;
                    }
                    Position from = Position.parse(request.getParam("from", "1:0"));
                    int limit = Integer.parseInt(request.getParam("limit", "1000"));
                    request.response().end(page(from, limit));
                })
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get();
    }

    URI gateway() {
        return URI.create("http://127.0.0.1:" + server.actualPort());
    }

    static CommandEnvelope<byte[]> command(String subject, String data) {
        return command("fjord.core.cluster.CreateCluster.v1", subject, data);
    }

    static CommandEnvelope<byte[]> command(String type, String subject, String data) {
        String id = Ids.next();
        return new CommandEnvelope<>(
                id,
                type,
                "core",
                Instant.now(),
                Address.parse(subject),
                "user:anna",
                id,
                null,
                null,
                null,
                data.getBytes(StandardCharsets.UTF_8));
    }

    void send(CommandEnvelope<byte[]> command) throws ExecutionException, InterruptedException {
        producer.send(KafkaMessages.toRecord(Topics.commands(service), command)).get();
    }

    void sendRaw(ProducerRecord<String, byte[]> record) throws ExecutionException, InterruptedException {
        producer.send(record).get();
    }

    /** Into the journal alone. */
    EventEnvelope<byte[]> happened(
            Position position, String name, CommandEnvelope<byte[]> command, @Nullable Outcome outcome) {
        return happened(position, name, command.subject().toString(), command.actor(), command.id(), outcome);
    }

    EventEnvelope<byte[]> happened(
            Position position,
            String name,
            String subject,
            String actor,
            @Nullable String commandId,
            @Nullable Outcome outcome) {
        EventEnvelope<byte[]> event = new EventEnvelope<>(
                Ids.next(),
                "fjord.core.cluster." + name + ".v1",
                service,
                Instant.parse("2026-11-21T10:00:00Z").plusSeconds(position.n()),
                Address.parse(subject),
                position,
                position.n(),
                actor,
                commandId == null ? "c-" + position : commandId,
                null,
                commandId,
                outcome,
                null,
                null,
                ("{\"size\":\"S\",\"at\":\"" + position + "\"}").getBytes(StandardCharsets.UTF_8));
        journal.add(event);
        return event;
    }

    /** Of any type. */
    EventEnvelope<byte[]> happened(Position position, String type, String subject, String actor, String data) {
        EventEnvelope<byte[]> event = new EventEnvelope<>(
                Ids.next(),
                type,
                service,
                Instant.parse("2026-11-21T10:00:00Z").plusSeconds(position.n()),
                Address.parse(subject),
                position,
                position.n(),
                actor,
                "c-" + position,
                null,
                null,
                null,
                null,
                null,
                data.getBytes(StandardCharsets.UTF_8));
        journal.add(event);
        return event;
    }

    /** Onto the topic, as the relay does. */
    void relay(EventEnvelope<byte[]> event) throws ExecutionException, InterruptedException {
        producer.send(KafkaMessages.toRecord(Topics.events(service), 0, event)).get();
    }

    private Buffer page(Position from, int limit) {
        ObjectNode page = Json.MAPPER.createObjectNode();
        ArrayNode events = page.putArray("events");
        journal.stream()
                .filter(event -> event.position().isAfter(from))
                .sorted((a, b) -> a.position().compareTo(b.position()))
                .limit(limit)
                .forEach(event -> events.add(cloudEvent(event)));
        return Buffer.buffer(page.toString());
    }

    private static ObjectNode cloudEvent(EventEnvelope<byte[]> event) {
        try {
            ObjectNode json = Json.MAPPER
                    .createObjectNode()
                    .put("id", event.id())
                    .put("type", event.type())
                    .put("source", "/services/" + event.source())
                    .put("time", event.time().toString())
                    .put("subject", event.subject().toString())
                    .put("position", event.position().toString())
                    .put("version", String.valueOf(event.version()))
                    .put("actor", event.actor())
                    .put("correlationid", event.correlationId());
            if (event.commandId() != null) {
                json.put("commandid", event.commandId());
            }
            if (event.outcome() != null) {
                json.put("outcome", event.outcome().wire());
            }
            json.set("data", Json.MAPPER.readTree(event.data()));
            return json;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws Exception {
        producer.close();
        server.close().toCompletionStage().toCompletableFuture().get();
    }
}
