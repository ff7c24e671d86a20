package io.fjord.audit;

import io.fjord.contract.Topics;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.NumberedTopic;
import io.fjord.platform.kafka.NumberedTopic.Numbered;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts what is sealed on {@code fjord.audit.log}, in its order, byte by byte what was hashed: an entry is there when it is under a
 * signed checkpoint. Goes on where the topic ends; when two of these run for a moment, the later takes the topic from the other.
 */
final class LogTopic {

    private static final Logger log = LoggerFactory.getLogger(LogTopic.class);

    /** Of entries that are read again. */
    private static final int PAGE = 1_000;

    /** Of entries at hand in one transaction. */
    private static final int MOST_AT_ONCE = 8_192;

    private static final long MOST_BYTES_AT_ONCE = 4_000_000;

    private static final long MOST_BYTES_HEARD = 16_000_000;

    private static final long PAUSE_MILLIS = 2_000;

    /** What the broker never takes is not tried for ever at that pace: what comes to nothing fills the topic too. */
    private static final long LONGEST_PAUSE_MILLIS = 60_000;

    private final Vertx vertx;
    private final Context context;
    private final EntryQueries entries;
    private final LogSealer sealer;
    private final NumberedTopic topic;

    // On the context
    private final Deque<CanonicalEntry> heard = new ArrayDeque<>();
    private long bytesHeard;
    private long next = -1;
    private long pause = PAUSE_MILLIS;
    private boolean taken;
    private boolean busy;
    private boolean stopped;

    LogTopic(Vertx vertx, KafkaConfig kafka, EntryQueries entries, LogSealer sealer) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.entries = entries;
        this.sealer = sealer;
        this.topic = new NumberedTopic(vertx, kafka, Topics.AUDIT_LOG);
    }

    LogTopic start() {
        sealer.whenMoved(entries -> context.runOnContext(go -> {
            hear(entries);
            work();
        }));
        return this;
    }

    Future<?> stop() {
        stopped = true;
        return topic.close();
    }

    /** What is sealed is at hand; if the topic falls behind, it is read again. */
    private void hear(List<CanonicalEntry> some) {
        for (CanonicalEntry entry : some) {
            bytesHeard += entry.text().length;
            heard.add(entry);
        }
        if (bytesHeard > MOST_BYTES_HEARD) {
            heard.clear();
            bytesHeard = 0;
        }
    }

    private void work() {
        long end = sealer.sealed().map(newest -> newest.checkpoint().size()).orElse(0L);
        if (busy || stopped || next > end) {
            return;
        }
        busy = true;
        (next < 0 ? topic.last().map(last -> last + 1) : Future.succeededFuture(next))
                .compose(from -> from > end ? ahead(from, end) : taken ? append(from, end) : take())
                .onComplete(done -> context.runOnContext(go -> {
                    if (done.succeeded()) {
                        busy = false;
                        next = done.result();
                        work();
                    } else if (!stopped) {
                        waitAfter(done.cause());
                    }
                }));
    }

    /** It is not known whether they are there. Nothing goes on before the pause is over, whatever is sealed meanwhile. */
    private void waitAfter(Throwable failure) {
        next = -1;
        taken = false;
        if (failure instanceof NumberedTopic.Overtaken) {
            log.atInfo().addKeyValue("topic", Topics.AUDIT_LOG).log("Another one puts the record on its topic now");
        } else {
            log.atWarn().setCause(failure).log("The topic of the record waits; trying again");
        }
        vertx.setTimer(
                pause,
                id -> context.runOnContext(go -> {
                    busy = false;
                    work();
                }));
        pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
    }

    /** Only when there is something to put there: while another one keeps up, it is left to that one. */
    private Future<Long> take() {
        return topic.take().map(last -> {
            taken = true;
            return last + 1;
        });
    }

    /** What is not sealed is never put there, so it is of another record then: what follows would be a mixture of both. */
    private Future<Long> ahead(long from, long end) {
        if (from > end + 1) {
            stopped = true;
            log.atError()
                    .addKeyValue("topic", Topics.AUDIT_LOG)
                    .log(
                            "The topic is ahead of the log: it is of another record. Nothing is put there until it is made anew");
        }
        return Future.succeededFuture(from);
    }

    private CanonicalEntry next() {
        CanonicalEntry next = heard.removeFirst();
        bytesHeard -= next.text().length;
        return next;
    }

    /** The entries that follow, as they were hashed: those at hand, or what is read again. */
    private Future<List<CanonicalEntry>> page(long from, long end) {
        while (!heard.isEmpty() && heard.getFirst().seq() < from) {
            next();
        }
        List<CanonicalEntry> page = new ArrayList<>();
        long bytes = 0;
        while (page.size() < MOST_AT_ONCE
                && bytes < MOST_BYTES_AT_ONCE
                && !heard.isEmpty()
                && heard.getFirst().seq() == from + page.size()
                && heard.getFirst().seq() <= end) {
            bytes += heard.getFirst().text().length;
            page.add(next());
        }
        return page.isEmpty()
                ? entries.written(from - 1, (int) Math.min(PAGE, end - from + 1))
                        .map(read -> read.stream().map(CanonicalEntry::of).toList())
                : Future.succeededFuture(page);
    }

    /** @return the number after the last one that is there */
    private Future<Long> append(long from, long end) {
        return page(from, end)
                .compose(page -> topic.append(page.stream()
                                .map(entry -> new Numbered(entry.seq(), entry.text()))
                                .toList())
                        .map(ok -> {
                            pause = PAUSE_MILLIS;
                            return from + page.size();
                        }));
    }
}
