package io.fjord.platform.kafka;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the records of event streams, many at a time, with acks=all: one promise for a batch, and never more bytes under way
 * than its buffer holds, so that no caller is made to wait for room.
 */
public final class StreamSender {

    private static final long BUFFER = 64L << 20;
    /** Short of the buffer by what two batches of each of many partitions leave unused. */
    private static final long MOST_UNDER_WAY = 40L << 20;

    private static final int RECORD_OVERHEAD = 128;
    private static final long SAMPLE_MILLIS = 250;
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(60);

    private final Vertx vertx;
    private final KafkaConfig config;
    private final AtomicLong underWay = new AtomicLong();
    private final AtomicLong settled = new AtomicLong();
    private final long timer;

    private volatile Producer<String, byte[]> producer;
    private volatile double bytesPerSecond;
    private long settledBefore;
    private long sampledAt = System.nanoTime();

    /** What is to be written. */
    public record Outgoing(String topic, @Nullable String key, byte[] value, List<Attribute> attributes) {

        public Outgoing {
            attributes = List.copyOf(attributes);
        }

        private long bytes() {
            return RECORD_OVERHEAD + value.length + (key == null ? 0 : key.length());
        }
    }

    /** A header. */
    public record Attribute(String name, byte[] value) {}

    /** Why a record is not known to be in its topic. */
    public enum Failure {
        /** It is not: the broker never saw it. */
        NOT_SENT,
        /** It is not: the broker takes none that large. */
        TOO_LARGE,
        /** It may be, or come to be. */
        UNKNOWN
    }

    /**
     * What became of one record.
     *
     * @param offset -1 where there is a failure
     */
    public record Acknowledgement(
            int partition, long offset, @Nullable Failure failure) {}

    private StreamSender(Vertx vertx, KafkaConfig config, Producer<String, byte[]> producer) {
        this.vertx = vertx;
        this.config = config;
        this.producer = producer;
        this.timer = vertx.setPeriodic(SAMPLE_MILLIS, id -> sample());
    }

    public static Future<StreamSender> open(Vertx vertx, KafkaConfig config) {
        return vertx.executeBlocking(() -> new StreamSender(vertx, config, producer(config)), false);
    }

    private static Producer<String, byte[]> producer(KafkaConfig config) {
        Map<String, Object> settings = config.producer();
        settings.put("max.block.ms", 0);
        settings.put("buffer.memory", BUFFER);
        settings.put("batch.size", 256 * 1024);
        // Topics it has written to once are known from then on: nothing waits for their metadata again.
        settings.put("metadata.max.idle.ms", TimeUnit.DAYS.toMillis(1));
        return new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    }

    /** Gets to know a topic, so that the first records need not wait. */
    public Future<Void> prepare(String topic) {
        return vertx.executeBlocking(
                        () -> {
                            long deadline =
                                    System.nanoTime() + config.ackTimeout().toNanos();
                            while (true) {
                                try {
                                    return producer.partitionsFor(topic);
                                } catch (TimeoutException e) {
                                    if (System.nanoTime() > deadline) {
                                        throw e;
                                    }
                                    TimeUnit.MILLISECONDS.sleep(5);
                                }
                            }
                        },
                        false)
                .mapEmpty();
    }

    /**
     * Begins again with another producer, when the one there is may have lost its way: it cannot follow a topic that was taken
     * away and made again, nor always go on after a record it has given up. What is under way is waited for; done when
     * nothing of it can come to be in a topic any more from here.
     */
    public Future<Void> renew() {
        return vertx.executeBlocking(
                () -> {
                    Producer<String, byte[]> before = producer;
                    producer = producer(config);
                    before.close(config.ackTimeout());
                    return null;
                },
                true);
    }

    /** Whether there is room for more. */
    public boolean admits() {
        return underWay.get() < MOST_UNDER_WAY;
    }

    /** When there will be room again, as fast as it is becoming free now. */
    public Duration drain() {
        double rate = bytesPerSecond;
        if (rate < 1) {
            return Duration.ofSeconds(2);
        }
        Duration all = Duration.ofMillis((long) (1000 * underWay.get() / rate));
        return all.compareTo(SHORTEST) < 0 ? SHORTEST : all.compareTo(LONGEST) > 0 ? LONGEST : all;
    }

    public long bytesUnderWay() {
        return underWay.get();
    }

    private void sample() {
        long now = System.nanoTime();
        long all = settled.get();
        double seconds = (now - sampledAt) / 1e9;
        bytesPerSecond = bytesPerSecond / 2 + (all - settledBefore) / seconds / 2;
        settledBefore = all;
        sampledAt = now;
    }

    /** What became of each, in order; completes on the caller's context, and never fails. */
    public Future<List<Acknowledgement>> send(List<Outgoing> records) {
        if (records.isEmpty()) {
            return Future.succeededFuture(List.of());
        }
        Sending sending = new Sending(records);
        for (int i = 0; i < records.size(); i++) {
            sending.send(i);
        }
        return sending.promise.future();
    }

    private final class Sending {

        private final List<Outgoing> records;
        private final Acknowledgement[] acknowledged;
        private final AtomicInteger open;
        private final Context context = vertx.getOrCreateContext();
        private final Promise<List<Acknowledgement>> promise = Promise.promise();
        private final Thread caller = Thread.currentThread();

        Sending(List<Outgoing> records) {
            this.records = records;
            this.acknowledged = new Acknowledgement[records.size()];
            this.open = new AtomicInteger(records.size());
        }

        void send(int index) {
            Outgoing outgoing = records.get(index);
            underWay.addAndGet(outgoing.bytes());
            Header[] headers = new Header[outgoing.attributes().size()];
            for (int i = 0; i < headers.length; i++) {
                Attribute attribute = outgoing.attributes().get(i);
                headers[i] = new RecordHeader(attribute.name(), attribute.value());
            }
            try {
                var unused = producer.send(
                        new ProducerRecord<>(
                                outgoing.topic(),
                                null,
                                null,
                                outgoing.key(),
                                outgoing.value(),
                                new RecordHeaders(headers)),
                        (metadata, failure) -> done(index, metadata, failure));
            } catch (KafkaException | IllegalStateException e) {
                // Closed, or in a state it does not come out of.
                settle(index, new Acknowledgement(-1, -1, Failure.NOT_SENT));
            }
        }

        private void done(int index, @Nullable RecordMetadata metadata, @Nullable Exception failure) {
            settle(
                    index,
                    failure == null && metadata != null
                            ? new Acknowledgement(metadata.partition(), metadata.offset(), null)
                            : new Acknowledgement(-1, -1, failure(failure)));
        }

        private Failure failure(@Nullable Exception failure) {
            if (failure instanceof RecordTooLargeException) {
                return Failure.TOO_LARGE;
            }
            // Told by the caller's own thread, a timeout means that nothing was sent.
            return Thread.currentThread() == caller
                            || failure instanceof InvalidTopicException
                            || failure instanceof TopicAuthorizationException
                    ? Failure.NOT_SENT
                    : Failure.UNKNOWN;
        }

        private void settle(int index, Acknowledgement acknowledgement) {
            long bytes = records.get(index).bytes();
            underWay.addAndGet(-bytes);
            settled.addAndGet(bytes);
            acknowledged[index] = acknowledgement;
            if (open.decrementAndGet() == 0) {
                context.runOnContext(ok -> promise.complete(Arrays.asList(acknowledged)));
            }
        }
    }

    /** What was sent is waited for. */
    public Future<Void> close() {
        vertx.cancelTimer(timer);
        return vertx.executeBlocking(
                () -> {
                    producer.close(config.ackTimeout());
                    return null;
                },
                false);
    }
}
