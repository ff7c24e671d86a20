package io.fjord.cdc;

import io.fjord.codec.KafkaMessages;
import io.fjord.codec.UnreadableMessage;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.Topics;
import io.fjord.platform.kafka.HighWater;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.TopicSetup;
import io.fjord.platform.kafka.TopicSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** The event topics, which nobody else writes to: their last positions, and the one producer. One caller at a time. */
final class EventTopics implements EventLog, AutoCloseable {

    private static final Duration ANSWER = Duration.ofSeconds(15);
    private static final int TAIL = 200;

    private static final int OVERHEAD = 8 << 10;

    private final KafkaConfig kafka;
    private final List<String> services;
    private final List<TopicPartition> partitions;
    private int largest = 1 << 20;
    private @Nullable Sender sender;

    /** Through which a service's records go since its topic's end was read. */
    private final Map<String, Sender> senders = new HashMap<>();

    private @Nullable KafkaConsumer<String, byte[]> reader;

    EventTopics(KafkaConfig kafka, List<String> services) {
        this.kafka = kafka;
        this.services = services;
        this.partitions = services.stream()
                .map(service -> new TopicPartition(Topics.events(service), 0))
                .toList();
    }

    /** Makes what is not there: nothing creates topics by itself. */
    void create() throws InterruptedException, ExecutionException {
        List<TopicSpec> topics = new ArrayList<>();
        topics.add(TopicSpec.highWater());
        services.forEach(service -> topics.add(TopicSpec.events(service)));
        TopicSetup.ensure(kafka, topics)
                .toCompletionStage()
                .toCompletableFuture()
                .get();
        try (Admin admin = Admin.create(kafka.consumer())) {
            largest = largestRecord(admin);
        }
    }

    private int largestRecord(Admin admin) throws InterruptedException, ExecutionException {
        List<ConfigResource> topics = partitions.stream()
                .map(partition -> new ConfigResource(ConfigResource.Type.TOPIC, partition.topic()))
                .toList();
        int smallest = Integer.MAX_VALUE;
        for (var config : admin.describeConfigs(topics).all().get().values()) {
            smallest = Math.min(
                    smallest,
                    Integer.parseInt(
                            config.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG).value()));
        }
        return smallest;
    }

    @Override
    public Last last(String service) {
        TopicPartition partition = new TopicPartition(Topics.events(service), 0);
        try {
            KafkaConsumer<String, byte[]> consumer = reader();
            consumer.resume(List.of(partition));
            long begin = consumer.beginningOffsets(List.of(partition), ANSWER).getOrDefault(partition, 0L);
            long end = consumer.endOffsets(List.of(partition), ANSWER).getOrDefault(partition, 0L);
            Last last = Last.empty(end);
            for (long from = end; last.id() == null && from > begin; ) {
                long to = from;
                from = Math.max(begin, from - TAIL);
                last = read(consumer, partition, from, to, last);
            }
            consumer.pause(List.of(partition));
            senders.put(service, sender());
            return last;
        } catch (RuntimeException e) {
            closeReader();
            throw e;
        }
    }

    private static Last read(
            KafkaConsumer<String, byte[]> consumer, TopicPartition partition, long from, long to, Last last) {
        consumer.seek(partition, from);
        long until = System.nanoTime() + ANSWER.toNanos();
        while (consumer.position(partition, ANSWER) < to) {
            if (System.nanoTime() > until) {
                throw new IllegalStateException("The end of " + partition + " could not be read in " + ANSWER);
            }
            for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                try {
                    EventEnvelope<byte[]> event = KafkaMessages.event(record);
                    last = last.and(event.position(), event.id(), from > 0);
                } catch (UnreadableMessage e) {
                    // Not ours, so it says nothing about where we are.
                }
            }
        }
        return last;
    }

    /** Where the topics' next records will stand. */
    Map<String, Long> endOffsets() {
        try {
            Map<String, Long> ends = new HashMap<>();
            reader().endOffsets(partitions, ANSWER).forEach((partition, end) -> ends.put(partition.topic(), end));
            return ends;
        } catch (RuntimeException e) {
            closeReader();
            throw e;
        }
    }

    @Override
    public Future<RecordMetadata> send(EventEnvelope<byte[]> event) {
        if (event.data().length + OVERHEAD > largest) {
            throw new TooLarge("The event at " + event.position() + " has " + event.data().length
                    + " bytes and the topic " + Topics.events(event.source()) + " takes " + largest
                    + ". Raise the topic's max.message.bytes.");
        }
        Sender since = senders.get(event.source());
        if (since == null || since.broken) {
            // By another producer it could be written although one before it was not.
            return CompletableFuture.failedFuture(new KafkaException("A record before it was not written"));
        }
        return since.send(KafkaMessages.toRecord(Topics.events(event.source()), 0, event));
    }

    @Override
    public Future<RecordMetadata> announce(String service, Position position) {
        return sender().send(new HighWater(service, position).toRecord());
    }

    @Override
    public void startOver() {
        Sender current = sender;
        sender = null;
        if (current != null) {
            current.close();
        }
    }

    private Sender sender() {
        Sender current = sender;
        if (current == null || current.broken) {
            if (current != null) {
                current.close();
            }
            current = new Sender(producer());
            sender = current;
        }
        return current;
    }

    /**
     * A producer that ends at its first failure: whatever else was under way then is not written behind a record that is
     * missing, so a topic never has a hole.
     */
    private static final class Sender {
        final KafkaProducer<String, byte[]> producer;
        volatile boolean broken;

        Sender(KafkaProducer<String, byte[]> producer) {
            this.producer = producer;
        }

        Future<RecordMetadata> send(ProducerRecord<String, byte[]> record) {
            return producer.send(record, (metadata, failure) -> {
                if (failure != null && !broken) {
                    broken = true;
                    producer.close(Duration.ZERO);
                }
            });
        }

        void close() {
            broken = true;
            producer.close(Duration.ZERO);
        }
    }

    private KafkaProducer<String, byte[]> producer() {
        // With one request under way at a time, as these settings say, nothing can be written behind a record that
        // failed.
        Map<String, Object> settings = kafka.producer();
        settings.put(ProducerConfig.CLIENT_ID_CONFIG, "fjord-relay");
        settings.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 << 10);
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 15_000);
        settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 10_000);
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, largest);
        return new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    }

    private KafkaConsumer<String, byte[]> reader() {
        KafkaConsumer<String, byte[]> current = reader;
        if (current == null) {
            Map<String, Object> settings = kafka.consumer();
            settings.put(ConsumerConfig.CLIENT_ID_CONFIG, "fjord-relay-reader");
            current = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
            current.assign(partitions);
            current.pause(partitions);
            reader = current;
        }
        return current;
    }

    private void closeReader() {
        KafkaConsumer<String, byte[]> current = reader;
        reader = null;
        if (current != null) {
            current.close(CloseOptions.timeout(Duration.ZERO));
        }
    }

    @Override
    public void close() {
        closeReader();
        startOver();
    }
}
