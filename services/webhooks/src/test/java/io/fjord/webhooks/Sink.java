package io.fjord.webhooks;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A receiver of webhooks that remembers what it got, and behaves at each path as a test wants. */
final class Sink {

    private final HttpServer server;
    private final Map<String, Behaviour> behaviours = new ConcurrentHashMap<>();
    private final Map<String, List<Received>> received = new ConcurrentHashMap<>();

    /** One request that came whole. */
    record Received(Map<String, List<String>> headers, String body) {

        String id() {
            return headers.get("webhook-id").get(0);
        }
    }

    /** What is answered to the n-th request of a path, from 0. */
    interface Behaviour {
        void answer(HttpServerRequest request, int n, Received received);
    }

    private Sink(HttpServer server) {
        this.server = server;
    }

    static Sink listen(Vertx vertx) throws Exception {
        HttpServer server = vertx.createHttpServer();
        Sink sink = new Sink(server);
        Future<HttpServer> listening = server.requestHandler(sink::take).listen(0, "127.0.0.1");
        listening.toCompletionStage().toCompletableFuture().get();
        return sink;
    }

    String url(String path) {
        return "http://127.0.0.1:" + server.actualPort() + path;
    }

    void at(String path, Behaviour behaviour) {
        behaviours.put(path, behaviour);
    }

    void at(String path, int status) {
        at(path, (request, n, one) -> request.response().setStatusCode(status).end());
    }

    List<Received> received(String path) {
        return received.computeIfAbsent(path, any -> new CopyOnWriteArrayList<>());
    }

    private void take(HttpServerRequest request) {
        Map<String, List<String>> headers = new ConcurrentHashMap<>();
        request.headers()
                .names()
                .forEach(name -> headers.put(
                        name.toLowerCase(java.util.Locale.ROOT),
                        request.headers().getAll(name)));
        request.body().onSuccess(body -> {
            Received one = new Received(headers, body.toString(StandardCharsets.UTF_8));
            List<Received> all = received(request.path());
            int n;
            synchronized (all) {
                n = all.size();
                all.add(one);
            }
            behaviours
                    .getOrDefault(
                            request.path(),
                            (asked, nth, got) ->
                                    asked.response().setStatusCode(204).end())
                    .answer(request, n, one);
        });
    }
}
