package io.fjord.platform.kafka;

import io.fjord.codec.KafkaMessages;
import io.fjord.contract.Position;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;

/** Short looks into topics, on worker threads. */
final class TopicReader {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final ClientPool<Consumer<String, byte[]>> CONSUMERS = new ClientPool<>(
            settings -> new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer()));

    private final Vertx vertx;
    private final KafkaConfig config;
    private final String isolation;

    TopicReader(Vertx vertx, KafkaConfig config) {
        this(vertx, config, "read_uncommitted");
    }

    private TopicReader(Vertx vertx, KafkaConfig config, String isolation) {
        this.vertx = vertx;
        this.config = config;
        this.isolation = isolation;
    }

    /** Of topics that are written in transactions: sees what is committed. */
    static TopicReader ofCommitted(Vertx vertx, KafkaConfig config) {
        return new TopicReader(vertx, config, "read_committed");
    }

    /** @param end the offset the next record will have */
    record Bounds(long first, long end) {}

    /** Where reading on from a position begins, and where the topic ended when it was looked for. */
    record Start(long offset, long end) {}

    Future<Bounds> bounds(TopicPartition partition) {
        return looking(100, consumer -> bounds(consumer, partition));
    }

    Future<Map<TopicPartition, Long>> ends(Set<TopicPartition> partitions) {
        return looking(100, consumer -> consumer.endOffsets(partitions));
    }

    /** All records from that offset up to the end as it is now. */
    Future<List<ConsumerRecord<String, byte[]>>> read(TopicPartition partition, long from) {
        return looking(500, consumer -> {
            Bounds bounds = bounds(consumer, partition);
            return read(consumer, partition, Math.max(from, bounds.first), bounds.end);
        });
    }

    /** The records between those offsets, as far as they are there. */
    Future<List<ConsumerRecord<String, byte[]>>> read(TopicPartition partition, long from, long until) {
        return looking(500, consumer -> {
            Bounds bounds = bounds(consumer, partition);
            return read(consumer, partition, Math.max(from, bounds.first), Math.min(until, bounds.end));
        });
    }

    /** From the first record that is not older, to the end. */
    Future<Bounds> since(TopicPartition partition, Instant time) {
        return looking(100, consumer -> {
            Bounds bounds = bounds(consumer, partition);
            OffsetAndTimestamp first = consumer.offsetsForTimes(Map.of(partition, time.toEpochMilli()))
                    .get(partition);
            return new Bounds(first == null ? bounds.end : first.offset(), bounds.end);
        });
    }

    /**
     * The first record of an event topic after a position, by bisection: positions grow along the topic but for repetitions,
     * and a start found among those is at worst too early.
     */
    Future<Start> search(TopicPartition partition, Position after) {
        return looking(100, consumer -> {
            Bounds bounds = bounds(consumer, partition);
            long low = bounds.first;
            long high = after.n() == 0 ? low : bounds.end;
            while (low < high) {
                long middle = (low + high) >>> 1;
                ConsumerRecord<String, byte[]> found = firstWithPosition(consumer, partition, middle, high);
                if (found == null || Objects.requireNonNull(position(found)).isAfter(after)) {
                    high = middle;
                } else {
                    low = found.offset() + 1;
                }
            }
            return new Start(low, bounds.end);
        });
    }

    static @Nullable Position position(ConsumerRecord<?, ?> record) {
        String text = KafkaMessages.header(record, "ce_position");
        try {
            return text == null ? null : Position.parse(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable ConsumerRecord<String, byte[]> firstWithPosition(
            Consumer<String, byte[]> consumer, TopicPartition partition, long from, long until) {
        consumer.assign(Set.of(partition));
        consumer.seek(partition, from);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (consumer.position(partition) < until) {
            for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                if (record.offset() < until && position(record) != null) {
                    return record;
                }
            }
            giveUpAfter(deadline, partition);
        }
        return null;
    }

    private static List<ConsumerRecord<String, byte[]>> read(
            Consumer<String, byte[]> consumer, TopicPartition partition, long from, long until) {
        List<ConsumerRecord<String, byte[]>> all = new ArrayList<>();
        consumer.assign(Set.of(partition));
        consumer.seek(partition, from);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (consumer.position(partition) < until) {
            for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                if (record.offset() < until) {
                    all.add(record);
                    deadline = System.nanoTime() + PATIENCE.toNanos();
                }
            }
            giveUpAfter(deadline, partition);
        }
        return all;
    }

    private static void giveUpAfter(long deadline, TopicPartition partition) {
        if (System.nanoTime() > deadline) {
            throw new TimeoutException("No record of " + partition + " within " + PATIENCE);
        }
    }

    private static Bounds bounds(Consumer<String, byte[]> consumer, TopicPartition partition) {
        Long first = consumer.beginningOffsets(Set.of(partition)).get(partition);
        Long end = consumer.endOffsets(Set.of(partition)).get(partition);
        return new Bounds(first == null ? 0 : first, end == null ? 0 : end);
    }

    private interface Look<T> {
        T at(Consumer<String, byte[]> consumer);
    }

    private <T> Future<T> looking(int atOnce, Look<T> look) {
        return vertx.executeBlocking(
                () -> {
                    Map<String, Object> settings = config.consumer();
                    settings.put("max.poll.records", atOnce);
                    settings.put("isolation.level", isolation);
                    // A fetch sent ahead at the end of the topic would hold up the one after the next seek.
                    settings.put("fetch.max.wait.ms", 10);
                    if (atOnce <= 100) {
                        // Bisecting throws most of what it fetches away.
                        settings.put("max.partition.fetch.bytes", 16 * 1024);
                    }
                    return CONSUMERS.ask(settings, consumer -> {
                        T seen = look.at(consumer);
                        consumer.unsubscribe();
                        return seen;
                    });
                },
                false);
    }
}
