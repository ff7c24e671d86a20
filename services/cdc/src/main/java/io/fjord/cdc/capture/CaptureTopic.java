package io.fjord.cdc.capture;

import io.fjord.capture.TopicEnd;
import io.fjord.platform.kafka.TopicSetup;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The topic of a capture, as one run of it sees it: what stands there already, and what it adds. */
final class CaptureTopic implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(CaptureTopic.class);
    private static final int REMEMBERED = 20_000;

    private final String topic;
    private final KafkaProducer<String, byte[]> producer;

    /** The ids of the last rows, in the order they were written. */
    private final Set<String> written = new LinkedHashSet<>();

    private long latest;
    private volatile boolean broken;

    private CaptureTopic(CaptureConfig config) {
        this.topic = config.topic();
        Map<String, Object> settings = config.kafka().producer();
        settings.put(ProducerConfig.CLIENT_ID_CONFIG, "fjord-capture-" + config.name());
        settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 2L << 20);
        this.producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    }

    static CaptureTopic open(CaptureConfig config) throws InterruptedException, ExecutionException {
        TopicSetup.ensure(config.kafka(), List.of(CaptureConfig.spec(config.topic())))
                .toCompletionStage()
                .toCompletableFuture()
                .get();
        CaptureTopic topic = new CaptureTopic(config);
        topic.readEnd(config);
        return topic;
    }

    private void readEnd(CaptureConfig config) {
        TopicEnd.each(config.kafka().consumer(), topic, REMEMBERED, record -> {
            try {
                remember(CapturedRow.parse(record.value()));
            } catch (IllegalArgumentException e) {
                log.atWarn().addKeyValue("offset", record.offset()).log(e.getMessage());
            }
        });
    }

    private void remember(CapturedRow row) {
        written.add(row.id());
        latest = Math.max(latest, row.time());
        if (written.size() > REMEMBERED) {
            written.remove(written.iterator().next());
        }
    }

    /** When the newest row on it happened; 0 when it is empty. */
    synchronized long latest() {
        return latest;
    }

    /** Adds a row unless it is there. */
    synchronized void add(CapturedRow row) {
        if (broken || written.contains(row.id())) {
            return;
        }
        remember(row);
        var unused = producer.send(new ProducerRecord<>(topic, 0, row.id(), row.toJson()), (metadata, failure) -> {
            if (failure != null) {
                log.atWarn().addKeyValue("topic", topic).setCause(failure).log("A captured row was not written");
                // What is not written is found in its table by the next run.
                broken = true;
            }
        });
    }

    /** Whether something could not be written, so that only a new run knows what is there. */
    boolean isBroken() {
        return broken;
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }
}
