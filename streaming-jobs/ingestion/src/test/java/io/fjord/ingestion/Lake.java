package io.fjord.ingestion;

import io.fjord.catalog.CatalogConfig;
import io.fjord.catalog.CatalogVerticle;
import io.fjord.catalog.iceberg.ObjectStorage;
import io.fjord.embedded.ObjectStore;
import io.fjord.platform.http.Actor;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.testing.TestServers;
import io.fjord.testing.TestTopics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.rest.RESTCatalog;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** A real broker, the real catalog on a real database and object store, and what one looks at there. */
final class Lake implements AutoCloseable {

    static final Namespace NAMESPACE = Namespace.of("travel");

    private final Vertx vertx = Vertx.vertx();
    private final CatalogVerticle service;
    private final RESTCatalog catalog = new RESTCatalog();
    private final KafkaProducer<String, String> producer;

    Lake() throws Exception {
        var store = TestServers.objectStore();
        String kafka = TestServers.kafka().bootstrapServers();
        service = new CatalogVerticle(new CatalogConfig(
                new KafkaConfig(kafka),
                TestServers.postgres().address().url(),
                new ObjectStorage(
                        store.endpoint(), "us-east-1", store.accessKey(), store.secretKey(), ObjectStore.BUCKET, true),
                store.endpoint(),
                Set.of("default"),
                "127.0.0.1",
                0,
                request -> Future.succeededFuture(new Actor("user:operator")),
                new byte[32],
                List.of(),
                TestServers.newHome("search").root()));
        vertx.deployVerticle(service).toCompletionStage().toCompletableFuture().get(2, TimeUnit.MINUTES);
        catalog.initialize(
                "test",
                Map.of(
                        "uri",
                        gateway() + "/iceberg",
                        "warehouse",
                        "default",
                        "token",
                        "any",
                        "s3.access-key-id",
                        store.accessKey(),
                        "s3.secret-access-key",
                        store.secretKey()));
        if (!catalog.namespaceExists(NAMESPACE)) {
            catalog.createNamespace(NAMESPACE);
        }
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka, "acks", "all"), new StringSerializer(), new StringSerializer());
    }

    String gateway() {
        return "http://127.0.0.1:" + service.httpPort();
    }

    Settings settings(String workDir) {
        var store = TestServers.objectStore();
        return new Settings(
                gateway(),
                Map.of("bootstrap.servers", TestServers.kafka().bootstrapServers()),
                new Settings.ObjectStore(store.endpoint(), store.accessKey(), store.secretKey(), "us-east-1"),
                "secret",
                workDir,
                List.of("127.0.0.0/8"),
                60);
    }

    void topic(String name, int partitions) throws Exception {
        TestTopics.create(TestServers.kafka().bootstrapServers(), name, partitions);
    }

    void put(String topic, int partition, @Nullable String key, @Nullable String value) {
        var unused = producer.send(new ProducerRecord<>(topic, partition, key, value));
    }

    void flush() {
        producer.flush();
    }

    int partitions(String topic) {
        return producer.partitionsFor(topic).size();
    }

    boolean has(String table) {
        return catalog.tableExists(TableIdentifier.of(NAMESPACE, table));
    }

    Table table(String name) {
        return catalog.loadTable(TableIdentifier.of(NAMESPACE, name));
    }

    List<Record> rows(String table) {
        List<Record> all = new ArrayList<>();
        try (CloseableIterable<Record> rows = IcebergGenerics.read(table(table)).build()) {
            rows.forEach(row -> all.add(row.copy()));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return all;
    }

    List<Object> column(String table, String name) {
        return has(table) ? rows(table).stream().map(row -> row.getField(name)).toList() : List.of();
    }

    /** All of a topic's first partition. */
    List<ConsumerRecord<String, byte[]>> records(String topic) {
        List<ConsumerRecord<String, byte[]>> all = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(
                Map.<String, Object>of("bootstrap.servers", TestServers.kafka().bootstrapServers()),
                new StringDeserializer(),
                new ByteArrayDeserializer())) {
            TopicPartition first = new TopicPartition(topic, 0);
            consumer.assign(List.of(first));
            consumer.seekToBeginning(List.of(first));
            long end = consumer.endOffsets(List.of(first)).getOrDefault(first, 0L);
            while (consumer.position(first) < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(all::add);
            }
        }
        return all;
    }

    @Override
    public void close() throws Exception {
        producer.close();
        catalog.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(1, TimeUnit.MINUTES);
    }
}
