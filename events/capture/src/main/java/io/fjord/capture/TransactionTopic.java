package io.fjord.capture;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * A topic of one partition for the one that writes it: what is committed together becomes visible whole or not at all, and whoever
 * opens it ends the writing of all who opened it before. One caller at a time; Kafka's exceptions say what failed.
 */
public final class TransactionTopic implements AutoCloseable {

    /** Of a record, in bytes: the topic's own limit has to allow it. */
    public static final int LARGEST = 20 << 20;

    private static final Duration ANSWER = Duration.ofSeconds(15);

    private final String topic;
    private final KafkaProducer<byte[], byte[]> producer;
    private boolean open;

    private TransactionTopic(String topic, KafkaProducer<byte[], byte[]> producer) {
        this.topic = topic;
        this.producer = producer;
    }

    /**
     * Opens it; it has to be there.
     *
     * @param kafka settings of a producer
     * @param writer stable, and of this topic's writer alone
     */
    public static TransactionTopic open(Map<String, ?> kafka, String topic, String writer) {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.CLIENT_ID_CONFIG, writer);
        settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, writer);
        // A large transaction of the database is one here.
        settings.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, (int)
                Duration.ofMinutes(10).toMillis());
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, ANSWER.toMillis());
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, LARGEST);
        settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 24L << 20);
        KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        try {
            producer.initTransactions();
            return new TransactionTopic(topic, producer);
        } catch (RuntimeException e) {
            producer.close(Duration.ZERO);
            throw e;
        }
    }

    public ProducerRecord<byte[], byte[]> record(byte @Nullable [] key, byte @Nullable [] value) {
        return new ProducerRecord<>(topic, 0, key, value);
    }

    /** Nobody sees it yet. */
    public void add(ProducerRecord<byte[], byte[]> record) {
        begin();
        // That it failed, the commit says.
        var unused = producer.send(record);
    }

    private void begin() {
        if (!open) {
            producer.beginTransaction();
            open = true;
        }
    }

    /** What was added since the last time becomes visible, or an exception says that it will not. */
    public void commit() {
        if (open) {
            producer.commitTransaction();
            open = false;
        }
    }

    /**
     * Adds a record and commits.
     *
     * @return its offset
     */
    public long addNow(ProducerRecord<byte[], byte[]> record) throws InterruptedException {
        begin();
        var sent = producer.send(record);
        commit();
        try {
            return sent.get().offset();
        } catch (ExecutionException e) {
            throw new IllegalStateException("A record could not be written", e.getCause());
        }
    }

    /** What is not committed comes to nothing. */
    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }
}
