package io.fjord.platform.kafka;

import io.fjord.contract.Position;
import io.fjord.contract.Topics;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows what the relay announces. */
final class HighWaterWatch {

    private static final Logger log = LoggerFactory.getLogger(HighWaterWatch.class);
    private static final TopicPartition TOPIC = new TopicPartition(Topics.HIGH_WATER, 0);
    private static final long AT_ONCE = 100;

    private final Vertx vertx;
    private final Context context;
    private final KafkaConfig config;
    private final Consumer<Map<String, Position>> atStart;
    private final BiConsumer<String, Position> announced;
    private final TopicReader reader;
    private volatile boolean stopped;
    private volatile long next;
    private @Nullable RecordStream stream;

    /**
     * @param atStart told once, of the positions announced before the start
     * @param announced told of each after it, on any thread
     */
    HighWaterWatch(
            Vertx vertx,
            Context context,
            KafkaConfig config,
            Consumer<Map<String, Position>> atStart,
            BiConsumer<String, Position> announced) {
        this.vertx = vertx;
        this.context = context;
        this.config = config;
        this.atStart = atStart;
        this.announced = announced;
        this.reader = new TopicReader(vertx, config);
    }

    void start() {
        Backoff backoff = new Backoff(vertx, () -> !stopped, this::warn);
        context.runOnContext(go -> backoff.until(() -> reader.read(TOPIC, 0))
                .compose(records -> ContextHop.to(context, Future.succeededFuture(records)))
                .onSuccess(records -> {
                    Map<String, Position> positions = new HashMap<>();
                    HighWater.collect(records, positions);
                    next = records.isEmpty()
                            ? 0
                            : records.get(records.size() - 1).offset() + 1;
                    atStart.accept(positions);
                    open();
                }));
    }

    Future<Void> stop() {
        stopped = true;
        return stream == null ? Future.succeededFuture() : stream.close();
    }

    private void warn(Throwable failure) {
        log.atWarn().addKeyValue("topic", TOPIC.topic()).setCause(failure).log("Reading on waits; trying again");
    }

    private void open() {
        if (stopped) {
            return;
        }
        RecordStream opened = SharedStreams.of(config).open(TOPIC, next, new SharedStreams.Listener() {
            @Override
            public void onRecord(SharedRecord record) {
                next = record.offset() + 1;
                HighWater.of(record.record()).ifPresent(one -> announced.accept(one.service(), one.position()));
                RecordStream current = stream;
                if (current != null) {
                    current.request(1);
                }
            }

            @Override
            public void onFailure(Throwable failure) {
                if (!stopped) {
                    warn(failure);
                    vertx.setTimer(1_000, id -> context.runOnContext(go -> open()));
                }
            }
        });
        stream = opened;
        opened.request(AT_ONCE);
    }
}
