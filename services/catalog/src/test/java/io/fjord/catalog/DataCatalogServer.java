package io.fjord.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.catalog.hive.HiveFollower;
import io.fjord.catalog.iceberg.ObjectStorage;
import io.fjord.codec.CapturedChanges;
import io.fjord.codec.Json;
import io.fjord.codec.KafkaMessages;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Topics;
import io.fjord.contract.iam.grant.GrantEvent.GrantMade;
import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.KafkaBroker;
import io.fjord.embedded.ObjectStore;
import io.fjord.platform.access.AccessRules;
import io.fjord.platform.access.CommandGuard;
import io.fjord.platform.http.Actor;
import io.fjord.platform.http.ClientAddress;
import io.fjord.platform.http.Doorkeeper;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.TopicSetup;
import io.fjord.platform.kafka.TopicSpec;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlMetastore;
import io.fjord.testing.JournalRelay;
import io.fjord.testing.TestServers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.iceberg.rest.RESTCatalog;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** The whole catalog service with a broker, a database and an object store of its own; whoever calls says who they are. */
final class DataCatalogServer implements AutoCloseable {

    static final String OPERATOR = "user:operator";

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private final KafkaBroker broker = TestServers.newKafka(TestServers.newHome("kafka"));
    private final DatabaseServer server;
    private final Path home = TestServers.newHome("catalog").root();
    private final AccessRules rules = new AccessRules(
            condition -> {
                throw new IllegalArgumentException("none here");
            },
            Clock.systemUTC());
    private final Database database;
    private final SqlMetastore metastore;
    private final JournalRelay relay;
    private RESTCatalog iceberg = new RESTCatalog();
    private CatalogVerticle service;
    private String deployment;

    DataCatalogServer(DatabaseServer server) {
        this.server = server;
        broker.start();
        server.start();
        deploy();
        database = Database.open(vertx, server.address().url(), "test", 2);
        metastore = new SqlMetastore(database, CatalogVerticle.SERVICE);
        relay = new JournalRelay(vertx, metastore, broker.bootstrapServers());
        connect();
    }

    private void connect() {
        ObjectStore store = TestServers.objectStore();
        iceberg = new RESTCatalog();
        iceberg.initialize(
                "test",
                new HashMap<>(Map.of(
                        "uri",
                        "http://127.0.0.1:" + service.httpPort() + "/iceberg",
                        "token",
                        OPERATOR,
                        "warehouse",
                        "default",
                        "s3.access-key-id",
                        store.accessKey(),
                        "s3.secret-access-key",
                        store.secretKey())));
    }

    private void deploy() {
        service = new CatalogVerticle(config(), metastore -> metastore, Duration.ofSeconds(30), Duration.ofMillis(500));
        deployment = done(vertx.deployVerticle(service));
    }

    /** The service ends and comes again, at another port; tables loaded before know the old one. */
    void restart() {
        restart(() -> {});
    }

    /** As if its disk was lost: the index is made again from the beginning. */
    void restartWithoutIndex() {
        restart(() -> {
            try (var files = Files.list(home.resolve("search"))) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** As if the rows of facts were of another version: they are made again from the beginning. */
    void forgetFacts() {
        restart(() -> done(database.transaction(tx -> tx.query("DELETE FROM catalog.catalog_entry")
                .compose(ok ->
                        tx.query("UPDATE catalog.projection_position SET n = 0 WHERE projection = 'catalog.asset'")))));
    }

    private void restart(Runnable meanwhile) {
        done(vertx.undeploy(deployment));
        meanwhile.run();
        deploy();
        connect();
    }

    private CatalogConfig config() {
        ObjectStore store = TestServers.objectStore();
        return new CatalogConfig(
                        new KafkaConfig(broker.bootstrapServers()),
                        server.address().url(),
                        new ObjectStorage(
                                store.endpoint(),
                                "us-east-1",
                                store.accessKey(),
                                store.secretKey(),
                                ObjectStore.BUCKET,
                                true),
                        store.endpoint(),
                        Set.of("default"),
                        "127.0.0.1",
                        0,
                        new Doorkeeper(
                                request -> Future.succeededFuture(new Actor(
                                        request.getHeader("Authorization").substring("Bearer ".length()))),
                                rules,
                                (request, decision) -> "d",
                                ClientAddress.behind(List.of())),
                        new byte[32],
                        List.of(new CommandGuard(rules, Future::succeededFuture, (request, decision) -> "d")),
                        home.resolve("search"))
                .followingHive(true);
    }

    /** @param role one of the built-in ones */
    void grant(String actor, String role, String resources) {
        rules.apply(
                new Address("default", "grant", actor.replace(':', '-') + "-" + role),
                new GrantMade(actor, role, List.of(), List.of(resources), null, Instant.EPOCH));
    }

    record Answer(int status, HttpResponse<String> response, JsonNode body) {

        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        String problem() {
            String type = body.path("type").asText();
            return type.substring(type.lastIndexOf('/') + 1);
        }
    }

    Answer call(String actor, String method, String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + service.httpPort() + path))
                .timeout(Duration.ofSeconds(120))
                .header("Authorization", "Bearer " + actor)
                .header("Prefer", "wait=20")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        try {
            HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
            return new Answer(
                    response.statusCode(),
                    response,
                    Json.MAPPER.readTree(response.body().isEmpty() ? "null" : response.body()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    JsonNode get(String actor, String path) {
        Answer answer = call(actor, "GET", path, null);
        assertThat(answer.status()).as(path + ": " + answer.body()).isEqualTo(200);
        return answer.body();
    }

    JsonNode ok(String actor, String method, String path, String body, String... headers) {
        Answer answer = call(actor, method, path, body, headers);
        assertThat(answer.status()).as(path + ": " + answer.body()).isBetween(200, 204);
        assertThat(answer.status()).as(path + ": " + answer.body()).isNotEqualTo(202);
        return answer.body();
    }

    String refused(String actor, String method, String path, String body, String... headers) {
        Answer answer = call(actor, method, path, body, headers);
        assertThat(answer.status()).as(path + ": " + answer.body()).isGreaterThanOrEqualTo(400);
        return answer.problem();
    }

    /** What the capture of a Hive Metastore writes down. */
    void captured(CapturedChanges... records) {
        KafkaConfig kafka = new KafkaConfig(broker.bootstrapServers());
        done(TopicSetup.ensure(kafka, List.of(new TopicSpec(HiveFollower.TOPIC, 1, Map.of()))));
        try (KafkaProducer<String, byte[]> producer =
                new KafkaProducer<>(kafka.producer(), new StringSerializer(), new ByteArraySerializer())) {
            for (CapturedChanges record : records) {
                producer.send(new ProducerRecord<>(HiveFollower.TOPIC, 0, null, Json.bytes(record)))
                        .get();
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What was observed of one thing so far, oldest first. */
    List<EventEnvelope<byte[]>> observed(Address subject) {
        List<EventEnvelope<byte[]>> seen = new ArrayList<>();
        Map<String, Object> settings = new KafkaConfig(broker.bootstrapServers()).consumer();
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.partitionsFor(Topics.observations(CatalogVerticle.SERVICE)).stream()
                            .map(one -> new TopicPartition(one.topic(), one.partition()))
                            .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    EventEnvelope<byte[]> event = KafkaMessages.event(record);
                    if (event.subject().equals(subject)) {
                        seen.add(event);
                    }
                }
            }
        }
        return seen;
    }

    RESTCatalog iceberg() {
        return iceberg;
    }

    SqlMetastore metastore() {
        return metastore;
    }

    Database database() {
        return database;
    }

    Path home() {
        return home;
    }

    <T> T done(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(300, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            iceberg.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        relay.close();
        done(database.close());
        done(vertx.close());
        broker.kill();
        server.stop();
    }
}
