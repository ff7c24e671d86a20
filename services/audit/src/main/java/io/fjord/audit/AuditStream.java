package io.fjord.audit;

import io.fjord.codec.Json;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One consumer of the live record: the id of each event is its seq, so that the consumer goes on where the connection broke.
 *
 * <p>Of entries that it does not want or may not see it learns how far they go ({@code position}); of entries that should be there
 * and are not, how many ({@code gap}).
 *
 * <p>A consumer that keeps up is handed the entries just committed. One that does not is given nothing until its socket has
 * taken what was written, and then catches up from the table: a slow consumer costs no memory.
 */
final class AuditStream {

    private static final Logger log = LoggerFactory.getLogger(AuditStream.class);
    private static final int PAGE = 200;
    private static final long HEARTBEAT_MILLIS = 15_000;

    private final Vertx vertx;
    private final Context context;
    private final EntryQueries entries;
    private final EntryFilter filter;
    private final Predicate<Entry> visible;
    private final Function<Entry, Object> format;
    private final Outlet outlet;
    private final long heartbeat;

    /** Everything up to here was looked at, and sent if it was wanted. */
    private long seen;

    /** The newest that is known to be there. */
    private long newest;

    /** What the consumer knows of it. */
    private long told;

    private boolean reading;
    private boolean draining;
    private boolean closed;

    /**
     * @param visible whether the consumer may see it, asked for each entry anew
     * @param after the last seq the consumer has seen
     */
    AuditStream(
            Vertx vertx,
            EntryQueries entries,
            EntryFilter filter,
            Predicate<Entry> visible,
            Function<Entry, Object> format,
            Outlet outlet,
            long after) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.entries = entries;
        this.filter = filter;
        this.visible = visible;
        this.format = format;
        this.outlet = outlet;
        this.seen = after;
        this.told = after;
        this.heartbeat = vertx.setPeriodic(HEARTBEAT_MILLIS, id -> beat());
    }

    /** Begins; gone is run when the consumer has left. */
    void open(Runnable gone) {
        outlet.begin(() -> {
            closed = true;
            vertx.cancelTimer(heartbeat);
            gone.run();
        });
        read();
    }

    /** Something was recorded; from any thread. */
    void recorded(List<Entry> batch) {
        context.runOnContext(go -> take(batch));
    }

    private void take(List<Entry> batch) {
        newest = Math.max(newest, batch.get(batch.size() - 1).seq());
        boolean isNext = batch.get(0).seq() == seen + 1;
        if (closed || reading || draining || newest <= seen) {
            return;
        }
        if (isNext && !outlet.isFull()) {
            write(batch);
        }
        if (newest > seen) {
            read();
        }
    }

    private void read() {
        if (closed || reading || draining) {
            return;
        }
        if (outlet.isFull()) {
            draining = true;
            outlet.whenDrained(() -> {
                draining = false;
                read();
            });
            return;
        }
        reading = true;
        entries.last()
                .compose(end -> entries.after(filter, seen, PAGE).compose(page -> {
                    boolean more = page.size() == PAGE;
                    long reached = more ? page.get(PAGE - 1).seq() : Math.max(seen, end);
                    return entries.missing(seen, reached).compose(missing -> took(page, reached, missing, more));
                }))
                .onSuccess(more -> {
                    reading = false;
                    if (more) {
                        read();
                    }
                })
                .onFailure(failure -> {
                    log.atWarn().setCause(failure).log("The record cannot be read; the stream waits");
                    vertx.setTimer(1_000, id -> {
                        reading = false;
                        read();
                    });
                });
    }

    private Future<Boolean> took(List<Entry> page, long reached, long missing, boolean more) {
        if (missing > 0) {
            outlet.say("gap", seen, "{\"after\":" + seen + ",\"to\":" + reached + ",\"missing\":" + missing + "}");
        }
        write(page);
        seen = Math.max(seen, reached);
        position();
        return Future.succeededFuture(more || newest > seen);
    }

    private void write(List<Entry> some) {
        for (Entry entry : some) {
            seen = Math.max(seen, entry.seq());
            if (filter.matches(entry) && visible.test(entry)) {
                outlet.say(entry.kind(), entry.seq(), Json.text(format.apply(entry)));
                told = entry.seq();
            }
        }
        outlet.flush();
    }

    /** So that a consumer who wants little knows that it has missed nothing, and goes on from here. */
    private void position() {
        if (seen > told && !closed) {
            told = seen;
            outlet.say("position", seen, "{\"seq\":" + seen + "}");
            outlet.flush();
        }
    }

    /** So that both ends notice when the other is gone. */
    private void beat() {
        if (!closed && !outlet.isFull()) {
            position();
            outlet.beat();
        }
    }
}
