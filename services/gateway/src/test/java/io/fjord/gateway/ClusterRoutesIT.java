package io.fjord.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.codec.Json;
import io.fjord.codec.KafkaMessages;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.Topics;
import io.fjord.contract.core.cluster.ClusterEvent;
import io.fjord.contract.core.cluster.ClusterSize;
import io.fjord.contract.core.cluster.Endpoints;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Journals;
import io.fjord.platform.http.OperatorToken;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.TopicSetup;
import io.fjord.platform.kafka.TopicSpec;
import io.fjord.testing.TestServers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The routes to clusters from core's events on a real broker. */
@Timeout(120)
class ClusterRoutesIT {

    @TempDir
    static Path home;

    private static final MessageTypes TYPES = new MessageTypes().add("core", "cluster", ClusterEvent.class);
    private static final List<EventEnvelope<byte[]>> JOURNAL = new ArrayList<>();

    private static volatile Promise<Void> asked = Promise.promise();
    private static Vertx vertx;
    private static KafkaConfig kafka;
    private static KafkaProducer<String, byte[]> producer;
    private static String token;
    private static HivePeer hive;

    @BeforeAll
    static void open() {
        vertx = Vertx.vertx();
        token = OperatorToken.ensure(home.resolve("token"));
        hive = HivePeer.open(vertx);
        kafka = new KafkaConfig(TestServers.kafka().bootstrapServers());
        await(TopicSetup.ensure(kafka, List.of(TopicSpec.events("core"), TopicSpec.highWater())));
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrap(), "acks", "all"),
                new StringSerializer(),
                new ByteArraySerializer());
    }

    @AfterAll
    static void close() {
        producer.close();
        await(vertx.close());
    }

    private static EventEnvelope<byte[]> journalled(String cluster, ClusterEvent event) {
        synchronized (JOURNAL) {
            EventEnvelope<byte[]> envelope = new EventEnvelope<>(
                    Ids.next(),
                    TYPES.typeOf(event),
                    "core",
                    Instant.now(),
                    new Address("default", "cluster", cluster),
                    new Position(1, JOURNAL.size() + 1),
                    1L,
                    "platform",
                    Ids.next(),
                    null,
                    null,
                    null,
                    null,
                    null,
                    Json.bytes(event));
            JOURNAL.add(envelope);
            return envelope;
        }
    }

    private static void happened(String cluster, ClusterEvent event) throws Exception {
        relayed(journalled(cluster, event));
    }

    private static void relayed(EventEnvelope<byte[]> event) throws Exception {
        producer.send(KafkaMessages.toRecord(Topics.events("core"), 0, event)).get(30, TimeUnit.SECONDS);
    }

    private static ClusterEvent created() {
        return new ClusterEvent.ClusterCreated(Ids.next(), ClusterSize.XS, "ref", null, Instant.now(), null, null);
    }

    private static ClusterEvent running() {
        return new ClusterEvent.ClusterRunning(
                1, 1, new Endpoints("sc://localhost:1", hive.url(), "grpc://127.0.0.1:1"), Instant.now());
    }

    private static Journals journal() {
        return (service, position, limit) -> {
            asked.tryComplete();
            synchronized (JOURNAL) {
                return Future.succeededFuture(JOURNAL.stream()
                        .filter(event -> event.position().isAfter(position))
                        .limit(limit)
                        .toList());
            }
        };
    }

    private static GatewayVerticle started() {
        GatewayVerticle gateway = new GatewayVerticle(
                GatewayConfig.of("127.0.0.1", 0, Map.of()).withClusters(new GatewayConfig.Feed(kafka, journal()), ""),
                new OperatorToken(home.resolve("token")));
        await(vertx.deployVerticle(gateway));
        Awaitility.await().until(() -> status(gateway, "GET", "/health/ready") == 200);
        return gateway;
    }

    private static int status(GatewayVerticle gateway, String method, String path) throws IOException {
        try {
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + path))
                                    .header("Authorization", "Bearer " + token)
                                    .method(method, HttpRequest.BodyPublishers.ofString("x"))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What the peer says to what is no Thrift: whoever hears it got there. */
    private static final int REACHED = 400;

    private static int lakehouse(GatewayVerticle gateway, String cluster) throws IOException {
        return status(gateway, "POST", "/lakehouse/" + cluster);
    }

    @Test
    void clusters_come_and_go_with_events_and_are_known_again_after_a_restart() throws Exception {
        happened("etl", created());
        happened("etl", running());
        GatewayVerticle gateway = started();
        assertThat(lakehouse(gateway, "etl")).isEqualTo(REACHED);
        assertThat(lakehouse(gateway, "bi")).isEqualTo(404);

        happened("bi", created());
        Awaitility.await().until(() -> lakehouse(gateway, "bi") == 409);
        happened("bi", running());
        Awaitility.await().until(() -> lakehouse(gateway, "bi") == REACHED);
        happened("etl", new ClusterEvent.ClusterStopping(1, "requested", Instant.now()));
        Awaitility.await().until(() -> lakehouse(gateway, "etl") == 409);
        happened("etl", new ClusterEvent.ClusterDeleted());
        Awaitility.await().until(() -> lakehouse(gateway, "etl") == 404);

        // An event the topic never had is filled in from the journal.
        journalled("lost", running());
        happened("bi", new ClusterEvent.ClusterResized(ClusterSize.S));
        Awaitility.await().until(() -> lakehouse(gateway, "lost") == REACHED);

        GatewayVerticle again = started();
        assertThat(lakehouse(again, "bi")).isEqualTo(REACHED);
        assertThat(lakehouse(again, "lost")).isEqualTo(REACHED);
        assertThat(lakehouse(again, "etl")).isEqualTo(404);
    }

    @Test
    void a_cluster_that_core_says_runs_is_reached_though_its_event_is_still_on_its_way() throws Exception {
        happened("late", created());
        GatewayVerticle gateway = started();
        assertThat(lakehouse(gateway, "late")).isEqualTo(409);
        EventEnvelope<byte[]> runs = journalled("late", running());
        asked = Promise.promise();
        CompletableFuture<Integer> answer = CompletableFuture.supplyAsync(() -> {
            try {
                return lakehouse(gateway, "late");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        await(asked.future());
        relayed(runs);
        assertThat(answer.get(60, TimeUnit.SECONDS)).isEqualTo(REACHED);
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
