package io.fjord.runtime;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * What a driver sees of the control plane: who a token belongs to, and a catalog whose only namespace is named after who asks.
 */
final class TestControlPlane implements AutoCloseable {

    /** Of user:alice. */
    static final String ALICE = "token-of-alice";

    static final String BOB = "token-of-bob";
    /** Known, and not allowed to use the cluster. */
    static final String CAROL = "token-of-carol";

    static final String DECISION = "0197-decision";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static TestControlPlane shared;

    private final HttpServer server;
    private final Map<String, String> actors = new ConcurrentHashMap<>();
    private final List<String> questions = new CopyOnWriteArrayList<>();
    private final List<String> askedCatalog = new CopyOnWriteArrayList<>();
    private volatile boolean away;
    private volatile CountDownLatch held = new CountDownLatch(0);

    TestControlPlane() throws IOException {
        actors.put(ALICE, "user:alice");
        actors.put(BOB, "user:bob");
        actors.put(CAROL, "user:carol");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool(work -> {
            var thread = new Thread(work, "test-control-plane");
            thread.setDaemon(true);
            return thread;
        }));
        server.createContext("/api/v1/access/check", this::check);
        server.createContext("/iceberg/", this::catalog);
        server.start();
    }

    static synchronized TestControlPlane shared() throws IOException {
        if (shared == null) {
            shared = new TestControlPlane();
        }
        return shared;
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Another token of somebody. */
    TestControlPlane knows(String token, String actor) {
        actors.put(token, actor);
        return this;
    }

    void forgets(String token) {
        actors.remove(token);
    }

    /** From now on it hangs up on everybody. */
    void away(boolean now) {
        away = now;
    }

    /** From now on its answers wait for the latch. */
    void holdAnswers(CountDownLatch until) {
        held = until;
    }

    /** The bodies of all that was asked about access. */
    List<String> questions() {
        return questions;
    }

    /** The {@code Authorization} of all that was asked of the catalog. */
    List<String> askedCatalog() {
        return askedCatalog;
    }

    private void check(HttpExchange exchange) throws IOException {
        try (exchange) {
            var question = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            questions.add(question);
            if (away || !held.await(30, TimeUnit.SECONDS)) {
                return;
            }
            var actor = actor(exchange);
            if (actor == null) {
                answer(exchange, 401, Map.of("status", 401));
                return;
            }
            var asked = JSON.readTree(question);
            var allowed = !actor.equals("user:carol")
                    && asked.path("action").asText().equals("cluster:use")
                    && asked.path("resource").asText().equals("default/cluster/etl");
            answer(
                    exchange,
                    200,
                    Map.of("actor", actor, "displayName", "Somebody", "allowed", allowed, "decisionId", DECISION));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void catalog(HttpExchange exchange) throws IOException {
        try (exchange) {
            var path = exchange.getRequestURI().getPath();
            askedCatalog.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            var actor = actor(exchange);
            if (actor == null) {
                answer(
                        exchange,
                        401,
                        Map.of("error", Map.of("message", "nobody", "type", "NotAuthorizedException", "code", 401)));
            } else if (path.endsWith("/v1/config")) {
                answer(exchange, 200, Map.of("defaults", Map.of(), "overrides", Map.of()));
            } else if (path.endsWith("/v1/namespaces")) {
                answer(exchange, 200, Map.of("namespaces", List.of(List.of(actor.replace("user:", "home_of_")))));
            } else {
                answer(
                        exchange,
                        404,
                        Map.of("error", Map.of("message", "none", "type", "NoSuchNamespaceException", "code", 404)));
            }
        }
    }

    private String actor(HttpExchange exchange) {
        var authorization = exchange.getRequestHeaders().getFirst("Authorization");
        return authorization == null ? null : actors.get(authorization.replaceFirst("^Bearer ", ""));
    }

    private static void answer(HttpExchange exchange, int status, Map<String, ?> body) throws IOException {
        Http.reply(exchange, status, "application/json", JSON.writeValueAsBytes(body));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
