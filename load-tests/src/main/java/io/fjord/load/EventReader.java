package io.fjord.load;

import io.fjord.contract.Position;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;

/** Reads topics of one partition from their ends on, notes when each message came, and counts what came twice or not at all. */
final class EventReader implements AutoCloseable {

    private final Thread thread;
    private final CountDownLatch opened = new CountDownLatch(1);
    private volatile boolean closing;
    private volatile @Nullable RuntimeException failure;

    private final Map<String, Long> arrivals = new HashMap<>();
    private final Map<String, String> outcomes = new HashMap<>();
    private final Map<String, String> told = new HashMap<>();
    private final Map<String, Position> last = new HashMap<>();
    private int twice;
    private int gaps;

    EventReader(String kafka, Set<String> topics) throws InterruptedException {
        thread = new Thread(() -> run(kafka, topics), "event-reader");
        thread.start();
        opened.await();
    }

    private void run(String kafka, Set<String> topics) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers",
                kafka,
                "enable.auto.commit",
                false,
                "auto.offset.reset",
                "latest",
                "max.poll.records",
                5000);
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions =
                    topics.stream().map(topic -> new TopicPartition(topic, 0)).toList();
            consumer.assign(partitions);
            consumer.seekToEnd(partitions);
            partitions.forEach(consumer::position);
            opened.countDown();
            while (!closing) {
                var records = consumer.poll(Duration.ofMillis(200));
                long now = System.nanoTime();
                if (!records.isEmpty()) {
                    synchronized (this) {
                        records.forEach(record -> note(record, now));
                        notifyAll();
                    }
                }
            }
        } catch (RuntimeException e) {
            failure = e;
        } finally {
            opened.countDown();
        }
    }

    private void note(ConsumerRecord<String, byte[]> record, long now) {
        String position = header(record, "ce_position");
        if (position != null) {
            Position at = Position.parse(position);
            Position before = last.put(record.topic(), at);
            if (before != null && (at.epoch() != before.epoch() || at.n() != before.n() + 1)) {
                gaps++;
            }
        }
        String outcome = header(record, "ce_outcome");
        String id = outcome == null ? header(record, "ce_id") : header(record, "ce_commandid");
        if (id == null) {
            id = record.key();
        }
        if (arrivals.putIfAbsent(id, now) != null) {
            twice++;
        }
        if (outcome != null) {
            outcomes.put(id, outcome);
            if (!outcome.equals("accepted") && record.value() != null) {
                told.put(id, new String(record.value(), StandardCharsets.UTF_8));
            }
        }
    }

    private static @Nullable String header(ConsumerRecord<?, ?> record, String name) {
        var header = record.headers().lastHeader(name);
        return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }

    /** Waits until all of these ids have come: the command's for an outcome, its own for any other event. */
    synchronized void await(Set<String> ids, Duration patience) throws InterruptedException, TimeoutException {
        long deadline = System.nanoTime() + patience.toNanos();
        long missing = missing(ids);
        while (missing > 0) {
            RuntimeException broken = failure;
            if (broken != null) {
                throw broken;
            }
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new TimeoutException(missing + " of " + ids.size() + " have not come within " + patience);
            }
            wait(Math.min(left, 1000));
            missing = missing(ids);
        }
    }

    private long missing(Set<String> ids) {
        return ids.stream().filter(id -> !arrivals.containsKey(id)).count();
    }

    /** {@link System#nanoTime} at which the last of them came. */
    synchronized long lastArrival(Set<String> ids) {
        return ids.stream().mapToLong(this::arrival).max().orElseThrow();
    }

    synchronized long arrival(String id) {
        return Objects.requireNonNull(arrivals.get(id), id);
    }

    synchronized long countOutcomes(Set<String> ids, String outcome) {
        return ids.stream().filter(id -> outcome.equals(outcomes.get(id))).count();
    }

    /** What the event of a command says that was not accepted; empty of one that was. */
    synchronized String problem(String id) {
        return told.getOrDefault(id, "");
    }

    /** @throws IllegalStateException if a message came twice or a position is missing */
    synchronized void verify() {
        if (twice > 0 || gaps > 0) {
            throw new IllegalStateException(twice + " messages came twice, " + gaps + " positions are missing");
        }
    }

    @Override
    public void close() throws InterruptedException {
        closing = true;
        thread.join();
    }
}
