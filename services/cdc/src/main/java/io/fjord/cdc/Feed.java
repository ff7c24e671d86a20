package io.fjord.cdc;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.kernel.CrashPoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of one service's events from its journal to its topic: knows the position of the topic's last record, passes over
 * what is there already, sends what is next, and fills from the journal what the stream left out.
 *
 * <p>So the stream decides how soon an event arrives, never whether. All calls come one at a time.
 */
final class Feed {

    private static final Logger log = LoggerFactory.getLogger(Feed.class);
    private static final int PAGE = 500;

    private final String service;
    private final JournalSource journal;
    private final EventLog topics;
    private final RelayMetrics metrics;
    private final Duration highWater;

    /** The topic's last position, acknowledged; null: not known, the topic must be read. */
    private @Nullable Position published;

    private Position sent = Position.START;
    private long endOffset;
    private final List<Future<RecordMetadata>> unacknowledged = new ArrayList<>();

    /** The journal holds nothing between {@link #sent} and here. */
    private Position read = Position.START;

    // As they were at the look before this one
    private Position endBefore = Position.START;
    private Position sentBefore = Position.START;
    private long endOffsetBefore;

    private int stalls;
    private @Nullable String trouble = "Not looked at yet";
    private Position announced = Position.START;
    private long announcedAt;
    private @Nullable Future<RecordMetadata> announcement;

    Feed(String service, JournalSource journal, EventLog topics, RelayMetrics metrics, Duration highWater) {
        this.service = service;
        this.journal = journal;
        this.topics = topics;
        this.metrics = metrics;
        this.highWater = highWater;
    }

    String service() {
        return service;
    }

    /** Why this service's events do not flow, if they do not. */
    Optional<String> trouble() {
        return Optional.ofNullable(trouble);
    }

    /** Whether its topic holds anything. */
    boolean hasPublished() {
        return sent.n() > 0;
    }

    /** Waits for the service's tables. */
    void absent() {
        published = null;
        report("The journal of '" + service + "' is not there yet, or not part of the publication");
    }

    /** An event out of the stream. */
    void offer(EventEnvelope<byte[]> event) throws InterruptedException {
        if (published == null || !event.position().isAfter(sent)) {
            return;
        }
        guarded(() -> {
            if (!event.position().equals(sent.next())) {
                fill(event.position());
            }
            if (event.position().isAfter(sent)) {
                send(event);
            }
        });
    }

    /** Waits until everything sent is acknowledged; then the position moves on. */
    void settle() throws InterruptedException {
        if (!unacknowledged.isEmpty()) {
            guarded(this::awaitAcknowledgements);
        }
    }

    /**
     * Looks after what the stream cannot tell: events it lost at the end, a topic that lost its end, a database that went
     * back, and the announcement of where the service is.
     *
     * @param eager whether the stream is not up yet, so that what is missing is fetched at once
     * @param idle whether all that the stream brought is published
     * @param end what the service's counter said just before
     * @param topicEnd where the topic's next record would stand, if that was asked just before
     */
    void tend(boolean eager, boolean idle, Position end, @Nullable Long topicEnd) throws InterruptedException {
        guarded(() -> {
            if (topicEnd != null && published != null && topicEnd < endOffsetBefore) {
                throw new AnotherEnd();
            }
            if (published == null || sentBefore.isAfter(end)) {
                open();
            }
            boolean missing = end.isAfter(sent) && end.isAfter(read);
            boolean stalled = missing && idle && endBefore.isAfter(sent) && endBefore.isAfter(read);
            if (missing && (eager || stalled)) {
                stalls = eager ? 0 : stalls + 1;
                fill(end);
                read = end;
            } else if (!missing) {
                stalls = 0;
            }
            endBefore = end;
            sentBefore = sent;
            endOffsetBefore = endOffset;
            metrics.behind(service, end.isAfter(sent) && end.isAfter(read));
            announce(end);
        });
    }

    /** How many times in a row the stream had not brought what was in the journal for long. */
    int stalls() {
        return stalls;
    }

    private void open() throws InterruptedException, ExecutionException {
        forget();
        EventLog.Last last = topics.last(service);
        Position end = journal.end(service);
        refuseAnotherPast(last, end);
        sent = last.complete();
        read = sent;
        endOffset = last.endOffset();
        published = sent;
        fill(end);
        read = end;
        log.atInfo()
                .addKeyValue("service", service)
                .addKeyValue("from", last.complete())
                .addKeyValue("to", sent)
                .log("Relaying the journal");
    }

    /** @throws AnotherPast if the topic tells of events this journal does not hold */
    private void refuseAnotherPast(EventLog.Last last, Position end) {
        if (last.id() == null) {
            return;
        }
        boolean ahead = last.position().isAfter(end);
        boolean other = last.position().epoch() == end.epoch()
                && !ahead
                && journal.idAt(service, last.position())
                        .filter(id -> !id.equals(last.id()))
                        .isPresent();
        if (ahead || other) {
            throw new AnotherPast("The topic of '" + service + "' ends at " + last.position() + ", but the journal "
                    + (ahead ? "ends at " + end : "holds another event there")
                    + ": the database was restored from an older copy. Nothing of '" + service
                    + "' is relayed until its epoch is raised: run 'fjord restore'.");
        }
    }

    private static final class AnotherPast extends RuntimeException {

        private static final long serialVersionUID = 1L;

        AnotherPast(String message) {
            super(message, null, false, false);
        }
    }

    /** The topic ends elsewhere than we left it: it lost records, or another relay wrote to it. */
    private static final class AnotherEnd extends RuntimeException {

        private static final long serialVersionUID = 1L;

        AnotherEnd() {
            super("", null, false, false);
        }
    }

    /** From the journal, up to that position or to where the journal ends. */
    private void fill(Position upTo) throws InterruptedException, ExecutionException {
        while (upTo.isAfter(sent)) {
            List<EventEnvelope<byte[]>> page = journal.after(service, sent, PAGE);
            if (page.isEmpty()) {
                return;
            }
            page.forEach(this::send);
            awaitAcknowledgements();
            metrics.filled(page.size());
        }
    }

    private void send(EventEnvelope<byte[]> event) {
        Position next = event.position();
        if (next.epoch() == sent.epoch() && next.n() != sent.n() + 1 && !sent.equals(Position.START)) {
            log.atError()
                    .addKeyValue("service", service)
                    .addKeyValue("after", sent)
                    .addKeyValue("next", next)
                    .log("The journal has a hole: positions are missing that were given to events");
            metrics.hole(service);
        }
        unacknowledged.add(topics.send(event));
        sent = next;
    }

    private void awaitAcknowledgements() throws InterruptedException, ExecutionException {
        if (unacknowledged.isEmpty()) {
            return;
        }
        long offset = endOffset;
        boolean expected = true;
        for (Future<RecordMetadata> one : unacknowledged) {
            long at = one.get().offset();
            expected &= at == offset;
            offset = at + 1;
        }
        if (!expected) {
            throw new AnotherEnd();
        }
        CrashPoint.BETWEEN_RELAY_SEND_AND_ITS_POSITION.here();
        metrics.published(service, unacknowledged.size());
        unacknowledged.clear();
        endOffset = offset;
        published = sent;
    }

    private void announce(Position end) {
        Future<RecordMetadata> before = announcement;
        if (end.isAfter(sent) || (before != null && !before.isDone())) {
            // On its way, or an epoch that was raised and has no event yet: nobody could find what was announced.
            return;
        }
        long now = System.nanoTime();
        if (!end.equals(announced) || now - announcedAt >= highWater.toNanos()) {
            // Nobody waits for it: if it fails, the next one is not far.
            announcement = topics.announce(service, end);
            announced = end;
            announcedAt = now;
        }
    }

    private interface Step {
        void run() throws InterruptedException, ExecutionException;
    }

    /** One service's trouble is not another's: it is told once, and tried again at the next look. */
    private void guarded(Step step) throws InterruptedException {
        try {
            step.run();
            report(null);
        } catch (JournalSource.JournalUnreachable e) {
            // What was sent stays sent; the rest is still in the journal.
            report(Objects.requireNonNullElse(e.getMessage(), "The journal cannot be read"));
        } catch (AnotherEnd e) {
            forget();
            topics.startOver();
            report("The topic of '" + service
                    + "' lost its last records, or another relay wrote to it; what is missing is"
                    + " written again from the journal");
        } catch (AnotherPast | EventLog.TooLarge e) {
            forget();
            report(Objects.requireNonNullElse(e.getMessage(), ""));
        } catch (ExecutionException | RuntimeException e) {
            forget();
            Throwable why = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
            report("The topic of '" + service + "' cannot be written or read: " + why);
        }
    }

    /** After a send that failed or is unknown: only the topic can say where it ends. */
    private void forget() {
        published = null;
        sentBefore = Position.START;
        unacknowledged.clear();
    }

    private void report(@Nullable String now) {
        if (Objects.equals(trouble, now)) {
            return;
        }
        if (now != null) {
            (now.contains("fjord restore") ? log.atError() : log.atWarn())
                    .addKeyValue("service", service)
                    .log(now);
        } else if (trouble != null) {
            log.atInfo().addKeyValue("service", service).log("The events flow");
        }
        trouble = now;
    }
}
