package io.fjord.ingestion;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.fjord.contract.Problem;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what a pipeline does not write to its table, with why, on topics of its own: before the commit that counts it, so that
 * nothing is counted and not kept. An engine that reads records again says so, and each is kept once. After a crash one can be
 * there twice; {@code fjord-source} says which record it is.
 */
public final class SetAside implements AutoCloseable {

    private static final String KEPT_MILLIS = String.valueOf(Duration.ofDays(30).toMillis());

    private final Order order;
    private final Producer<byte[], byte[]> producer;
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    /** Of the batch, which records are kept, and where; null: nothing is read twice. */
    private volatile @Nullable Set<String> kept;

    public SetAside(Settings settings, Order order) throws InterruptedException {
        this(order, opened(settings, order));
    }

    SetAside(Order order, Producer<byte[], byte[]> producer) {
        this.order = order;
        this.producer = producer;
    }

    private static Producer<byte[], byte[]> opened(Settings settings, Order order) throws InterruptedException {
        PipelineTopics.make(settings.kafka(), List.of(newTopic(order.deadLetterTopic()), newTopic(order.lateTopic())));
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
                order.deadLetterTopic(),
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
                order.lateTopic(),
                record,
                Problem.of(
                        "pipeline-record-late",
                        422,
                        "Record is late",
                        "It came when the watermark was at " + Instant.ofEpochMilli(watermarkMillis)
                                + ". Read it here, or give the watermark a longer delay."));
    }

    private void send(String topic, ConsumerRecord<byte[], byte[]> record, Problem problem) {
        String source = record.topic() + "-" + record.partition() + "@" + record.offset();
        Set<String> already = kept;
        if (already != null && !already.add(topic + " " + source)) {
            return;
        }
        List<Header> headers = new ArrayList<>(List.of(record.headers().toArray()));
        try {
            headers.add(new RecordHeader("fjord-problem", Settings.JSON.writeValueAsBytes(problem)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Problems can be written as JSON", e);
        }
        headers.add(new RecordHeader("fjord-source", source.getBytes(StandardCharsets.UTF_8)));
        var unused = producer.send(
                new ProducerRecord<>(topic, null, record.key(), record.value(), headers), (at, failed) -> {
                    if (failed != null) {
                        failure.compareAndSet(null, failed);
                    }
                });
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
