package io.fjord.platform.kafka;

import io.fjord.contract.Topics;
import io.fjord.kernel.CommandRecord;
import io.fjord.kernel.Partition;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The commands of a service for views that show what was wished, not for deciding: every record once, partition by partition in
 * order, from the offsets the view keeps with its effect.
 */
public final class CommandTail {

    /** Commands are written down some at a time; whoever decides them goes first. */
    private static final Duration GATHER = Duration.ofMillis(5);

    private static final Logger log = LoggerFactory.getLogger(CommandTail.class);
    private static final int MOST_AT_ONCE = 500;
    private static final int MOST_WAITING = 2 * MOST_AT_ONCE;

    /** The view. */
    public interface Sink {

        /**
         * The next offset of each partition it has read of; absent: from the beginning. The topic of a partition is its name
         * and, behind a dot, its id: a topic made anew is another.
         */
        Future<Map<Partition, Long>> offsets();

        /** Takes these and moves the offset past the last of them, in one transaction. What fails is tried again. */
        Future<Void> apply(Partition partition, List<Wish> wishes);
    }

    /** @param at when the broker took it */
    public record Wish(CommandRecord record, Instant at) {}

    private final Vertx vertx;
    private final Context context;
    private final KafkaConfig config;
    private final String name;
    private final String service;
    private final Sink sink;
    private final TopicReader reader;
    private final Backoff backoff;
    private final Counter missing;
    private final Queue<ConsumerRecord<String, byte[]>> arrived = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean woken = new AtomicBoolean();
    private final Promise<Void> caughtUp = Promise.promise();
    private final Map<TopicPartition, Long> nextToArrive = new ConcurrentHashMap<>();
    private volatile boolean stopped;

    // On the context
    private @Nullable RecordStream stream;
    private boolean busy = true;
    private String countedAs = "";
    private final Map<TopicPartition, Long> done = new HashMap<>();
    private final Map<TopicPartition, Long> endsAtStart = new HashMap<>();

    /** @param name of the view, for metrics and logs */
    public CommandTail(Vertx vertx, KafkaConfig config, String name, String service, Sink sink, MeterRegistry metrics) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.config = config;
        this.name = name;
        this.service = service;
        this.sink = sink;
        this.reader = new TopicReader(vertx, config);
        this.backoff = new Backoff(vertx, () -> !stopped, this::warn);
        this.missing = Counter.builder("fjord.commands.missing")
                .description("Commands that were gone from the log before the view had read them")
                .tags("projection", name, "service", service)
                .register(metrics);
    }

    public CommandTail start() {
        context.runOnContext(go -> backoff.until(this::open)
                .compose(ok -> ContextHop.to(context, Future.succeededFuture(ok)))
                .onSuccess(ok -> {
                    busy = false;
                    checkCaughtUp();
                    work();
                }));
        return this;
    }

    /** Completes when the commands that were on the log at the start are in the view. */
    public Future<Void> caughtUp() {
        return ContextHop.toCaller(caughtUp.future());
    }

    public Future<Void> stop() {
        stopped = true;
        Promise<Void> gone = Promise.promise();
        context.runOnContext(go -> {
            caughtUp.tryFail(new IllegalStateException("Stopped"));
            (stream == null ? Future.<Void>succeededFuture() : stream.close()).onComplete(gone);
        });
        return ContextHop.toCaller(gone.future());
    }

    private Future<Void> open() {
        String topic = Topics.commands(service);
        return TopicId.of(vertx, config, topic).compose(id -> open(topic, topic + "." + id));
    }

    private Future<Void> open(String topic, String counted) {
        countedAs = counted;
        return sink.offsets().compose(known -> {
            Map<TopicPartition, Long> from = new LinkedHashMap<>();
            for (int number = 0; number < config.commandPartitions(); number++) {
                // Offsets from before topics were told apart stand under the mere name.
                long before = known.getOrDefault(new Partition(topic, number), 0L);
                from.put(new TopicPartition(topic, number), known.getOrDefault(new Partition(counted, number), before));
            }
            return reader.ends(from.keySet()).map(ends -> {
                endsAtStart.putAll(ends);
                done.putAll(from);
                nextToArrive.putAll(from);
                stream();
                return null;
            });
        });
    }

    private void stream() {
        if (stopped) {
            return;
        }
        stream = RecordStream.open(config, Map.copyOf(nextToArrive), new Arrivals());
        int free = MOST_WAITING - arrived.size();
        if (free > 0) {
            stream.request(free);
        }
    }

    private final class Arrivals implements RecordStream.Listener {

        private final AtomicBoolean over = new AtomicBoolean();

        @Override
        public void onRecord(ConsumerRecord<String, byte[]> record) {
            if (over.get()) {
                return;
            }
            arrived.add(record);
            nextToArrive.put(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
            if (woken.compareAndSet(false, true)) {
                // On the stream's own thread: the context, on which callers wait for their answers, is woken once,
                // afterwards.
                LockSupport.parkNanos(GATHER.toNanos());
                context.runOnContext(go -> {
                    woken.set(false);
                    work();
                });
            }
        }

        @Override
        public void onFailure(Throwable failure) {
            over.set(true);
            if (!stopped) {
                warn(failure);
                vertx.setTimer(1_000, id -> context.runOnContext(go -> stream()));
            }
        }
    }

    private void work() {
        if (busy || stopped || arrived.isEmpty()) {
            return;
        }
        busy = true;
        Map<TopicPartition, List<Wish>> wishes = new LinkedHashMap<>();
        int taken = 0;
        for (ConsumerRecord<String, byte[]> record;
                taken < MOST_AT_ONCE && (record = arrived.poll()) != null;
                taken++) {
            TopicPartition partition = new TopicPartition(record.topic(), record.partition());
            long expected = Objects.requireNonNull(done.get(partition));
            if (record.offset() > expected) {
                missing.increment(record.offset() - expected);
                log.atError()
                        .addKeyValue("topic", record.topic())
                        .addKeyValue("partition", record.partition())
                        .addKeyValue("offset", expected)
                        .log("Commands are gone from the log that this view has not read");
            }
            done.put(partition, record.offset() + 1);
            wishes.computeIfAbsent(partition, p -> new ArrayList<>())
                    .add(new Wish(CommandRecords.read(record), Instant.ofEpochMilli(Math.max(0, record.timestamp()))));
        }
        int asked = taken;
        Future<Void> all = Future.succeededFuture();
        for (Map.Entry<TopicPartition, List<Wish>> entry : wishes.entrySet()) {
            Partition partition = new Partition(countedAs, entry.getKey().partition());
            all = all.compose(ok -> backoff.until(() -> sink.apply(partition, entry.getValue())));
        }
        all.onComplete(applied -> context.runOnContext(go -> {
            busy = false;
            if (applied.failed()) {
                return;
            }
            if (stream != null) {
                stream.request(asked);
            }
            checkCaughtUp();
            work();
        }));
    }

    private void checkCaughtUp() {
        boolean there =
                endsAtStart.entrySet().stream().allMatch(end -> done.getOrDefault(end.getKey(), 0L) >= end.getValue());
        if (there && arrived.isEmpty()) {
            caughtUp.tryComplete();
        }
    }

    private void warn(Throwable failure) {
        log.atWarn()
                .addKeyValue("projection", name)
                .addKeyValue("service", service)
                .setCause(failure)
                .log("Following the commands waits; trying again");
    }
}
