package io.fjord.ingestion.capture;

import io.fjord.ingestion.PipelineTopics;
import io.fjord.ingestion.Settings;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * The topic of a source, for the one that writes it: a transaction of the database becomes visible whole or not at all, and whoever
 * opens it ends the writing of all who opened it before.
 */
final class ChangeTopic implements AutoCloseable {

    private static final Duration ANSWER = Duration.ofSeconds(15);
    private static final String KEPT_MILLIS = String.valueOf(Duration.ofDays(7).toMillis());
    private static final int LARGEST = 20 << 20;
    private static final int LOOK_BACK = 1_000;

    private final String topic;
    private final KafkaProducer<byte[], byte[]> producer;
    private final @Nullable Mark last;
    private boolean open;

    private ChangeTopic(String topic, KafkaProducer<byte[], byte[]> producer, @Nullable Mark last) {
        this.topic = topic;
        this.producer = producer;
        this.last = last;
    }

    /** @param writer stable, and one pipeline's alone */
    static ChangeTopic open(Settings settings, String topic, String writer) throws InterruptedException {
        make(settings, topic);
        Map<String, Object> properties = new HashMap<>(settings.kafka());
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, writer);
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, writer);
        // A large transaction of the database is one here.
        properties.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, (int)
                Duration.ofMinutes(10).toMillis());
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, ANSWER.toMillis());
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, LARGEST);
        properties.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 24L << 20);
        properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "zstd");
        KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        try {
            producer.initTransactions();
            return new ChangeTopic(topic, producer, readLast(settings, topic));
        } catch (RuntimeException e) {
            producer.close(Duration.ZERO);
            throw e;
        }
    }

    /** One partition: the order of commits. */
    private static void make(Settings settings, String topic) throws InterruptedException {
        NewTopic made = new NewTopic(topic, Optional.of(1), Optional.empty())
                .configs(Map.of(
                        "cleanup.policy",
                        "delete",
                        "retention.ms",
                        KEPT_MILLIS,
                        "max.message.bytes",
                        String.valueOf(LARGEST)));
        PipelineTopics.make(settings.kafka(), List.of(made));
    }

    /** Rows of somebody's database are not kept longer than their pipeline. */
    static void delete(Settings settings, String topic) throws InterruptedException {
        try (Admin admin = Admin.create(new HashMap<String, Object>(settings.kafka()))) {
            admin.deleteTopics(Set.of(topic)).all().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                throw new IllegalStateException("The topic of the source cannot be deleted", e.getCause());
            }
        } catch (TimeoutException e) {
            throw new IllegalStateException("Kafka does not answer", e);
        }
    }

    /** Between the last mark and the end may lie what came to nothing, or a snapshot that did not end. */
    private static @Nullable Mark readLast(Settings settings, String topic) {
        Map<String, Object> properties = new HashMap<>(settings.kafka());
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        try {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            long begin = consumer.beginningOffsets(List.of(partition), ANSWER).getOrDefault(partition, 0L);
            long end = consumer.endOffsets(List.of(partition), ANSWER).getOrDefault(partition, 0L);
            for (long back = LOOK_BACK; ; back *= 100) {
                Mark latest = latest(consumer, partition, Math.max(begin, end - back), end);
                if (latest != null || end - back <= begin) {
                    return latest;
                }
            }
        } finally {
            consumer.close(CloseOptions.timeout(Duration.ZERO));
        }
    }

    private static @Nullable Mark latest(
            KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition, long from, long end) {
        consumer.seek(partition, from);
        Mark latest = null;
        long until = System.nanoTime() + Duration.ofMinutes(10).toNanos();
        while (consumer.position(partition, ANSWER) < end) {
            if (System.nanoTime() > until) {
                throw new IllegalStateException("The end of " + partition + " could not be read");
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                Mark mark = Mark.of(record);
                latest = mark == null ? latest : mark;
            }
        }
        return latest;
    }

    /** The last mark it had when it was opened; null for none. */
    @Nullable
    Mark last() {
        return last;
    }

    ProducerRecord<byte[], byte[]> row(byte[] key, byte @Nullable [] value) {
        return new ProducerRecord<>(topic, 0, key, value);
    }

    ProducerRecord<byte[], byte[]> mark(Mark mark) {
        return mark.on(topic);
    }

    /** Nobody sees it yet. */
    void add(ProducerRecord<byte[], byte[]> record) {
        if (!open) {
            producer.beginTransaction();
            open = true;
        }
        // That it failed, the commit says.
        var unused = producer.send(record);
    }

    /** What was added since the last time becomes visible, or an exception says that it will not. */
    void commit() {
        if (open) {
            producer.commitTransaction();
            open = false;
        }
    }

    /** Adds one record alone. */
    long addNow(Mark mark) throws InterruptedException {
        if (!open) {
            producer.beginTransaction();
            open = true;
        }
        var sent = producer.send(mark(mark));
        commit();
        try {
            return sent.get().offset();
        } catch (ExecutionException e) {
            throw new IllegalStateException("A mark could not be written", e.getCause());
        }
    }

    @Override
    public void close() {
        // What is not complete comes to nothing.
        producer.close(Duration.ofSeconds(5));
    }
}
