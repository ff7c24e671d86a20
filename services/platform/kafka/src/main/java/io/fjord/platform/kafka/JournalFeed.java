package io.fjord.platform.kafka;

import io.fjord.codec.UnreadableMessage;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.Topics;
import io.fjord.kernel.Journals;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One service's events as its journal has them, dense and in order, whatever the topic does: next = last + 1 is given on, what
 * was seen is skipped, a gap, a lost tail or a new epoch is filled from the journal.
 *
 * <p>All of it runs on one context; the sink is called one batch at a time.
 */
final class JournalFeed {

    private static final Logger log = LoggerFactory.getLogger(JournalFeed.class);
    private static final int MOST_AT_ONCE = 500;
    private static final int MOST_WAITING = MOST_AT_ONCE + 100;
    private static final long GRACE_MILLIS = 500;

    /** Where the events go. What fails is tried again, for ever. */
    interface Sink {

        Future<Position> position();

        Future<Void> apply(List<EventEnvelope<byte[]>> events);

        /** What was seen is not what the journal says any more: its events follow from the beginning. */
        Future<Void> reset();
    }

    private final Vertx vertx;
    private final Context context;
    private final KafkaConfig config;
    private final String name;
    private final String service;
    private final TopicPartition topic;
    private final Journals journals;
    private final Sink sink;
    private final TopicReader reader;
    private final Backoff backoff;
    private final MeterRegistry metrics;
    private final Counter missing;
    private final Counter unreadable;
    private final Gauge lagGauge;
    private final AtomicLong lag = new AtomicLong();

    private final Queue<SharedRecord> arrived = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean woken = new AtomicBoolean();
    private volatile Promise<Void> caughtUp = Promise.promise();
    private volatile boolean stopped;
    private volatile long nextToArrive;
    private volatile long newestSeen;

    // On the context
    private @Nullable RecordStream stream;
    private boolean busy = true;
    private Future<Void> current = Future.succeededFuture();
    private Position at = Position.START;
    private Position highWater = Position.START;
    private boolean lookAtEnd;
    private long done;
    private long endAtStart;
    private @Nullable Position highWaterAtStart;
    private Position readAgainUntil = Position.START;

    JournalFeed(
            Vertx vertx,
            Context context,
            KafkaConfig config,
            String name,
            String service,
            Journals journals,
            Sink sink,
            MeterRegistry metrics) {
        this.vertx = vertx;
        this.context = context;
        this.config = config;
        this.name = name;
        this.service = service;
        this.topic = new TopicPartition(Topics.events(service), 0);
        this.journals = journals;
        this.sink = sink;
        this.reader = new TopicReader(vertx, config);
        this.backoff = new Backoff(vertx, () -> !stopped, this::warn);
        this.metrics = metrics;
        this.missing = Counter.builder("fjord.events.missing")
                .description("Events the topic did not have and the journal gave")
                .tags("projection", name, "service", service)
                .register(metrics);
        this.unreadable = Counter.builder("fjord.events.unreadable")
                .description("Records on an event topic that are no events")
                .tags("projection", name, "service", service)
                .register(metrics);
        this.lagGauge = Gauge.builder("fjord.projection.lag.events", lag, AtomicLong::doubleValue)
                .description("Events known of and not applied")
                .tags("projection", name, "service", service)
                .register(metrics);
    }

    private void warn(Throwable failure) {
        log.atWarn()
                .addKeyValue("projection", name)
                .addKeyValue("service", service)
                .setCause(failure)
                .log("Following the journal waits; trying again");
    }

    // From any thread

    void start() {
        context.runOnContext(go -> backoff.until(sink::position)
                .compose(position -> {
                    at = position;
                    return backoff.until(() -> reader.search(topic, at));
                })
                .compose(start -> ContextHop.to(context, Future.succeededFuture(start)))
                .onSuccess(start -> {
                    endAtStart = start.end();
                    done = start.offset();
                    nextToArrive = start.offset();
                    open();
                    busy = false;
                    checkCaughtUp();
                    work();
                }));
    }

    /** Completes on the context when what was there at the start, or when the view last began again, has been applied. */
    Future<Void> caughtUp() {
        return caughtUp.future();
    }

    /** What the relay says of the journal's end. */
    void highWater(Position position) {
        context.runOnContext(go -> {
            if (position.isAfter(highWater)) {
                highWater = position;
                measure();
                if (highWater.isAfter(at)) {
                    // The events are usually on their way: what is announced was sent before.
                    vertx.setTimer(
                            GRACE_MILLIS,
                            id -> context.runOnContext(now -> {
                                lookAtEnd = true;
                                work();
                            }));
                }
            }
        });
    }

    /** What the relay had announced when the feed was started; START if nothing. */
    void highWaterAtStart(Position position) {
        highWater(position);
        context.runOnContext(go -> {
            highWaterAtStart = position;
            checkCaughtUp();
        });
    }

    Future<Void> stop() {
        stopped = true;
        metrics.remove(lagGauge);
        Promise<Void> gone = Promise.promise();
        context.runOnContext(go -> {
            Future<Void> closed = stream == null ? Future.succeededFuture() : stream.close();
            caughtUp.tryFail(new IllegalStateException("Stopped"));
            // A batch being applied must not meet the next runner's.
            current.onComplete(turned -> closed.onComplete(gone));
        });
        return gone.future();
    }

    // On the stream's thread

    private final class Arrivals implements SharedStreams.Listener {

        private final AtomicBoolean over = new AtomicBoolean();

        @Override
        public void onRecord(SharedRecord record) {
            if (over.get()) {
                return;
            }
            arrived.add(record);
            nextToArrive = record.offset() + 1;
            Position position = record.position();
            if (position != null) {
                newestSeen = Math.max(newestSeen, position.n());
            }
            if (woken.compareAndSet(false, true)) {
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
                vertx.setTimer(1_000, id -> context.runOnContext(go -> open()));
            }
        }
    }

    // On the context

    private void open() {
        if (stopped) {
            return;
        }
        stream = SharedStreams.of(config).open(topic, nextToArrive, new Arrivals());
        int free = MOST_WAITING - arrived.size();
        if (free > 0) {
            stream.request(free);
        }
    }

    private void work() {
        if (busy || stopped || (arrived.isEmpty() && !lookAtEnd)) {
            return;
        }
        busy = true;
        current = turn();
        current.onComplete(turned -> context.runOnContext(go -> {
            busy = false;
            measure();
            if (turned.failed() && !stopped) {
                warn(turned.cause());
                vertx.setTimer(1_000, id -> context.runOnContext(now -> work()));
                return;
            }
            checkCaughtUp();
            work();
        }));
    }

    private Future<Void> turn() {
        List<SharedRecord> records = new ArrayList<>();
        while (records.size() < MOST_AT_ONCE) {
            SharedRecord record = arrived.poll();
            if (record == null) {
                break;
            }
            records.add(record);
        }
        if (records.isEmpty()) {
            lookAtEnd = false;
            return fillLostTail();
        }
        return follow(records, 0).map(ok -> {
            done = records.get(records.size() - 1).offset() + 1;
            if (stream != null) {
                stream.request(records.size());
            }
            return null;
        });
    }

    /** Fails only when stopped: everything inside is tried until it works. */
    private Future<Void> follow(List<SharedRecord> records, int from) {
        List<EventEnvelope<byte[]>> run = new ArrayList<>();
        Position last = at;
        for (int i = from; i < records.size(); i++) {
            EventEnvelope<byte[]> event = read(records.get(i));
            if (event == null || !event.position().isAfter(last)) {
                continue;
            }
            if (!event.position().equals(last.next())) {
                int here = i;
                return give(run).compose(ok -> fill(event.position())).compose(ok -> follow(records, here));
            }
            run.add(event);
            last = event.position();
        }
        return give(run);
    }

    /** Null for a record that is no event: if an event is lost with it, the next one shows the gap. */
    private @Nullable EventEnvelope<byte[]> read(SharedRecord record) {
        try {
            return record.event();
        } catch (UnreadableMessage e) {
            unreadable.increment();
            log.atError()
                    .addKeyValue("projection", name)
                    .addKeyValue("topic", topic.topic())
                    .addKeyValue("offset", record.offset())
                    .setCause(e)
                    .log("A record on an event topic is no event");
            return null;
        }
    }

    private Future<Void> give(List<EventEnvelope<byte[]>> events) {
        if (events.isEmpty()) {
            return Future.succeededFuture();
        }
        return backoff.until(() -> sink.apply(events)).compose(ok -> hop()).map(ok -> {
            at = events.get(events.size() - 1).position();
            return null;
        });
    }

    private Future<Void> hop() {
        return ContextHop.to(context, Future.succeededFuture());
    }

    /** The relay has announced more than the topic has: its tail was lost. */
    private Future<Void> fillLostTail() {
        if (!highWater.isAfter(at)) {
            return Future.succeededFuture();
        }
        Position announced = highWater;
        return backoff.until(() -> reader.bounds(topic))
                .compose(bounds -> ContextHop.to(context, Future.succeededFuture(bounds)))
                .compose(bounds -> arrived.isEmpty() && nextToArrive >= bounds.end() && announced.isAfter(at)
                        ? fill(announced)
                        : Future.succeededFuture());
    }

    // From the journal

    /** Brings the sink at least to that position. */
    private Future<Void> fill(Position until) {
        if (until.epoch() > at.epoch()) {
            return backoff.until(() -> followsJournal(until))
                    .compose(ok -> hop())
                    .compose(ok -> fillFromJournal(until));
        }
        long gap = until.n() - at.n() - 1;
        log.atWarn()
                .addKeyValue("projection", name)
                .addKeyValue("service", service)
                .addKeyValue("position", at)
                .addKeyValue("missing", gap)
                .log("Events are missing on the topic; they are read from the journal");
        missing.increment(Math.max(1, gap));
        return fillFromJournal(until);
    }

    /**
     * A new epoch: the database was restored from an older copy. If the journal still has the very event the sink is at, all
     * before it is the same too, and the sink goes on; if not, it begins again.
     */
    private Future<Void> followsJournal(Position until) {
        if (at.n() == 0) {
            return Future.succeededFuture();
        }
        return journals.after(service, new Position(at.epoch(), at.n() - 1), 1).compose(events -> {
            if (!events.isEmpty() && events.get(0).position().equals(at)) {
                return Future.succeededFuture();
            }
            log.atWarn()
                    .addKeyValue("projection", name)
                    .addKeyValue("service", service)
                    .addKeyValue("position", at)
                    .log("The journal has a new epoch and not this position any more; the view begins again");
            readAgainUntil = until;
            if (caughtUp.future().isComplete()) {
                caughtUp = Promise.promise();
            }
            return sink.reset().compose(ok -> hop()).map(ok -> {
                at = Position.START;
                return null;
            });
        });
    }

    private Future<Void> fillFromJournal(Position until) {
        if (!until.isAfter(at)) {
            return Future.succeededFuture();
        }
        return backoff.until(() -> fromJournal(until)).compose(ok -> hop()).compose(ok -> fillFromJournal(until));
    }

    private Future<Void> fromJournal(Position until) {
        return journals.after(service, at, MOST_AT_ONCE)
                .compose(found -> ContextHop.to(context, Future.succeededFuture(found)))
                .compose(found -> {
                    List<EventEnvelope<byte[]>> run = new ArrayList<>();
                    Position last = at;
                    for (EventEnvelope<byte[]> event : found) {
                        // In the journal itself numbers go on over a change of epoch.
                        if (event.position().n() != last.n() + 1
                                || event.position().epoch() < last.epoch()) {
                            return event.position().epoch() > at.epoch() && run.isEmpty()
                                    ? followsJournal(until)
                                    : Future.failedFuture(new IllegalStateException("The journal of " + service
                                            + " goes from " + last + " to " + event.position()));
                        }
                        run.add(event);
                        last = event.position();
                    }
                    if (run.isEmpty()) {
                        return Future.failedFuture(new IllegalStateException(
                                "The journal of " + service + " ends at " + at + ", its topic is at " + until));
                    }
                    return give(run);
                });
    }

    private void checkCaughtUp() {
        if (!caughtUp.future().isComplete()
                && !busy
                && done >= endAtStart
                && highWaterAtStart != null
                && !highWaterAtStart.isAfter(at)
                && !readAgainUntil.isAfter(at)) {
            caughtUp.tryComplete();
        }
    }

    private void measure() {
        lag.set(Math.max(0, Math.max(highWater.n(), newestSeen) - at.n()));
    }
}
