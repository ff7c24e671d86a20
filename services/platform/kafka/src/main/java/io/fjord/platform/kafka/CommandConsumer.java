package io.fjord.platform.kafka;

import io.fjord.contract.Problem;
import io.fjord.contract.Topics;
import io.fjord.kernel.CommandRecord;
import io.fjord.kernel.Fenced;
import io.fjord.kernel.Partition;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Brings a service's commands to its handler: the batches of a partition one after the other, partitions side by side.
 *
 * <p>Where a partition begins is asked of the database at each assignment; Kafka's group offsets are committed for those who
 * look at them and never read. All state of the partitions belongs to the consumer's thread.
 */
public final class CommandConsumer {

    private static final Logger log = LoggerFactory.getLogger(CommandConsumer.class);
    private static final int MOST_AT_A_POLL = 500;
    private static final int MOST_WAITING = 2 * MOST_AT_A_POLL;
    private static final Duration SESSION = Duration.ofSeconds(6);
    private static final Duration REVOKED_BATCHES = Duration.ofSeconds(3);
    /** What comes this soon after the first goes into the same transaction; meanwhile the first's sender gets its answer. */
    private static final Duration GATHER = Duration.ofMillis(1);

    private static final Duration BETWEEN_COMMITS = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final Context context;
    private final KafkaConfig config;
    private final String service;
    private final BiFunction<Partition, List<CommandRecord>, Future<Long>> handler;
    private final Function<Partition, Future<Long>> startOffset;
    private final DeadLetterLog deadLetters;
    private final TopicReader reader;

    private final Counter unreadable;
    private final Timer batches;
    private final Gauge lagGauge;
    private final MeterRegistry metrics;
    private final AtomicLong lag = new AtomicLong();

    private final Map<TopicPartition, Slot> slots = new HashMap<>();
    private final Map<TopicPartition, OffsetAndMetadata> toCommit = new HashMap<>();
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Promise<Void> assigned = Promise.promise();
    private final Promise<Void> stopped = Promise.promise();
    private final Consumer<String, byte[]> consumer;
    private long lastCommit = System.nanoTime();

    /**
     * @param handler gives the next offset to read; fails with {@link Fenced} when another handler has taken over
     * @param startOffset the next offset of a partition just assigned: read from the offset row; here the command handler can
     *     also be told of the assignment
     */
    public CommandConsumer(
            Vertx vertx,
            KafkaConfig config,
            String service,
            BiFunction<Partition, List<CommandRecord>, Future<Long>> handler,
            Function<Partition, Future<Long>> startOffset,
            DeadLetterLog deadLetters,
            MeterRegistry metrics) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.config = config;
        this.service = service;
        this.handler = handler;
        this.startOffset = startOffset;
        this.deadLetters = deadLetters;
        this.reader = new TopicReader(vertx, config);
        this.metrics = metrics;
        this.unreadable = Counter.builder("fjord.commands.unreadable")
                .description("Records on a command topic that are no commands")
                .tag("service", service)
                .register(metrics);
        this.batches = Timer.builder("fjord.command.batch")
                .description("From reading a batch of commands to its commit")
                .tag("service", service)
                .register(metrics);
        this.lagGauge = Gauge.builder("fjord.command.lag.records", lag, AtomicLong::doubleValue)
                .description("Commands on the log that are not handled yet")
                .tag("service", service)
                .register(metrics);
        this.consumer = new KafkaConsumer<>(settings(), new StringDeserializer(), new ByteArrayDeserializer());
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = config.consumer();
        settings.put("group.id", "fjord." + service + ".commands");
        settings.put("partition.assignment.strategy", CooperativeStickyAssignor.class.getName());
        // Offsets come from the database; one that is out of range must be looked at, not jumped over.
        settings.put("auto.offset.reset", "none");
        settings.put("session.timeout.ms", (int) SESSION.toMillis());
        settings.put("heartbeat.interval.ms", (int) SESSION.toMillis() / 3);
        settings.put("max.poll.records", MOST_AT_A_POLL);
        settings.put("fetch.max.wait.ms", 250);
        return settings;
    }

    /** @return completes with the first assignment; a broker that is not there is waited for */
    public Future<Void> start() {
        Thread thread = new Thread(this::run, "fjord-commands-" + service);
        thread.setDaemon(true);
        thread.start();
        return ContextHop.toCaller(assigned.future());
    }

    /** Batches in flight are waited for briefly, the group is left. */
    public Future<Void> stop() {
        stopping.countDown();
        consumer.wakeup();
        metrics.remove(lagGauge);
        return ContextHop.toCaller(stopped.future());
    }

    /** One partition while it is ours. */
    private static final class Slot {
        final TopicPartition where;
        final Partition partition;
        final Deque<ConsumerRecord<String, byte[]>> waiting = new ArrayDeque<>();
        CompletableFuture<Void> inFlight = CompletableFuture.completedFuture(null);
        boolean busy;
        boolean paused = true;
        // Also read between the tries of a batch, on the context.
        volatile boolean ours = true;

        Slot(TopicPartition where) {
            this.where = where;
            this.partition = new Partition(where.topic(), where.partition());
        }
    }

    // The consumer's thread

    private void run() {
        try {
            consumer.subscribe(List.of(Topics.commands(service)), new Rebalance());
            while (stopping.getCount() > 0) {
                turn();
            }
            leave();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            slots.values().forEach(slot -> slot.ours = false);
            try {
                consumer.close();
            } catch (KafkaException e) {
                log.atWarn().addKeyValue("service", service).setCause(e).log("The command consumer closed badly");
            }
            assigned.tryFail(new IllegalStateException("Stopped before a partition was assigned"));
            stopped.tryComplete();
        }
    }

    private void turn() throws InterruptedException {
        try {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
            // Also what a wake-up kept from it the last time.
            List.copyOf(slots.values()).forEach(this::next);
            gather();
            List.copyOf(slots.values()).forEach(this::next);
            look();
            commit();
        } catch (WakeupException e) {
            // There are tasks.
        } catch (OffsetOutOfRangeException e) {
            e.offsetOutOfRangePartitions().keySet().forEach(where -> {
                Slot slot = slots.get(where);
                if (slot != null) {
                    begin(slot);
                }
            });
        } catch (RuntimeException e) {
            log.atWarn().addKeyValue("service", service).setCause(e).log("Reading commands failed; trying again");
            if (stopping.await(1, TimeUnit.SECONDS)) {
                return;
            }
        }
    }

    private void later(Runnable task) {
        tasks.add(task);
        consumer.wakeup();
    }

    private void gather() {
        if (take(consumer.poll(Duration.ofMillis(500)))) {
            LockSupport.parkNanos(GATHER.toNanos());
            take(consumer.poll(Duration.ZERO));
        }
    }

    /** @return whether there were any */
    private boolean take(ConsumerRecords<String, byte[]> records) {
        for (TopicPartition where : records.partitions()) {
            take(where, records.records(where));
        }
        return !records.isEmpty();
    }

    private void take(TopicPartition where, List<ConsumerRecord<String, byte[]>> records) {
        Slot slot = slots.get(where);
        if (slot == null) {
            return;
        }
        slot.waiting.addAll(records);
        if (slot.waiting.size() >= MOST_WAITING) {
            pause(slot);
        }
    }

    private void pause(Slot slot) {
        slot.paused = true;
        consumer.pause(Set.of(slot.where));
    }

    private void resume(Slot slot) {
        slot.paused = false;
        consumer.resume(Set.of(slot.where));
    }

    /** How much is left, for the gauge. */
    private void look() {
        long left = 0;
        for (Slot slot : slots.values()) {
            left += slot.waiting.size() + consumer.currentLag(slot.where).orElse(0);
        }
        lag.set(left);
    }

    private void commit() {
        if (toCommit.isEmpty() || System.nanoTime() - lastCommit < BETWEEN_COMMITS.toNanos()) {
            return;
        }
        lastCommit = System.nanoTime();
        consumer.commitAsync(Map.copyOf(toCommit), (offsets, failure) -> {
            if (failure != null) {
                log.atDebug().addKeyValue("service", service).setCause(failure).log("Group offsets not committed");
            }
        });
        toCommit.clear();
    }

    private void leave() throws InterruptedException {
        slots.values().forEach(slot -> slot.ours = false);
        awaitInFlight(slots.values());
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
        if (!toCommit.isEmpty()) {
            try {
                consumer.commitSync(toCommit, Duration.ofSeconds(1));
            } catch (KafkaException e) {
                log.atDebug().addKeyValue("service", service).setCause(e).log("Group offsets not committed");
            }
        }
    }

    // One partition

    /** Asks where to begin, holds it against the topic, and goes on from there. */
    private void begin(Slot slot) {
        slot.waiting.clear();
        pause(slot);
        Backoff backoff = new Backoff(
                vertx,
                () -> slot.ours,
                failure -> atWarn(slot).setCause(failure).log("Where the partition begins is not known yet"));
        context.runOnContext(go -> backoff.until(() -> startOffset
                        .apply(slot.partition)
                        .compose(next -> reader.bounds(slot.where).compose(bounds -> within(slot, next, bounds))))
                .onSuccess(next -> later(() -> {
                    if (slot.ours) {
                        consumer.seek(slot.where, next);
                        resume(slot);
                    }
                })));
    }

    private Future<Long> within(Slot slot, long next, TopicReader.Bounds bounds) {
        if (next > bounds.end()) {
            return Future.failedFuture(new IllegalStateException("The database has handled the commands of "
                    + slot.partition + " up to offset " + next + ", the topic ends at " + bounds.end()
                    + ": commands were lost, or this is another broker's data. Nothing is handled until they agree"));
        }
        if (next < bounds.first()) {
            log.atError()
                    .addKeyValue("topic", slot.where.topic())
                    .addKeyValue("partition", slot.where.partition())
                    .addKeyValue("offset", next)
                    .log("Commands are gone from the topic before they were handled");
        }
        return Future.succeededFuture(Math.max(next, bounds.first()));
    }

    private void next(Slot slot) {
        if (slot.busy || !slot.ours || slot.waiting.isEmpty()) {
            return;
        }
        List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
        List<CommandRecord> batch = new ArrayList<>();
        while (batch.size() < config.commandBatch() && !slot.waiting.isEmpty()) {
            ConsumerRecord<String, byte[]> record = slot.waiting.remove();
            records.add(record);
            batch.add(CommandRecords.read(record));
        }
        slot.busy = true;
        slot.inFlight = new CompletableFuture<>();
        Timer.Sample started = Timer.start(metrics);
        context.runOnContext(go -> handle(slot, records, batch).onComplete(done -> {
            started.stop(batches);
            slot.inFlight.complete(null);
            later(() -> {
                slot.busy = false;
                long last = batch.get(batch.size() - 1).offset();
                if (done.succeeded()) {
                    handled(slot, last, done.result());
                } else if (slot.ours) {
                    fenced(slot, done.cause());
                }
            });
        }));
    }

    /** Dead letters first, then the handler; tried until it works, the handler is fenced or the partition is not ours. */
    private Future<Long> handle(Slot slot, List<ConsumerRecord<String, byte[]>> records, List<CommandRecord> batch) {
        Backoff backoff = new Backoff(
                vertx,
                () -> slot.ours,
                failure -> atWarn(slot)
                        .addKeyValue("offset", batch.get(0).offset())
                        .setCause(failure)
                        .log("A batch of commands failed; it is tried again"));
        Future<Void> buried = Future.succeededFuture();
        for (int i = 0; i < batch.size(); i++) {
            ConsumerRecord<String, byte[]> record = records.get(i);
            Problem problem = batch.get(i).unreadable();
            if (problem != null) {
                unreadable.increment();
                buried = buried.compose(ok -> backoff.until(() -> deadLetters.addUnreadable(record, problem)));
            }
        }
        // What the handler says of being fenced is an answer, not a failure to try again.
        return buried.compose(ok -> backoff.until(() -> Backoff.guarded(() -> handler.apply(slot.partition, batch))
                        .map(Answer::new)
                        .recover(failure -> failure instanceof Fenced fenced
                                ? Future.succeededFuture(new Answer(fenced))
                                : Future.failedFuture(failure))))
                .compose(Answer::told);
    }

    private record Answer(long next, @Nullable Fenced fenced) {

        Answer(Long next) {
            this(next, null);
        }

        Answer(Fenced fenced) {
            this(-1, fenced);
        }

        Future<Long> told() {
            return fenced == null ? Future.succeededFuture(next) : Future.failedFuture(fenced);
        }
    }

    private void handled(Slot slot, long last, long next) {
        if (slots.get(slot.where) == slot) {
            toCommit.put(slot.where, new OffsetAndMetadata(next));
        }
        if (!slot.ours) {
            return;
        }
        if (next != last + 1) {
            slot.waiting.clear();
            consumer.seek(slot.where, next);
        }
        if (slot.paused && slot.waiting.size() < MOST_AT_A_POLL) {
            resume(slot);
        }
        next(slot);
    }

    /**
     * Another handler has moved the offset row. If this is the one that has lost the partition, the group will say so within
     * a session; if it is still the owner then, the other was the zombie, and the partition is begun again.
     */
    private void fenced(Slot slot, Throwable cause) {
        atWarn(slot).setCause(cause).log("Fenced: another handler has taken over the partition");
        slot.waiting.clear();
        pause(slot);
        vertx.setTimer(
                SESSION.plusSeconds(2).toMillis(),
                id -> later(() -> {
                    if (slot.ours) {
                        begin(slot);
                    }
                }));
    }

    private LoggingEventBuilder atWarn(Slot slot) {
        return log.atWarn().addKeyValue("topic", slot.where.topic()).addKeyValue("partition", slot.where.partition());
    }

    // Rebalances: called inside poll, on the consumer's thread

    private final class Rebalance implements ConsumerRebalanceListener {

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            for (TopicPartition where : partitions) {
                Slot slot = new Slot(where);
                slots.put(where, slot);
                // A position of some sort, so that the group's committed one is not asked for; nothing is fetched while
                // paused.
                consumer.seek(where, 0);
                begin(slot);
            }
            if (!partitions.isEmpty()) {
                assigned.tryComplete();
            }
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            List<Slot> leaving = release(partitions);
            try {
                awaitInFlight(leaving);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            release(partitions);
        }

        private List<Slot> release(Collection<TopicPartition> partitions) {
            List<Slot> leaving = new ArrayList<>();
            for (TopicPartition where : partitions) {
                Slot slot = slots.remove(where);
                if (slot != null) {
                    slot.ours = false;
                    slot.waiting.clear();
                    leaving.add(slot);
                }
            }
            return leaving;
        }
    }

    /** A batch that takes longer than this is fenced by the offset row. */
    private static void awaitInFlight(Collection<Slot> leaving) throws InterruptedException {
        try {
            CompletableFuture.allOf(leaving.stream().map(slot -> slot.inFlight).toArray(CompletableFuture[]::new))
                    .get(REVOKED_BATCHES.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            log.atWarn().log("A batch was still in flight when its partition was revoked");
        } catch (ExecutionException e) {
            throw new IllegalStateException("Completed without failure only", e);
        }
    }
}
