package io.fjord.platform.kafka;

import io.fjord.codec.KafkaMessages;
import io.fjord.codec.UnreadableMessage;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Topics;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Observations of one service and of some types, from a group's offsets on, which move when what was read has been taken: each
 * comes at least once, its id is the same then. On a thread of its own.
 */
public final class ObservationReader {

    private static final Logger log = LoggerFactory.getLogger(ObservationReader.class);

    private final Vertx vertx;
    private final Context context;
    private final KafkaConfig config;
    private final String group;
    private final String service;
    private final Set<String> types;
    private final Function<List<EventEnvelope<byte[]>>, Future<Void>> sink;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);

    public ObservationReader(
            Vertx vertx,
            KafkaConfig config,
            String group,
            String service,
            String type,
            Function<List<EventEnvelope<byte[]>>, Future<Void>> sink) {
        this(vertx, config, group, service, Set.of(type), sink);
    }

    /**
     * @param group keeps the offsets, as {@code fjord.<reader>.<what>}
     * @param sink called on the creator's context; what fails is tried again
     */
    public ObservationReader(
            Vertx vertx,
            KafkaConfig config,
            String group,
            String service,
            Set<String> types,
            Function<List<EventEnvelope<byte[]>>, Future<Void>> sink) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.config = config;
        this.group = group;
        this.service = service;
        this.types = Set.copyOf(types);
        this.sink = sink;
    }

    public ObservationReader start() {
        Thread thread = new Thread(this::run, group);
        thread.setDaemon(true);
        thread.start();
        return this;
    }

    public Future<Void> stop() {
        stop.countDown();
        return vertx.executeBlocking(() -> ended.await(30, TimeUnit.SECONDS), false)
                .mapEmpty();
    }

    private void run() {
        try {
            while (stop.getCount() > 0) {
                try {
                    follow();
                } catch (ExecutionException | RuntimeException e) {
                    log.atWarn()
                            .addKeyValue("group", group)
                            .setCause(e)
                            .log("Reading observations waits; trying again");
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
        Map<String, Object> settings = config.consumer();
        settings.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        settings.put(ConsumerConfig.CLIENT_ID_CONFIG, group);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
        try {
            consumer.subscribe(List.of(Topics.observations(service)));
            while (stop.getCount() > 0) {
                ConsumerRecords<String, byte[]> records = consumer.poll(Duration.ofMillis(500));
                if (!records.isEmpty()) {
                    take(observations(records));
                    consumer.commitSync(Duration.ofSeconds(15));
                }
            }
        } finally {
            consumer.close(CloseOptions.timeout(Duration.ofSeconds(2)));
        }
    }

    private List<EventEnvelope<byte[]>> observations(ConsumerRecords<String, byte[]> records) {
        List<EventEnvelope<byte[]>> all = new ArrayList<>();
        for (ConsumerRecord<String, byte[]> record : records) {
            String type = KafkaMessages.header(record, "ce_type");
            if (type != null && types.contains(type)) {
                try {
                    all.add(KafkaMessages.event(record));
                } catch (UnreadableMessage e) {
                    log.atWarn()
                            .addKeyValue("offset", record.offset())
                            .setCause(e)
                            .log("A record is no observation");
                }
            }
        }
        return all;
    }

    private void take(List<EventEnvelope<byte[]>> observations) throws ExecutionException, InterruptedException {
        if (observations.isEmpty()) {
            return;
        }
        Promise<Void> taken = Promise.promise();
        context.runOnContext(go -> sink.apply(observations).onComplete(taken));
        taken.future().toCompletionStage().toCompletableFuture().get();
    }
}
