package io.fjord.cdc.keycloak;

import io.fjord.cdc.capture.CaptureConfig;
import io.fjord.cdc.capture.CapturedRow;
import io.fjord.codec.KafkaMessages;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Topics;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.TopicSetup;
import io.fjord.platform.kafka.TopicSpec;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns the captured rows of Keycloak into observations of iam, each at least once and under the row's own id. */
public final class KeycloakObservations extends VerticleBase {

    private static final Logger log = LoggerFactory.getLogger(KeycloakObservations.class);
    private static final String GROUP = "fjord.iam.keycloak";
    private static final TopicSpec OBSERVATIONS = TopicSpec.observations("iam");
    private static final Duration ANSWER = Duration.ofSeconds(15);

    private final KafkaConfig kafka;
    private final String from;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);

    public KeycloakObservations(CaptureConfig captured) {
        this.kafka = captured.kafka();
        this.from = captured.topic();
    }

    @Override
    public Future<?> start() {
        return TopicSetup.ensure(kafka, List.of(OBSERVATIONS, CaptureConfig.spec(from)))
                .onSuccess(ok -> {
                    Thread thread = new Thread(this::run, "keycloak-observations");
                    thread.setDaemon(true);
                    thread.start();
                });
    }

    @Override
    public Future<?> stop() {
        return vertx.executeBlocking(
                () -> {
                    stop.countDown();
                    return ended.await(30, TimeUnit.SECONDS);
                },
                false);
    }

    private void run() {
        try {
            while (stop.getCount() > 0) {
                try {
                    translate();
                } catch (ExecutionException | RuntimeException e) {
                    log.atWarn().setCause(e).log("Translating what Keycloak wrote down waits");
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

    private void translate() throws InterruptedException, ExecutionException {
        KafkaConsumer<String, byte[]> consumer = consumer();
        try (KafkaProducer<String, byte[]> producer = producer()) {
            consumer.subscribe(List.of(from));
            while (stop.getCount() > 0) {
                List<java.util.concurrent.Future<RecordMetadata>> sent = new ArrayList<>();
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                    observation(record)
                            .ifPresent(observation -> sent.add(producer.send(KafkaMessages.toRecord(
                                    Topics.observations("iam"), partition(observation), observation))));
                }
                for (var one : sent) {
                    one.get();
                }
                if (!sent.isEmpty()) {
                    // After they are written: what is written again bears the same id.
                    consumer.commitSync(ANSWER);
                }
            }
        } finally {
            consumer.close(CloseOptions.timeout(Duration.ofSeconds(2)));
        }
    }

    private static Optional<EventEnvelope<byte[]>> observation(ConsumerRecord<String, byte[]> record) {
        try {
            return KeycloakTranslation.of(CapturedRow.parse(record.value()), record.offset() + 1);
        } catch (IllegalArgumentException e) {
            log.atWarn().addKeyValue("offset", record.offset()).log(e.getMessage());
            return Optional.empty();
        }
    }

    private static int partition(EventEnvelope<byte[]> observation) {
        byte[] key = Utils.utf8(observation.subject().toString());
        return Utils.toPositive(Utils.murmur2(key)) % OBSERVATIONS.partitions();
    }

    private KafkaConsumer<String, byte[]> consumer() {
        Map<String, Object> settings = kafka.consumer();
        settings.put(ConsumerConfig.GROUP_ID_CONFIG, GROUP);
        settings.put(ConsumerConfig.CLIENT_ID_CONFIG, "fjord-keycloak-observations");
        // A predecessor that was killed holds the partition until its session is over.
        settings.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 10_000);
        settings.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 3_000);
        return new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
    }

    private KafkaProducer<String, byte[]> producer() {
        Map<String, Object> settings = kafka.producer();
        settings.put(ProducerConfig.CLIENT_ID_CONFIG, "fjord-keycloak-observations");
        settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 2L << 20);
        return new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    }
}
