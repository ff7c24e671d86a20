package io.fjord.audit;

import io.fjord.codec.Json;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One consumer of the live record (Server-Sent Events, WHATWG HTML): the id of each event is its seq, so that
 * {@code Last-Event-ID} goes on where the connection broke.
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
    private final HttpServerResponse response;
    private final long heartbeat;

    /** Everything up to here was looked at, and sent if it was wanted. */
    private long seen;

    /** The newest that is known to be there. */
    private long newest;

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
            HttpServerResponse response,
            long after) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.entries = entries;
        this.filter = filter;
        this.visible = visible;
        this.response = response;
        this.seen = after;
        this.heartbeat = vertx.setPeriodic(HEARTBEAT_MILLIS, id -> beat());
    }

    /** Begins; gone is run when the consumer has left. */
    void open(Runnable gone) {
        response.putHeader("Content-Type", "text/event-stream")
                .putHeader("Cache-Control", "no-store")
                .putHeader("X-Accel-Buffering", "no")
                .setChunked(true);
        response.closeHandler(ok -> {
            closed = true;
            vertx.cancelTimer(heartbeat);
            gone.run();
        });
        response.exceptionHandler(failure -> closed = true);
        send(Buffer.buffer("retry: 2000\n\n"));
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
        if (isNext && !response.writeQueueFull()) {
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
        if (response.writeQueueFull()) {
            draining = true;
            response.drainHandler(ok -> {
                draining = false;
                read();
            });
            return;
        }
        reading = true;
        entries.last()
                .compose(end -> entries.after(filter, seen, PAGE).map(page -> {
                    write(page);
                    if (page.size() < PAGE) {
                        seen = Math.max(seen, end);
                    }
                    return page.size() == PAGE || newest > seen;
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

    private void write(List<Entry> some) {
        Buffer all = Buffer.buffer();
        for (Entry entry : some) {
            seen = Math.max(seen, entry.seq());
            if (filter.matches(entry) && visible.test(entry)) {
                all.appendString("id: " + entry.seq() + "\nevent: " + entry.kind() + "\ndata: ")
                        .appendString(Json.text(entry), StandardCharsets.UTF_8.name())
                        .appendString("\n\n");
            }
        }
        if (all.length() > 0) {
            send(all);
        }
    }

    /** So that both ends notice when the other is gone. */
    private void beat() {
        if (!response.writeQueueFull()) {
            send(Buffer.buffer(": still here\n\n"));
        }
    }

    private void send(Buffer what) {
        if (!closed) {
            response.write(what).onFailure(failure -> closed = true);
        }
    }
}
