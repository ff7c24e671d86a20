package io.fjord.sql;

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
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.TopicSetup;
import io.fjord.platform.kafka.TopicSpec;
import io.fjord.sql.cluster.Clusters;
import io.fjord.testing.TestServers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Core's journal and its topic, written by tests; one for all of them, as positions are dense. */
final class CoreEvents implements Journals {

    private static final MessageTypes TYPES = new MessageTypes().add("core", "cluster", ClusterEvent.class);
    private static CoreEvents only;

    final KafkaConfig kafka;
    private final KafkaProducer<String, byte[]> producer;
    private final List<EventEnvelope<byte[]>> all = new ArrayList<>();
    private EventEnvelope<byte[]> awaited;
    private Promise<Void> told = Promise.promise();

    static synchronized CoreEvents open() throws Exception {
        if (only == null) {
            only = new CoreEvents();
        }
        return only;
    }

    private CoreEvents() throws Exception {
        kafka = new KafkaConfig(TestServers.kafka().bootstrapServers());
        TopicSetup.ensure(kafka, List.of(TopicSpec.events("core"), TopicSpec.highWater()))
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrap(), "acks", "all"),
                new StringSerializer(),
                new ByteArraySerializer());
    }

    void created(String cluster) throws Exception {
        happened(
                cluster,
                new ClusterEvent.ClusterCreated(Ids.next(), ClusterSize.XS, "ref", null, Instant.now(), null, null));
        happened(cluster, new ClusterEvent.ClusterStarting(1, 1, Instant.now(), Instant.now(), "created"));
    }

    void running(String cluster, long generation, String flight) throws Exception {
        happened(cluster, runs(generation, flight));
    }

    ClusterEvent runs(long generation, String flight) {
        Endpoints endpoints = new Endpoints("sc://localhost:1", "http://127.0.0.1:1", flight);
        return new ClusterEvent.ClusterRunning(generation, 1, endpoints, Instant.now());
    }

    void stopped(String cluster, long generation) throws Exception {
        happened(cluster, new ClusterEvent.ClusterStopping(generation, "requested", Instant.now()));
        happened(cluster, new ClusterEvent.ClusterStopped(generation));
    }

    synchronized void happened(String cluster, ClusterEvent event) throws Exception {
        deliver(recorded(cluster, event));
    }

    /** Core has it in its journal, and it is on its way. */
    synchronized EventEnvelope<byte[]> recorded(String cluster, ClusterEvent event) {
        Address subject = Clusters.address("default", cluster);
        EventEnvelope<byte[]> envelope = new EventEnvelope<>(
                Ids.next(),
                TYPES.typeOf(event),
                "core",
                Instant.now(),
                subject,
                new Position(1, all.size() + 1),
                1L,
                "platform",
                Ids.next(),
                null,
                null,
                null,
                null,
                null,
                Json.bytes(event));
        all.add(envelope);
        return envelope;
    }

    synchronized void deliver(EventEnvelope<byte[]> envelope) throws Exception {
        producer.send(KafkaMessages.toRecord(Topics.events("core"), 0, envelope))
                .get(30, TimeUnit.SECONDS);
    }

    /** Completes when somebody hears of it from the journal. */
    synchronized Future<Void> told(EventEnvelope<byte[]> event) {
        awaited = event;
        told = Promise.promise();
        return told.future();
    }

    @Override
    public synchronized Future<List<EventEnvelope<byte[]>>> after(String service, Position position, int limit) {
        List<EventEnvelope<byte[]>> page = all.stream()
                .filter(event -> event.position().isAfter(position))
                .limit(limit)
                .toList();
        if (awaited != null && page.contains(awaited)) {
            told.tryComplete();
        }
        return Future.succeededFuture(page);
    }
}
