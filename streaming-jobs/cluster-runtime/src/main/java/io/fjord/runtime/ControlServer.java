package io.fjord.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What the operator asks of a driver: how it is, to go on, to look who may still use it, to end. */
final class ControlServer {

    private final Lease lease;
    private final Statements statements;
    private final Runnable stop;
    private final AtomicReference<@Nullable Endpoints> endpoints = new AtomicReference<>();
    private final AtomicReference<@Nullable Revocations> revocations = new AtomicReference<>();
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

    void revoking(Revocations open) {
        revocations.set(open);
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
            case "POST /driver/access" -> look(exchange, Endpoints.JSON.readTree(exchange.getRequestBody()));
            case "POST /driver/access/ended" -> end(exchange, Endpoints.JSON.readTree(exchange.getRequestBody()));
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
                        "Ask GET /driver, POST /driver/lease, POST /driver/access or POST /driver/stop.");
        }
    }

    /** Who may what has changed: ends what runs for those who may not any more, and says who is here. */
    private void look(HttpExchange exchange, JsonNode asked) throws IOException {
        var known = revocations.get();
        if (known != null && !known.look(asked.path("position").asText(""))) {
            exchange.getResponseHeaders().set("Retry-After", "1");
            Http.problem(
                    exchange,
                    503,
                    "undecided",
                    "It is not known of everybody here whether they still may",
                    "The control plane did not answer. Ask again in a moment.");
            return;
        }
        var answer = Endpoints.JSON.createObjectNode();
        var actors = answer.putArray("actors");
        if (known != null) {
            known.actors().forEach(actors::add);
        }
        Http.reply(exchange, 200, "application/json", Endpoints.JSON.writeValueAsBytes(answer));
    }

    private void end(HttpExchange exchange, JsonNode asked) throws IOException {
        var known = revocations.get();
        var actors = new ArrayList<String>();
        asked.path("actors").forEach(actor -> actors.add(actor.asText()));
        if (known != null) {
            known.end(actors);
        }
        document(exchange);
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
