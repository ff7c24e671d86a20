package io.fjord.ingestion.capture;

import io.fjord.capture.TopicEnd;
import io.fjord.capture.TransactionTopic;
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
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * The topic of a source, for the one that writes it: a transaction of the database becomes visible whole or not at all, and whoever
 * opens it ends the writing of all who opened it before.
 */
final class ChangeTopic implements AutoCloseable {

    private static final String KEPT_MILLIS = String.valueOf(Duration.ofDays(7).toMillis());

    private final String name;
    private final TransactionTopic topic;
    private final @Nullable Mark last;

    private ChangeTopic(String name, TransactionTopic topic, @Nullable Mark last) {
        this.name = name;
        this.topic = topic;
        this.last = last;
    }

    /** @param writer stable, and one pipeline's alone */
    static ChangeTopic open(Settings settings, String name, String writer) throws InterruptedException {
        make(settings, name);
        Map<String, Object> producer = new HashMap<>(settings.kafka());
        producer.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "zstd");
        TransactionTopic topic = TransactionTopic.open(producer, name, writer);
        try {
            return new ChangeTopic(name, topic, TopicEnd.last(settings.kafka(), name, Mark::of));
        } catch (RuntimeException e) {
            topic.close();
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
                        String.valueOf(TransactionTopic.LARGEST)));
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

    /** The last mark it had when it was opened; null for none. */
    @Nullable
    Mark last() {
        return last;
    }

    ProducerRecord<byte[], byte[]> row(byte[] key, byte @Nullable [] value) {
        return topic.record(key, value);
    }

    ProducerRecord<byte[], byte[]> mark(Mark mark) {
        return mark.on(name);
    }

    /** Nobody sees it yet. */
    void add(ProducerRecord<byte[], byte[]> record) {
        topic.add(record);
    }

    /** What was added since the last time becomes visible, or an exception says that it will not. */
    void commit() {
        topic.commit();
    }

    /** Adds one record alone. */
    long addNow(Mark mark) throws InterruptedException {
        return topic.addNow(mark(mark));
    }

    /** What is not complete comes to nothing. */
    @Override
    public void close() {
        topic.close();
    }
}
