package io.fjord.audit;

import io.fjord.codec.Json;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One consumer of the live record (Server-Sent Events, WHATWG HTML): the id of each event is its seq, so that
 * {@code Last-Event-ID} goes on where the connection broke. Reads on when told there is more, and no faster than the socket
 * takes it.
 */
final class AuditStream {

    private static final Logger log = LoggerFactory.getLogger(AuditStream.class);
    private static final int PAGE = 200;
    private static final long HEARTBEAT_MILLIS = 15_000;

    private final Vertx vertx;
    private final Context context;
    private final EntryQueries entries;
    private final EntryFilter filter;
    private final HttpServerResponse response;
    private long last;
    private boolean reading;
    private boolean more;
    private boolean closed;
    private final long heartbeat;

    /** @param after the last seq the consumer has seen */
    AuditStream(
            Vertx vertx, EntryQueries entries, EntryFilter filter, HttpServerResponse response, long after) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.entries = entries;
        this.filter = filter;
        this.response = response;
        this.last = after;
        this.heartbeat = vertx.setPeriodic(HEARTBEAT_MILLIS, id -> send(Buffer.buffer(": still here\n\n")));
    }

    /** Begins; closed is run when the consumer has gone. */
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

    /** Something was recorded. */
    void moved() {
        context.runOnContext(go -> read());
    }

    private void read() {
        if (closed) {
            return;
        }
        if (reading) {
            more = true;
            return;
        }
        reading = true;
        more = false;
        entries.after(filter, last, PAGE)
                .onSuccess(page -> {
                    write(page);
                    reading = false;
                    if (page.size() == PAGE || more) {
                        whenTaken(this::read);
                    }
                })
                .onFailure(failure -> {
                    log.atWarn().setCause(failure).log("The record cannot be read; the stream waits");
                    reading = false;
                    vertx.setTimer(1_000, id -> read());
                });
    }

    private void write(List<Entry> page) {
        Buffer all = Buffer.buffer();
        for (Entry entry : page) {
            last = entry.seq();
            all.appendString("id: " + entry.seq() + "\nevent: " + entry.kind() + "\ndata: ")
                    .appendString(Json.text(entry), StandardCharsets.UTF_8.name())
                    .appendString("\n\n");
        }
        if (all.length() > 0) {
            send(all);
        }
    }

    private void whenTaken(Runnable next) {
        if (response.writeQueueFull()) {
            response.drainHandler(ok -> next.run());
        } else {
            next.run();
        }
    }

    private void send(Buffer what) {
        if (!closed) {
            response.write(what).onFailure(failure -> closed = true);
        }
    }
}
