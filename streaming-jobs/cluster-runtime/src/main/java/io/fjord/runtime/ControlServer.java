package io.fjord.runtime;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What the operator asks of a driver: how it is, to go on, to end. */
final class ControlServer {

    private final Lease lease;
    private final Statements statements;
    private final Runnable stop;
    private final AtomicReference<@Nullable Endpoints> endpoints = new AtomicReference<>();
    private volatile String state = "running";

    ControlServer(Lease lease, Statements statements, Runnable stop) {
        this.lease = lease;
        this.statements = statements;
        this.stop = stop;
    }

    HttpServer listen(int port, CallerAuthentication authentication, ExecutorService threads) throws IOException {
        return Http.listen(port, authentication::service, threads, (exchange, caller) -> answer(exchange));
    }

    void running(Endpoints known) {
        endpoints.set(known);
    }

    void stopping() {
        state = "stopping";
    }

    private void answer(HttpExchange exchange) throws IOException {
        var call = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
        switch (call) {
            case "GET /driver" -> document(exchange);
            case "POST /driver/lease" -> {
                lease.renew();
                document(exchange);
            }
            case "POST /driver/stop" -> {
                stopping();
                document(exchange);
                stop.run();
            }
            default ->
                Http.problem(
                        exchange,
                        404,
                        "not-found",
                        "There is nothing here",
                        "Ask GET /driver, POST /driver/lease or POST /driver/stop.");
        }
    }

    private void document(HttpExchange exchange) throws IOException {
        var known = endpoints.get();
        if (known == null) {
            exchange.getResponseHeaders().set("Retry-After", "1");
            Http.problem(exchange, 503, "starting", "The driver is starting", "Ask again in a second.");
            return;
        }
        ObjectNode node = Endpoints.JSON.valueToTree(known);
        node.put("state", state)
                .put("activeStatements", statements.active())
                .put("lastActivityAt", statements.lastActivityAt().toString());
        Http.reply(exchange, 200, "application/json", Endpoints.JSON.writeValueAsBytes(node));
    }
}
