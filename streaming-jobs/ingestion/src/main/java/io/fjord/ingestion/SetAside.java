package io.fjord.ingestion;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.fjord.contract.Problem;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what a pipeline does not write to its table, with why, on topics of its own: before the commit that counts it, so that
 * nothing is counted and not kept. Each record is kept once: an engine that reads some again says so, and who goes on after a
 * crash looks at what stands behind the last commit. Only while two processes run the same pipeline can one be there twice;
 * {@code fjord-source} says which record it is.
 */
public final class SetAside implements AutoCloseable {

    private static final String SOURCE = "fjord-source";
    private static final Duration ASK_WITHIN = Duration.ofSeconds(20);
    private static final String KEPT_MILLIS = String.valueOf(Duration.ofDays(30).toMillis());

    private final Order order;
    private final Producer<byte[], byte[]> producer;
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private final Map<Aside, Long> ends = new ConcurrentHashMap<>();
    /** Where those behind the last commit come from, which are read again. */
    private final Set<String> there = new HashSet<>();
    /** Of the batch, which records are kept, and where; null: nothing is read twice. */
    private volatile @Nullable Set<String> kept;

    /** @param since what was put there after that is read again, and is not put there again */
    public SetAside(Settings settings, Order order, Committed since) throws InterruptedException {
        this(order, since, opened(settings, order), SourceTopic.consumer(settings));
    }

    /** @param asking is closed */
    SetAside(Order order, Committed since, Producer<byte[], byte[]> producer, Consumer<byte[], byte[]> asking) {
        this.order = order;
        this.producer = producer;
        try (asking) {
            for (Aside aside : Aside.values()) {
                look(aside, since, asking);
            }
        } catch (RuntimeException e) {
            producer.close(Duration.ofSeconds(5));
            throw e;
        }
    }

    /** To where the topic ends now: who put the rest there has crashed, or is overtaken. */
    private void look(Aside aside, Committed since, Consumer<byte[], byte[]> asking) {
        TopicPartition topic = new TopicPartition(order.topic(aside), 0);
        List<TopicPartition> one = List.of(topic);
        long end = asking.endOffsets(one, ASK_WITHIN).getOrDefault(topic, 0L);
        long first = asking.beginningOffsets(one, ASK_WITHIN).getOrDefault(topic, 0L);
        ends.put(aside, end);
        asking.assign(one);
        asking.seek(topic, Math.max(first, Math.min(end, since.aside().getOrDefault(aside, end))));
        long deadline = System.nanoTime() + ASK_WITHIN.toNanos();
        while (asking.position(topic) < end) {
            for (ConsumerRecord<byte[], byte[]> record : asking.poll(Duration.ofMillis(500))) {
                Header source = record.headers().lastHeader(SOURCE);
                if (source != null) {
                    there.add(aside + " " + new String(source.value(), StandardCharsets.UTF_8));
                }
                deadline = System.nanoTime() + ASK_WITHIN.toNanos();
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("What was set aside on " + topic.topic() + " cannot be read");
            }
        }
    }

    private static Producer<byte[], byte[]> opened(Settings settings, Order order) throws InterruptedException {
        PipelineTopics.make(
                settings.kafka(),
                Arrays.stream(Aside.values())
                        .map(aside -> newTopic(order.topic(aside)))
                        .toList());
        Map<String, Object> properties = new HashMap<>(settings.kafka());
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, "fjord-pipeline-" + order.domain() + "-" + order.name());
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static NewTopic newTopic(String name) {
        return new NewTopic(name, Optional.of(1), Optional.empty()).configs(Map.of("retention.ms", KEPT_MILLIS));
    }

    /** Begins a batch: until the next begins a record is kept once, however often it is read. */
    public void batch() {
        kept = ConcurrentHashMap.newKeySet();
    }

    void dead(ConsumerRecord<byte[], byte[]> record, Unfit why) {
        send(
                Aside.DEAD,
                record,
                Problem.of(
                        "pipeline-record-unfit",
                        422,
                        "Record does not fit",
                        "It " + why.getMessage()
                                + ". Put a corrected record on the topic, or let the pipeline add columns."));
    }

    void late(ConsumerRecord<byte[], byte[]> record, long watermarkMillis) {
        send(
                Aside.LATE,
                record,
                Problem.of(
                        "pipeline-record-late",
                        422,
                        "Record is late",
                        "It came when the watermark was at " + Instant.ofEpochMilli(watermarkMillis)
                                + ". Read it here, or give the watermark a longer delay."));
    }

    private void send(Aside aside, ConsumerRecord<byte[], byte[]> record, Problem problem) {
        String source = record.topic() + "-" + record.partition() + "@" + record.offset();
        Set<String> already = kept;
        if (there.contains(aside + " " + source) || already != null && !already.add(aside + " " + source)) {
            return;
        }
        List<Header> headers = new ArrayList<>(List.of(record.headers().toArray()));
        try {
            headers.add(new RecordHeader("fjord-problem", Settings.JSON.writeValueAsBytes(problem)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Problems can be written as JSON", e);
        }
        headers.add(new RecordHeader(SOURCE, source.getBytes(StandardCharsets.UTF_8)));
        var unused = producer.send(
                new ProducerRecord<>(order.topic(aside), null, record.key(), record.value(), headers), (at, failed) -> {
                    if (failed == null) {
                        ends.merge(aside, at.offset() + 1, Math::max);
                    } else {
                        failure.compareAndSet(null, failed);
                    }
                });
    }

    /** How far the topics are with what was flushed. */
    Map<Aside, Long> ends() {
        return new EnumMap<>(ends);
    }

    /** @throws IllegalStateException if one could not be kept */
    public void flush() {
        producer.flush();
        Exception failed = failure.getAndSet(null);
        if (failed != null) {
            Set<String> already = kept;
            if (already != null) {
                // Not all of them are.
                already.clear();
            }
            throw new IllegalStateException("A record could not be set aside", failed);
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }
}
