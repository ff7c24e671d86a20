package io.fjord.platform.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.kernel.AccessDecision;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A server on a port of its own, and a client that is not Vert.x. */
final class Web implements AutoCloseable {

    static final Vertx VERTX = Vertx.vertx();
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final HttpServer server;

    Web(Handler<HttpServerRequest> routes, Health health) {
        server = await(HttpService.listen(VERTX, routes, health, "127.0.0.1", 0));
    }

    Web(Handler<HttpServerRequest> routes) {
        this(routes, new Health());
    }

    /** Lets everybody do everything. */
    static Doorkeeper everybody(Authenticator authenticator) {
        return new Doorkeeper(
                authenticator,
                request -> new AccessDecision(true, "everybody may", List.of(), ""),
                (request, decision) -> "none",
                ClientAddress.behind(List.of()));
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.actualPort());
    }

    int port() {
        return server.actualPort();
    }

    Answer get(String path, String... headers) {
        return send("GET", path, null, headers);
    }

    Answer post(String path, String json, String... headers) {
        return await(postLater(path, json, headers));
    }

    CompletableFuture<Answer> postLater(String path, String json, String... headers) {
        HttpRequest.Builder request = request("POST", path, json, headers);
        request.header("Content-Type", "application/json");
        return CLIENT.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString())
                .thenApply(Answer::new);
    }

    Answer send(String method, String path, String body, String... headers) {
        return await(
                CLIENT.sendAsync(request(method, path, body, headers).build(), HttpResponse.BodyHandlers.ofString())
                        .thenApply(Answer::new));
    }

    private HttpRequest.Builder request(String method, String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address().resolve(path))
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return request;
    }

    record Answer(HttpResponse<String> response) {

        int status() {
            return response.statusCode();
        }

        String text() {
            return response.body();
        }

        JsonNode json() {
            return Json.read(text(), JsonNode.class);
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse(null);
        }

        /** The slug of its problem. */
        String problem() {
            return json().path("type").asText().replace("/problems/", "");
        }

        /** What is wrong, each as {@code pointer: detail}. */
        java.util.List<String> faults() {
            java.util.List<String> all = new java.util.ArrayList<>();
            json().path("errors")
                    .forEach(fault -> all.add(fault.path("pointer").asText() + ": "
                            + fault.path("detail").asText()));
            return all;
        }
    }

    static <T> T await(Future<T> future) {
        return await(future.toCompletionStage().toCompletableFuture());
    }

    static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(30, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        await(server.close());
    }
}
