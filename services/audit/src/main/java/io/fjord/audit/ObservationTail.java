package io.fjord.audit;

import io.fjord.codec.KafkaMessages;
import io.fjord.codec.UnreadableMessage;
import io.fjord.contract.Topics;
import io.fjord.kernel.Partition;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.TopicId;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the observations of services into the record, from the offsets that stand there, on a thread of its own. */
final class ObservationTail {

    private static final Logger log = LoggerFactory.getLogger(ObservationTail.class);
    private static final Duration ANSWER = Duration.ofSeconds(15);
    private static final int MOST_AT_ONCE = 4_000;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);
    private static final Comparator<Partition> ORDER =
            Comparator.comparing(Partition::topic).thenComparing(Partition::number);

    private final Vertx vertx;
    private final KafkaConfig kafka;
    private final List<String> services;
    private final AuditLog record;
    private final LogSealer sealer;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);

    ObservationTail(Vertx vertx, KafkaConfig kafka, List<String> services, AuditLog record, LogSealer sealer) {
        this.vertx = vertx;
        this.kafka = kafka;
        this.services = services;
        this.record = record;
        this.sealer = sealer;
    }

    ObservationTail start() {
        Thread thread = new Thread(this::run, "audit-observations");
        thread.setDaemon(true);
        thread.start();
        return this;
    }

    Future<?> stop() {
        stop.countDown();
        return vertx.executeBlocking(() -> ended.await(30, TimeUnit.SECONDS), false);
    }

    private void run() {
        try {
            while (stop.getCount() > 0) {
                try {
                    follow();
                } catch (ExecutionException | RuntimeException e) {
                    log.atWarn().setCause(e).log("Following the observations waits; trying again");
                    if (stop.await(2, TimeUnit.SECONDS)) {
                        return;
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            ended.countDown();
        }
    }

    private void follow() throws ExecutionException, InterruptedException {
        Map<String, Object> settings = kafka.consumer();
        settings.put(ConsumerConfig.CLIENT_ID_CONFIG, "fjord-audit-observations");
        settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MOST_AT_ONCE);
        KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
        try {
            Map<String, String> counted = assign(consumer);
            Future<Void> writing = Future.succeededFuture();
            while (stop.getCount() > 0) {
                var records = consumer.poll(Duration.ofMillis(500));
                List<AuditLog.Read> reads = new ArrayList<>();
                for (TopicPartition partition : records.partitions()) {
                    reads.add(read(
                            new Partition(
                                    Objects.requireNonNull(counted.get(partition.topic())), partition.partition()),
                            records.records(partition)));
                }
                // What comes meanwhile is read while these are written.
                done(writing);
                sealer.awaitRoom(LONGEST_WAIT);
                reads.sort(Comparator.comparing(AuditLog.Read::partition, ORDER));
                writing = reads.isEmpty() ? Future.succeededFuture() : record.observed(reads);
            }
            done(writing);
        } finally {
            consumer.close(CloseOptions.timeout(Duration.ZERO));
        }
    }

    /** @return under which name each topic's offsets are kept: one made anew begins anew */
    private Map<String, String> assign(KafkaConsumer<String, byte[]> consumer)
            throws ExecutionException, InterruptedException {
        Map<Partition, Long> known = done(record.offsets());
        Map<String, String> counted = new HashMap<>();
        Map<TopicPartition, Long> from = new HashMap<>();
        for (String service : services) {
            String topic = Topics.observations(service);
            String name = topic + "." + done(TopicId.of(vertx, kafka, topic));
            counted.put(topic, name);
            consumer.partitionsFor(topic, ANSWER)
                    .forEach(info -> from.put(
                            new TopicPartition(topic, info.partition()),
                            known.getOrDefault(new Partition(name, info.partition()), 0L)));
        }
        consumer.assign(from.keySet());
        from.forEach(consumer::seek);
        return counted;
    }

    private static AuditLog.Read read(Partition partition, List<ConsumerRecord<String, byte[]>> records) {
        List<AuditLog.Seen> seen = new ArrayList<>();
        for (ConsumerRecord<String, byte[]> one : records) {
            try {
                seen.add(new AuditLog.Seen(one.offset(), KafkaMessages.event(one)));
            } catch (UnreadableMessage e) {
                log.atError().log(e.getMessage());
            }
        }
        return new AuditLog.Read(partition, records.get(records.size() - 1).offset() + 1, seen);
    }

    private static <T> T done(Future<T> future) throws ExecutionException, InterruptedException {
        return future.toCompletionStage().toCompletableFuture().get();
    }
}
