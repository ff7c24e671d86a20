package io.fjord.capture;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * The end of a topic of one partition: what of it is visible and lies before the end it had when it was asked. All of it is read,
 * or an {@link IllegalStateException} or Kafka's own says that it cannot be.
 */
public final class TopicEnd {

    private static final Duration ANSWER = Duration.ofSeconds(15);

    /** A broker that brings nothing for so long will not. */
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private static final int LOOK_BACK = 1_000;

    private TopicEnd() {}

    /**
     * The last record that a question has an answer to; null for none.
     *
     * @param kafka settings of a consumer, without those of how it reads
     */
    public static <T> @Nullable T last(
            Map<String, ?> kafka, String topic, Function<ConsumerRecord<byte[], byte[]>, @Nullable T> question) {
        try (Reader reader = new Reader(kafka, topic)) {
            // At the end may lie many markers of transactions, or records that say nothing of it.
            for (long back = LOOK_BACK; ; back *= 100) {
                Latest<T> latest = new Latest<>();
                reader.read(back, record -> latest.take(question.apply(record)));
                if (latest.value != null || reader.reachesBegin(back)) {
                    return latest.value;
                }
            }
        }
    }

    private static final class Latest<T> {
        private @Nullable T value;

        void take(@Nullable T newer) {
            value = newer == null ? value : newer;
        }
    }

    /**
     * The last records.
     *
     * @param most how many offsets before the end to begin
     */
    public static void each(
            Map<String, ?> kafka, String topic, long most, Consumer<ConsumerRecord<byte[], byte[]>> taker) {
        try (Reader reader = new Reader(kafka, topic)) {
            reader.read(most, taker);
        }
    }

    private static final class Reader implements AutoCloseable {
        private final KafkaConsumer<byte[], byte[]> consumer;
        private final TopicPartition partition;
        private final long begin;
        private final long end;

        Reader(Map<String, ?> kafka, String topic) {
            Map<String, Object> settings = new HashMap<>(kafka);
            settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
            settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
            consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
            partition = new TopicPartition(topic, 0);
            try {
                consumer.assign(List.of(partition));
                begin = consumer.beginningOffsets(List.of(partition), ANSWER).getOrDefault(partition, 0L);
                end = consumer.endOffsets(List.of(partition), ANSWER).getOrDefault(partition, 0L);
            } catch (RuntimeException e) {
                close();
                throw e;
            }
        }

        boolean reachesBegin(long back) {
            return end - back <= begin;
        }

        void read(long back, Consumer<ConsumerRecord<byte[], byte[]>> taker) {
            long at = Math.max(begin, end - back);
            consumer.seek(partition, at);
            long moved = System.nanoTime();
            while (at < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    if (record.offset() < end) {
                        taker.accept(record);
                    }
                }
                long position = consumer.position(partition, ANSWER);
                if (position > at) {
                    moved = System.nanoTime();
                } else if (System.nanoTime() - moved > SILENCE.toNanos()) {
                    throw new IllegalStateException("The end of " + partition + " could not be read");
                }
                at = position;
            }
        }

        @Override
        public void close() {
            consumer.close(CloseOptions.timeout(Duration.ZERO));
        }
    }
}
