package io.fjord.platform.kafka;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * A topic of one partition whose records are numbered from 1, each number its key, in that order and without a hole: what is added
 * at once is one transaction, and one writes at a time. Who reads it reads what is committed.
 */
public final class NumberedTopic {

    /** Where the newest are looked for first. */
    private static final long TAIL = 200;

    /** Larger than any event, which an entry of the record holds. */
    static final int LARGEST = 24 << 20;

    private static final int BATCH = 512 * 1024;

    /** How long the broker may take to end what another one had begun. */
    private static final Duration TAKING_OVER = Duration.ofSeconds(15);

    private static final Duration CLOSING = Duration.ofSeconds(2);

    private final Vertx vertx;
    private final KafkaConfig config;
    private final String topic;
    private final TopicReader reader;
    /** Of who took the topic. */
    private @Nullable Producer<String, byte[]> producer;

    /** One record. */
    public record Numbered(long number, byte[] value) {}

    /** Somebody else took the topic. */
    public static final class Overtaken extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Overtaken(String topic, Throwable cause) {
            super("Another writes " + topic + " now", cause);
        }
    }

    public NumberedTopic(Vertx vertx, KafkaConfig config, String topic) {
        this.vertx = vertx;
        this.config = config;
        this.topic = topic;
        this.reader = TopicReader.ofCommitted(vertx, config);
    }

    /** The highest number that is there; 0 for none. */
    public Future<Long> last() {
        return reader.bounds(partition()).compose(bounds -> before(bounds, bounds.end(), TAIL));
    }

    /** The highest number before an offset; 0 for none. */
    public Future<Long> before(long offset) {
        return reader.bounds(partition()).compose(bounds -> before(bounds, Math.min(offset, bounds.end()), TAIL));
    }

    /** What came to nothing takes its place too, so the newest may lie further back. */
    private Future<Long> before(TopicReader.Bounds bounds, long end, long tail) {
        long from = Math.max(bounds.first(), end - tail);
        return reader.read(partition(), from, end).compose(records -> {
            long highest =
                    records.stream().mapToLong(NumberedTopic::number).max().orElse(0L);
            return highest > 0 || from <= bounds.first()
                    ? Future.succeededFuture(highest)
                    : before(bounds, end, 10 * tail);
        });
    }

    private TopicPartition partition() {
        return new TopicPartition(topic, 0);
    }

    private static long number(ConsumerRecord<String, byte[]> record) {
        try {
            return Long.parseLong(String.valueOf(record.key()));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /**
     * Ends the writing of all who took it before: what they have not committed comes to nothing.
     *
     * @return the highest number that is there, and stays it until {@link #append}; 0 for none
     */
    public Future<Long> take() {
        return vertx.executeBlocking(this::open, false).compose(ok -> last());
    }

    private synchronized @Nullable Void open() {
        end(Duration.ZERO);
        Producer<String, byte[]> opened =
                new KafkaProducer<>(settings(), new StringSerializer(), new ByteArraySerializer());
        try {
            opened.initTransactions();
        } catch (RuntimeException e) {
            opened.close(Duration.ZERO);
            throw e;
        }
        producer = opened;
        return null;
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = config.producer();
        settings.put("transactional.id", "fjord-numbered-" + topic);
        settings.put("client.id", "fjord-numbered-" + topic);
        settings.put("max.block.ms", TAKING_OVER.toMillis());
        settings.put("max.request.size", LARGEST);
        settings.put("buffer.memory", 2L * LARGEST);
        // Of a partition one batch goes in a request, and one request at a time.
        settings.put("batch.size", BATCH);
        return settings;
    }

    /**
     * All of them or none, in their order.
     *
     * @return fails with {@link Overtaken} if another took the topic meanwhile. Whoever is told of a failure does not know which it
     *     was, all or none, and is to {@link #take} the topic again
     */
    public Future<Void> append(List<Numbered> records) {
        return vertx.executeBlocking(() -> write(records), false);
    }

    private synchronized @Nullable Void write(List<Numbered> records) {
        Producer<String, byte[]> open = producer;
        if (open == null) {
            throw new IllegalStateException("Nobody took " + topic + " here");
        }
        try {
            open.beginTransaction();
            for (Numbered one : records) {
                ProducerRecord<String, byte[]> record =
                        new ProducerRecord<>(topic, 0, Long.toString(one.number()), one.value());
                record.headers().add("content-type", "application/json".getBytes(StandardCharsets.US_ASCII));
                var unused = open.send(record);
            }
            // Fails if one of them did.
            open.commitTransaction();
            return null;
        } catch (RuntimeException e) {
            // What is open comes to nothing when it is taken again.
            end(Duration.ZERO);
            throw isOvertaken(e) ? new Overtaken(topic, e) : e;
        }
    }

    private static boolean isOvertaken(@Nullable Throwable failure) {
        return failure != null
                && (failure instanceof ProducerFencedException
                        || failure instanceof InvalidProducerEpochException
                        || isOvertaken(failure.getCause()));
    }

    private synchronized void end(Duration patience) {
        Producer<String, byte[]> open = producer;
        producer = null;
        if (open != null) {
            open.close(patience);
        }
    }

    /** What is being appended is waited for, for a while: the broker may be gone. */
    public Future<Void> close() {
        return vertx.<Void>executeBlocking(
                        () -> {
                            end(CLOSING);
                            return null;
                        },
                        false)
                .timeout(2 * CLOSING.toMillis(), TimeUnit.MILLISECONDS)
                .otherwiseEmpty();
    }
}
