package io.fjord.platform.kafka;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;

/** Reads what lies in the topics of event streams. */
public final class StreamReader {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Vertx vertx;
    private final KafkaConfig config;

    public StreamReader(Vertx vertx, KafkaConfig config) {
        this.vertx = vertx;
        this.config = config;
    }

    /**
     * A record as it lies there.
     *
     * @param headers as text; of one given twice, the last
     */
    public record Lying(
            int partition,
            long offset,
            Instant time,
            @Nullable String key,
            byte[] value,
            Map<String, String> headers) {}

    /** One partition's bounds: the first offset there is, and the one the next record will have. */
    public record Extent(int partition, long first, long end) {}

    public Future<List<Extent>> extents(String topic) {
        return looking(consumer -> {
            List<TopicPartition> partitions = partitions(consumer, topic);
            Map<TopicPartition, Long> first = consumer.beginningOffsets(partitions);
            Map<TopicPartition, Long> end = consumer.endOffsets(partitions);
            return partitions.stream()
                    .map(partition -> new Extent(
                            partition.partition(), first.getOrDefault(partition, 0L), end.getOrDefault(partition, 0L)))
                    .toList();
        });
    }

    /** Hands over, on a worker thread, every record not older than that, up to the end as it is now. */
    public Future<Void> replay(String topic, Instant since, Consumer<Lying> each) {
        Future<Boolean> done = looking(consumer -> {
            List<TopicPartition> partitions = partitions(consumer, topic);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            Map<TopicPartition, Long> times = new HashMap<>();
            partitions.forEach(partition -> times.put(partition, since.toEpochMilli()));
            Map<TopicPartition, OffsetAndTimestamp> begins = consumer.offsetsForTimes(times);
            Map<TopicPartition, Long> from = new HashMap<>();
            for (TopicPartition partition : partitions) {
                OffsetAndTimestamp begin = begins.get(partition);
                from.put(partition, begin == null ? ends.getOrDefault(partition, 0L) : (Long) begin.offset());
            }
            read(consumer, from, ends, each);
            return true;
        });
        return done.mapEmpty();
    }

    /** The last so many records of the topic, newest first. */
    public Future<List<Lying>> newest(String topic, int most) {
        return looking(consumer -> {
            List<TopicPartition> partitions = partitions(consumer, topic);
            Map<TopicPartition, Long> firsts = consumer.beginningOffsets(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            Map<TopicPartition, Long> from = new HashMap<>();
            ends.forEach(
                    (partition, end) -> from.put(partition, Math.max(firsts.getOrDefault(partition, 0L), end - most)));
            Deque<Lying> all = new ArrayDeque<>();
            read(consumer, from, ends, all::add);
            return all.stream()
                    .sorted(Comparator.comparing(Lying::time)
                            .thenComparing(Lying::partition)
                            .thenComparing(Lying::offset)
                            .reversed())
                    .limit(most)
                    .toList();
        });
    }

    public Future<Optional<Lying>> one(String topic, int partition, long offset) {
        return looking(consumer -> {
            TopicPartition there = new TopicPartition(topic, partition);
            if (!partitions(consumer, topic).contains(there)
                    || consumer.beginningOffsets(Set.of(there)).getOrDefault(there, 0L) > offset
                    || consumer.endOffsets(Set.of(there)).getOrDefault(there, 0L) <= offset) {
                return Optional.empty();
            }
            List<Lying> found = new ArrayList<>();
            read(consumer, Map.of(there, offset), Map.of(there, offset + 1), found::add);
            return found.stream().filter(record -> record.offset() == offset).findFirst();
        });
    }

    private static List<TopicPartition> partitions(KafkaConsumer<String, byte[]> consumer, String topic) {
        return consumer.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
    }

    private static void read(
            KafkaConsumer<String, byte[]> consumer,
            Map<TopicPartition, Long> from,
            Map<TopicPartition, Long> ends,
            Consumer<Lying> each) {
        List<TopicPartition> open = new ArrayList<>();
        from.forEach((partition, offset) -> {
            if (offset < ends.getOrDefault(partition, 0L)) {
                open.add(partition);
            }
        });
        consumer.assign(open);
        open.forEach(partition -> consumer.seek(partition, from.getOrDefault(partition, 0L)));
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!open.isEmpty()) {
            for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                if (record.offset() < ends.getOrDefault(new TopicPartition(record.topic(), record.partition()), 0L)) {
                    each.accept(lying(record));
                }
                deadline = System.nanoTime() + PATIENCE.toNanos();
            }
            open.removeIf(partition -> consumer.position(partition) >= ends.getOrDefault(partition, 0L));
            consumer.pause(consumer.assignment().stream()
                    .filter(partition -> !open.contains(partition))
                    .toList());
            if (System.nanoTime() > deadline) {
                throw new TimeoutException("No record of " + open + " within " + PATIENCE);
            }
        }
    }

    private static Lying lying(ConsumerRecord<String, byte[]> record) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (Header header : record.headers()) {
            if (header.value() != null) {
                headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
            }
        }
        return new Lying(
                record.partition(),
                record.offset(),
                Instant.ofEpochMilli(record.timestamp()),
                record.key(),
                record.value() == null ? new byte[0] : record.value(),
                headers);
    }

    private interface Look<T> {
        T at(KafkaConsumer<String, byte[]> consumer);
    }

    private <T> Future<T> looking(Look<T> look) {
        return vertx.executeBlocking(
                () -> {
                    Map<String, Object> settings = config.consumer();
                    settings.put("max.poll.records", 5_000);
                    settings.put("fetch.max.wait.ms", 10);
                    try (KafkaConsumer<String, byte[]> consumer =
                            new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
                        return look.at(consumer);
                    }
                },
                false);
    }
}
