package io.fjord.ingestion;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.iceberg.Table;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Reads some partitions into files that no snapshot has yet; one thread at a time. */
final class Reader implements AutoCloseable {

    private static final Duration LONGEST_WAIT = Duration.ofMillis(100);

    private final Order order;
    private final Table table;
    private final Consumer<byte[], byte[]> consumer;
    private final int number;
    private final Sieve sieve;

    /** @param consumer stands where it is to go on */
    Reader(Order order, Table table, Consumer<byte[], byte[]> consumer, SetAside aside, int number) throws CannotGoOn {
        this.order = order;
        this.table = table;
        this.consumer = consumer;
        this.number = number;
        this.sieve = new Sieve(order, table.schema(), aside);
    }

    /**
     * Reads until then, or until there is enough.
     *
     * @param untilNanos by {@link System#nanoTime()}
     * @param watermarkMillis records of before are late; null: none is
     */
    Slice read(long untilNanos, @Nullable Long watermarkMillis, BooleanSupplier stopped)
            throws CannotGoOn, IOException {
        try (Intake intake = new Intake(order, table, sieve.from(watermarkMillis), number)) {
            while (!stopped.getAsBoolean() && !intake.isEnough()) {
                long left = untilNanos - System.nanoTime();
                if (left <= 0) {
                    break;
                }
                Duration wait = Duration.ofNanos(Math.min(left, LONGEST_WAIT.toNanos()));
                take(consumer.poll(wait), intake);
            }
            return done(intake);
        }
    }

    private void take(ConsumerRecords<byte[], byte[]> polled, Intake intake) throws IOException {
        for (TopicPartition partition : polled.partitions()) {
            for (ConsumerRecord<byte[], byte[]> record : polled.records(partition)) {
                if (!intake.take(record)) {
                    // Read again once the table has the columns.
                    consumer.seek(partition, record.offset());
                    break;
                }
            }
        }
    }

    private Slice done(Intake intake) throws IOException {
        Map<Integer, Long> next = new HashMap<>();
        long lag = 0;
        for (TopicPartition partition : consumer.assignment()) {
            next.put(partition.partition(), consumer.position(partition));
            lag += consumer.currentLag(partition).orElse(0);
        }
        return intake.done(next, lag);
    }

    @Override
    public void close() {
        consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(2)));
    }
}
