package io.fjord.cdc.capture;

import io.fjord.codec.CapturedChanges;
import io.fjord.codec.Json;
import io.fjord.platform.kafka.TopicSetup;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * The topic of a capture, for the one that writes it: a captured transaction becomes visible whole or not at all, and whoever
 * opens it ends the writing of all who opened it before.
 */
final class ChangeTopic implements AutoCloseable {

    private static final Duration ANSWER = Duration.ofSeconds(15);

    /** Between the last record and the end lie at most the markers of transactions that came to nothing. */
    private static final int LOOK_BACK = 1_000;

    private final String topic;
    private final KafkaProducer<String, byte[]> producer;
    private final @Nullable CapturedChanges last;
    private boolean open;

    private ChangeTopic(String topic, KafkaProducer<String, byte[]> producer, @Nullable CapturedChanges last) {
        this.topic = topic;
        this.producer = producer;
        this.last = last;
    }

    static ChangeTopic open(ChangeCaptureConfig config) throws InterruptedException, ExecutionException {
        TopicSetup.ensure(config.kafka(), List.of(config.spec()))
                .toCompletionStage()
                .toCompletableFuture()
                .get();
        Map<String, Object> settings = config.kafka().producer();
        settings.put(ProducerConfig.CLIENT_ID_CONFIG, "fjord-capture-" + config.name());
        settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "fjord-capture-" + config.name());
        // A large transaction of the database is one here.
        settings.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, (int)
                Duration.ofMinutes(10).toMillis());
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, ANSWER.toMillis());
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 20 << 20);
        settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 24L << 20);
        KafkaProducer<String, byte[]> producer =
                new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
        try {
            producer.initTransactions();
            return new ChangeTopic(config.topic(), producer, readLast(config));
        } catch (RuntimeException e) {
            producer.close(Duration.ZERO);
            throw e;
        }
    }

    private static @Nullable CapturedChanges readLast(ChangeCaptureConfig config) {
        Map<String, Object> settings = config.kafka().consumer();
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
        try {
            TopicPartition partition = new TopicPartition(config.topic(), 0);
            consumer.assign(List.of(partition));
            long begin = consumer.beginningOffsets(List.of(partition), ANSWER).getOrDefault(partition, 0L);
            long end = consumer.endOffsets(List.of(partition), ANSWER).getOrDefault(partition, 0L);
            consumer.seek(partition, Math.max(begin, end - LOOK_BACK));
            ConsumerRecord<String, byte[]> latest = null;
            long until = System.nanoTime() + 4 * ANSWER.toNanos();
            while (consumer.position(partition, ANSWER) < end) {
                if (System.nanoTime() > until) {
                    throw new IllegalStateException("The end of " + partition + " could not be read");
                }
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    latest = record;
                }
            }
            return latest == null ? null : CapturedChanges.parse(latest.value());
        } finally {
            consumer.close(CloseOptions.timeout(Duration.ZERO));
        }
    }

    /** What it ended with when it was opened; null for nothing. */
    @Nullable
    CapturedChanges last() {
        return last;
    }

    /** Adds a record; one that completes something makes all since the last such visible. */
    void add(CapturedChanges record) {
        if (!open) {
            producer.beginTransaction();
            open = true;
        }
        var unused = producer.send(new ProducerRecord<>(topic, 0, null, Json.bytes(record)));
        if (record.last()) {
            producer.commitTransaction();
            open = false;
        }
    }

    @Override
    public void close() {
        // What is not complete comes to nothing.
        producer.close(Duration.ofSeconds(5));
    }
}
