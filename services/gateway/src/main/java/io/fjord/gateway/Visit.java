package io.fjord.gateway;

import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One request from its arrival to the end of its answer, or until its caller leaves. */
final class Visit {

    private final HttpServerResponse response;
    private final Connections.Connection connection;
    private final long started = System.nanoTime();
    private final boolean turnsIntoSocket;
    private Admission.@Nullable Ticket ticket;
    private @Nullable String service;
    private @Nullable Runnable whenLeft;
    private boolean over;

    Visit(HttpServerRequest request, Connections.Connection connection) {
        this.response = request.response();
        this.connection = connection;
        // Its answer ends with 101, and then it goes on: its connection is never quiet.
        this.turnsIntoSocket = "websocket".equalsIgnoreCase(request.getHeader(HttpHeaders.UPGRADE));
        connection.asked();
        response.endHandler(ended -> over());
        response.closeHandler(gone -> left());
    }

    /** From here on it counts for its caller. */
    void admitted(Admission.Ticket held) {
        if (over || turnsIntoSocket) {
            held.close();
        } else {
            ticket = held;
        }
    }

    void handedOnTo(String name) {
        service = name;
    }

    /** What to do when the caller leaves before the end of the answer. */
    void whenLeft(Runnable action) {
        whenLeft = action;
    }

    private void left() {
        boolean ended = over || response.ended();
        over();
        Runnable action = whenLeft;
        if (!ended && action != null) {
            action.run();
        }
    }

    private void over() {
        if (over) {
            return;
        }
        over = true;
        if (!turnsIntoSocket) {
            connection.answered();
        }
        if (ticket != null) {
            ticket.close();
        }
        if (service != null) {
            Timer.builder("fjord.gateway.requests")
                    .description("Requests handed on, by service")
                    .tag("service", service)
                    .tag("status", Integer.toString(response.getStatusCode()))
                    .register(Metrics.globalRegistry)
                    .record(Duration.ofNanos(System.nanoTime() - started));
        }
    }
}
