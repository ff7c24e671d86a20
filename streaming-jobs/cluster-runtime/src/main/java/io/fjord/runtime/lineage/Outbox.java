package io.fjord.runtime.lineage;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is to be told to the control plane: kept while it is away, as far as there is room, and sent by a thread of its own. What
 * finds no room is lost, and the log says how much.
 */
final class Outbox implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Outbox.class);

    /** Characters that wait at most, and that are sent at once. */
    private static final int ROOM = 4 << 20;

    private static final int AT_ONCE = 1 << 20;
    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final long FIRST_PAUSE_MILLIS = 500;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;
    private static final long LAST_WORDS_MILLIS = 2_000;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(LONGEST)
            .build();
    private final URI to;
    private final String token;
    private final Deque<String> waiting = new ArrayDeque<>();
    private final Thread sender = new Thread(this::send, "fjord-lineage");
    private int size;
    private long lost;
    private boolean closed;

    Outbox(String gateway, String domain, String token) {
        this.to = URI.create(gateway.replaceAll("/+$", "") + "/api/v1/lineage/batch?domain=" + domain);
        this.token = token;
        sender.setDaemon(true);
        sender.start();
    }

    synchronized void add(String event) {
        if (closed || size + event.length() > ROOM) {
            lost++;
            return;
        }
        waiting.add(event);
        size += event.length();
        notifyAll();
    }

    private void send() {
        var pause = FIRST_PAUSE_MILLIS;
        try {
            while (true) {
                var batch = next();
                if (batch.isEmpty()) {
                    return;
                }
                if (isDelivered(batch)) {
                    done(batch);
                    pause = FIRST_PAUSE_MILLIS;
                } else if (!pause(pause)) {
                    return;
                } else {
                    pause = Math.min(LONGEST_PAUSE_MILLIS, pause * 2);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Empty when it is closed and nothing waits. */
    private synchronized List<String> next() throws InterruptedException {
        while (waiting.isEmpty() && !closed) {
            wait();
        }
        var batch = new ArrayList<String>();
        var length = 0;
        for (var event : waiting) {
            if (!batch.isEmpty() && length + event.length() > AT_ONCE) {
                break;
            }
            batch.add(event);
            length += event.length();
        }
        return batch;
    }

    private synchronized void done(List<String> batch) {
        for (var event : batch) {
            waiting.remove();
            size -= event.length();
        }
        if (lost > 0) {
            log.atWarn()
                    .addKeyValue("count", lost)
                    .log("Lineage was lost: the control plane was away for longer than there was room");
            lost = 0;
        }
    }

    /** Unless somebody closes meanwhile; tells whether to go on. */
    private synchronized boolean pause(long millis) throws InterruptedException {
        var until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (var left = until - System.nanoTime(); !closed && left > 0; left = until - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return !closed;
    }

    /** Whether it need not be sent again. */
    private boolean isDelivered(List<String> batch) throws InterruptedException {
        var request = HttpRequest.newBuilder(to)
                .timeout(LONGEST)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("[" + String.join(",", batch) + "]"))
                .build();
        try {
            var response = http.send(request, HttpResponse.BodyHandlers.ofString());
            var status = response.statusCode();
            if (status >= 500 || status == 429) {
                return false;
            }
            if (status != 200) {
                log.atWarn()
                        .addKeyValue("status", status)
                        .addKeyValue("answer", first(response.body()))
                        .log("The control plane does not take some of the lineage it was told");
            }
            return true;
        } catch (IOException e) {
            log.atDebug().setCause(e).log("The control plane was told lineage in vain; it is tried again");
            return false;
        }
    }

    private static String first(String body) {
        return body.length() > 300 ? body.substring(0, 300) + "…" : body;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            sender.join(LAST_WORDS_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
