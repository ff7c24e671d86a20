package io.fjord.ingestion;

import io.fjord.contract.core.pipeline.PipelinePosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.iceberg.types.Type;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** The topic a pipeline reads, asked by a consumer of its own; closed by whoever opened it. */
public final class SourceTopic implements AutoCloseable {

    private static final Duration ASK_WITHIN = Duration.ofSeconds(20);

    private final Order order;
    private final Consumer<byte[], byte[]> asking;

    public SourceTopic(Settings settings, Order order) {
        this.order = order;
        this.asking = consumer(settings);
    }

    static Consumer<byte[], byte[]> consumer(Settings settings) {
        Map<String, Object> properties = new HashMap<>(settings.kafka());
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        // What is gone from the topic before it was read is lost: somebody has to hear of it.
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000);
        properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 4 << 20);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.METRIC_REPORTER_CLASSES_CONFIG, "");
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Empty while there is no such topic. */
    public List<TopicPartition> partitions() {
        List<TopicPartition> all = new ArrayList<>();
        List<PartitionInfo> known = asking.partitionsFor(order.topic(), ASK_WITHIN);
        if (known != null) {
            known.forEach(info -> all.add(new TopicPartition(info.topic(), info.partition())));
        }
        return all;
    }

    public Map<TopicPartition, Long> earliest(List<TopicPartition> partitions) {
        return asking.beginningOffsets(partitions, ASK_WITHIN);
    }

    public Map<TopicPartition, Long> latest(List<TopicPartition> partitions) {
        return asking.endOffsets(partitions, ASK_WITHIN);
    }

    /** Where each partition is at that position. */
    Map<Integer, Long> at(PipelinePosition from, TargetTable target, List<TopicPartition> partitions)
            throws CannotGoOn {
        Map<TopicPartition, Long> earliest = earliest(partitions);
        Map<TopicPartition, Long> latest = latest(partitions);
        Map<Integer, Long> asked = from.offsets();
        if (from.snapshot() != null) {
            Committed then = target.of(from.snapshot());
            if (then == null) {
                throw new CannotGoOn("The pipeline wrote no snapshot " + from.snapshot() + " that is still there.");
            }
            asked = then.offsets();
        }
        Map<TopicPartition, OffsetAndTimestamp> timed = new HashMap<>();
        if (from.time() != null) {
            Map<TopicPartition, Long> times = new HashMap<>();
            partitions.forEach(partition -> times.put(partition, from.time().toEpochMilli()));
            timed.putAll(asking.offsetsForTimes(times, ASK_WITHIN));
        }
        Map<Integer, Long> offsets = new TreeMap<>();
        for (TopicPartition partition : partitions) {
            long begin = Objects.requireNonNull(earliest.get(partition));
            long end = Objects.requireNonNull(latest.get(partition));
            if (asked != null) {
                offsets.put(partition.partition(), asked.getOrDefault(partition.partition(), begin));
            } else if (from.time() != null) {
                OffsetAndTimestamp at = timed.get(partition);
                offsets.put(partition.partition(), at == null ? end : at.offset());
            } else {
                offsets.put(partition.partition(), PipelinePosition.LATEST.equals(from.at()) ? end : begin);
            }
        }
        return offsets;
    }

    /** How far the topics are of what is not written to the table; of those that are there. */
    Map<Aside, Long> aside() {
        Map<Aside, Long> ends = new EnumMap<>(Aside.class);
        for (Aside aside : Aside.values()) {
            List<PartitionInfo> known = asking.partitionsFor(order.topic(aside), ASK_WITHIN);
            TopicPartition only = new TopicPartition(order.topic(aside), 0);
            boolean there = known != null && !known.isEmpty();
            ends.put(aside, there ? latest(List.of(only)).getOrDefault(only, 0L) : 0L);
        }
        return ends;
    }

    /** The fields of the first record it reads that has some; null for none. */
    public @Nullable Map<String, Type> firstRecord(List<TopicPartition> partitions) {
        asking.assign(partitions);
        if (PipelinePosition.LATEST.equals(order.restart().at())) {
            latest(partitions).forEach((partition, offset) -> asking.seek(partition, Math.max(0, offset - 1)));
        } else {
            asking.seekToBeginning(partitions);
        }
        for (ConsumerRecord<byte[], byte[]> record : asking.poll(Duration.ofSeconds(2))) {
            try {
                Map<String, Type> columns = record.value() == null ? Map.of() : Rows.infer(record.value());
                if (!columns.isEmpty()) {
                    return columns;
                }
            } catch (Unfit e) {
                // It goes to the dead letters when it is read.
            }
        }
        return null;
    }

    @Override
    public void close() {
        asking.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(2)));
    }
}
