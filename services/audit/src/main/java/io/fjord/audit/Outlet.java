package io.fjord.audit;

import com.fasterxml.jackson.databind.util.RawValue;
import io.fjord.codec.Json;
import io.fjord.platform.http.ProblemException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.ServerWebSocket;
import java.nio.charset.StandardCharsets;

/** How one consumer of the live record is spoken to. */
interface Outlet {

    /** @param gone run when the consumer has left */
    void begin(Runnable gone);

    /** @param json without line ends */
    void say(String event, long id, String json);

    /** What was said goes out. */
    void flush();

    void beat();

    boolean isFull();

    void whenDrained(Runnable go);

    /** Server-Sent Events (WHATWG HTML). */
    final class Events implements Outlet {

        private final HttpServerResponse response;
        private Buffer waiting = Buffer.buffer();
        private boolean closed;

        Events(HttpServerResponse response) {
            this.response = response;
        }

        @Override
        public void begin(Runnable gone) {
            response.putHeader("Content-Type", "text/event-stream")
                    .putHeader("Cache-Control", "no-store")
                    .putHeader("X-Accel-Buffering", "no")
                    .setChunked(true);
            response.closeHandler(ok -> {
                closed = true;
                gone.run();
            });
            response.exceptionHandler(failure -> closed = true);
            send(Buffer.buffer("retry: 2000\n\n"));
        }

        @Override
        public void say(String event, long id, String json) {
            waiting.appendString("id: " + id + "\nevent: " + event + "\ndata: ")
                    .appendString(json, StandardCharsets.UTF_8.name())
                    .appendString("\n\n");
        }

        @Override
        public void flush() {
            if (waiting.length() > 0) {
                Buffer all = waiting;
                waiting = Buffer.buffer();
                send(all);
            }
        }

        @Override
        public void beat() {
            send(Buffer.buffer(": still here\n\n"));
        }

        private void send(Buffer what) {
            if (!closed) {
                response.write(what).onFailure(failure -> closed = true);
            }
        }

        @Override
        public boolean isFull() {
            return response.writeQueueFull();
        }

        @Override
        public void whenDrained(Runnable go) {
            response.drainHandler(ok -> go.run());
        }
    }

    /** A message for each: {@code {"event":"outcome","id":17,"data":{…}}}. */
    final class Socket implements Outlet {

        private static final short CANNOT = 4400;
        private static final int LONGEST_REASON = 100;

        private final ServerWebSocket socket;
        private boolean closed;

        Socket(ServerWebSocket socket) {
            this.socket = socket;
        }

        /** The handshake is made by then; what is wrong is said by closing (RFC 6455, 7.4.2). */
        void refuse(Throwable failure) {
            String reason = failure instanceof ProblemException told
                    ? told.problem().slug() + ": " + told.problem().detail()
                    : "internal-error";
            closed = true;
            socket.close(CANNOT, reason.substring(0, Math.min(reason.length(), LONGEST_REASON)))
                    .onFailure(gone -> closed = true);
        }

        @Override
        public void begin(Runnable gone) {
            socket.closeHandler(ok -> {
                closed = true;
                gone.run();
            });
            socket.exceptionHandler(failure -> closed = true);
        }

        @Override
        public void say(String event, long id, String json) {
            if (!closed) {
                String message = Json.MAPPER
                        .createObjectNode()
                        .put("event", event)
                        .put("id", id)
                        .putRawValue("data", new RawValue(json))
                        .toString();
                socket.writeTextMessage(message).onFailure(failure -> closed = true);
            }
        }

        @Override
        public void flush() {
            // Each message is on its way.
        }

        @Override
        public void beat() {
            if (!closed) {
                socket.writePing(Buffer.buffer("still here")).onFailure(failure -> closed = true);
            }
        }

        @Override
        public boolean isFull() {
            return socket.writeQueueFull();
        }

        @Override
        public void whenDrained(Runnable go) {
            socket.drainHandler(ok -> go.run());
        }
    }
}
