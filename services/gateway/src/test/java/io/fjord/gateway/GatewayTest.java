package io.fjord.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.platform.http.HttpService;
import io.fjord.platform.http.OperatorToken;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GatewayTest {

    @TempDir
    static Path home;

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final BlockingQueue<HttpServerResponse> STREAMS = new LinkedBlockingQueue<>();
    private static final AtomicInteger STREAMS_CLOSED = new AtomicInteger();

    private static Vertx vertx;
    private static String token;
    private static int port;
    private static HttpServer core;

    @BeforeAll
    static void open() throws IOException {
        vertx = Vertx.vertx();
        token = OperatorToken.ensure(home.resolve("token"));
        core = await(vertx.createHttpServer(HttpService.options())
                .requestHandler(GatewayTest::core)
                .webSocketHandler(socket -> socket.textMessageHandler(
                        text -> socket.writeTextMessage(text + " back").onFailure(lost -> socket.close())))
                .listen(0, "127.0.0.1"));
        GatewayVerticle gateway = new GatewayVerticle(
                GatewayConfig.of(
                                "127.0.0.1",
                                0,
                                Map.of(
                                        "core", SocketAddress.inetSocketAddress(core.actualPort(), "127.0.0.1"),
                                        "sql", SocketAddress.inetSocketAddress(freePort(), "127.0.0.1")))
                        .withMaxBody(2_000_000),
                new OperatorToken(home.resolve("token")));
        await(vertx.deployVerticle(gateway));
        port = gateway.port();
    }

    /** Stands in for a service behind the door: it says what reached it. */
    private static void core(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        switch (request.path()) {
            case "/api/v1/clusters/stream" -> {
                response.setChunked(true).putHeader("Content-Type", "text/event-stream");
                response.closeHandler(closed -> STREAMS_CLOSED.incrementAndGet());
                response.write("data: 0\n\n").onSuccess(written -> STREAMS.add(response));
            }
            case "/api/v1/clusters/none" -> response.setStatusCode(204).end();
            case "/api/v1/clusters/same" ->
                response.setStatusCode(304).putHeader("ETag", "\"7\"").end();
            case "/api/v1/clusters/refused" ->
                response.setStatusCode(409)
                        .putHeader("Content-Type", "application/problem+json")
                        .end("{\"type\":\"/problems/x\"}");
            case "/api/v1/clusters/dies" -> request.connection().close();
            case "/health/ready" -> response.end("{}");
            default ->
                request.body()
                        .onSuccess(body -> response.putHeader("X-Served", "core")
                                .putHeader("Content-Type", "application/json")
                                .end(new JsonObject()
                                        .put("method", request.method().name())
                                        .put("uri", request.uri())
                                        .put("bytes", body.length())
                                        .put("requestId", request.getHeader("X-Request-Id"))
                                        .put("traceparent", request.getHeader("traceparent"))
                                        .put("authorization", request.getHeader("Authorization"))
                                        .toBuffer()));
        }
    }

    @AfterAll
    static void close() {
        await(vertx.close());
    }

    private static HttpRequest.Builder request(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("Authorization", "Bearer " + token);
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        return request;
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) {
        return await(CLIENT.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString()));
    }

    private static HttpResponse<String> get(String path, String... headers) {
        return send(request(path, headers));
    }

    private static JsonNode json(HttpResponse<String> response) {
        return Json.read(response.body(), JsonNode.class);
    }

    private static String problem(HttpResponse<String> response) {
        return json(response).path("type").asText().replace("/problems/", "");
    }

    // Handing on

    @Test
    void a_request_reaches_its_service_whole_and_the_answer_comes_back() {
        var answer = send(request("/api/v1/clusters/a%2Fb?x=1&y=%20", "Content-Type", "application/json")
                .method("PUT", HttpRequest.BodyPublishers.ofString("x".repeat(500_000))));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(json(answer).path("method").asText()).isEqualTo("PUT");
        assertThat(json(answer).path("uri").asText()).isEqualTo("/api/v1/clusters/a%2Fb?x=1&y=%20");
        assertThat(json(answer).path("bytes").asInt()).isEqualTo(500_000);
        assertThat(answer.headers().firstValue("X-Served")).contains("core");
        assertThat(get("/api/v1/operations/1").statusCode()).isEqualTo(200);
        assertThat(get("/api/v1/events?service=core").statusCode()).isEqualTo(200);
    }

    @Test
    void answers_without_body_stay_without() {
        assertThat(get("/api/v1/clusters/none").statusCode()).isEqualTo(204);
        assertThat(get("/api/v1/clusters/none").headers().firstValue("Transfer-Encoding"))
                .isEmpty();
        assertThat(get("/api/v1/clusters/same").statusCode()).isEqualTo(304);
        assertThat(get("/api/v1/clusters/refused").statusCode()).isEqualTo(409);
        assertThat(problem(get("/api/v1/clusters/refused"))).isEqualTo("x");
    }

    @Test
    void a_trace_begins_at_the_door_or_goes_on() {
        JsonNode begun = json(get("/api/v1/clusters"));
        assertThat(begun.path("requestId").asText()).hasSize(36);
        assertThat(begun.path("traceparent").asText()).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");

        JsonNode continued = json(get(
                "/api/v1/clusters",
                "X-Request-Id",
                "mine",
                "traceparent",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"));
        assertThat(continued.path("requestId").asText()).isEqualTo("mine");
        assertThat(continued.path("traceparent").asText())
                .startsWith("00-0af7651916cd43dd8448eb211c80319c-")
                .endsWith("-00");
        assertThat(continued.path("authorization").asText()).isEqualTo("Bearer " + token);
    }

    @Test
    void events_flow_as_they_come_and_end_when_the_listener_leaves() throws Exception {
        int closed = STREAMS_CLOSED.get();
        HttpResponse<java.io.InputStream> stream = await(CLIENT.sendAsync(
                request("/api/v1/clusters/stream").build(), HttpResponse.BodyHandlers.ofInputStream()));
        BufferedReader lines = new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8));
        assertThat(stream.headers().firstValue("Content-Type")).contains("text/event-stream");
        assertThat(lines.readLine()).isEqualTo("data: 0");
        assertThat(lines.readLine()).isEmpty();
        HttpServerResponse service = STREAMS.poll(10, TimeUnit.SECONDS);
        for (int i = 1; i <= 3; i++) {
            // Each is read before the next is written: nothing is held back on the way.
            await(service.write("data: " + i + "\n\n"));
            assertThat(lines.readLine()).isEqualTo("data: " + i);
            assertThat(lines.readLine()).isEmpty();
        }
        stream.body().close();

        Awaitility.await().until(() -> STREAMS_CLOSED.get() == closed + 1);
    }

    @Test
    void web_sockets_pass() {
        CompletableFuture<String> answer = new CompletableFuture<>();
        WebSocket socket = await(CLIENT.newWebSocketBuilder()
                .header("Authorization", "Bearer " + token)
                .buildAsync(URI.create("ws://127.0.0.1:" + port + "/api/v1/clusters/socket"), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
                        answer.complete(data.toString());
                        return WebSocket.Listener.super.onText(webSocket, data, last);
                    }
                }));
        await(socket.sendText("there and", true));

        assertThat(await(answer)).isEqualTo("there and back");
        socket.abort();
    }

    // Not handing on

    @Test
    void nobody_passes_without_the_token() {
        var answer = get("/api/v1/clusters", "Authorization", "Bearer wrong");

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(problem(answer)).isEqualTo("not-authenticated");
        assertThat(answer.headers().firstValue("X-Served")).isEmpty();
        assertThat(get("/metrics", "Authorization", "x").statusCode()).isEqualTo(401);
        assertThat(get("/nothing", "Authorization", "x").statusCode()).isEqualTo(401);
    }

    @Test
    void a_service_that_is_not_there_is_503_with_a_time_to_wait() {
        var answer = get("/api/v1/sql/statements");

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(problem(answer)).isEqualTo("service-unavailable");
        assertThat(answer.headers().firstValue("Retry-After")).contains("2");
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(send(request("/api/v1/sql/statements")
                                .POST(HttpRequest.BodyPublishers.ofString("x".repeat(100_000))))
                        .statusCode())
                .isEqualTo(503);
    }

    @Test
    void a_service_that_goes_away_is_503_that_says_what_is_not_known() {
        var answer = get("/api/v1/clusters/dies");

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(json(answer).path("detail").asText()).contains("whether it acted is not known");
    }

    @Test
    void what_is_too_large_is_refused_at_the_door() {
        String large = "x".repeat(2_000_001);
        var declared = send(request("/api/v1/clusters").POST(HttpRequest.BodyPublishers.ofString(large)));
        var counted = send(request("/api/v1/clusters")
                .POST(HttpRequest.BodyPublishers.ofInputStream(
                        () -> new java.io.ByteArrayInputStream(large.getBytes(StandardCharsets.UTF_8)))));

        assertThat(problem(declared)).isEqualTo("body-too-large");
        assertThat(declared.statusCode()).isEqualTo(413);
        assertThat(send(request("/api/v1/clusters").POST(HttpRequest.BodyPublishers.ofString("x".repeat(12_000_000))))
                        .statusCode())
                .isEqualTo(413);
        assertThat(counted.statusCode()).isEqualTo(413);
    }

    @Test
    void who_asks_before_sending_is_answered_at_once() throws IOException {
        var taken = send(request("/api/v1/clusters")
                .expectContinue(true)
                .POST(HttpRequest.BodyPublishers.ofString("x".repeat(100_000))));
        String refused;
        // Not with the client of the JDK: it waits for a yes after a no.
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.getOutputStream()
                    .write(("POST /api/v1/clusters HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token
                                    + "\r\nExpect: 100-continue\r\nContent-Length: 3000000\r\n\r\n")
                            .getBytes(StandardCharsets.UTF_8));
            refused = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }

        assertThat(json(taken).path("bytes").asInt()).isEqualTo(100_000);
        assertThat(refused).startsWith("HTTP/1.1 413");
    }

    @Test
    void paths_of_nobody_are_problems() {
        assertThat(problem(get("/nothing"))).isEqualTo("no-such-path");
        assertThat(problem(get("/api/v1/nothing"))).isEqualTo("no-such-path");
        assertThat(problem(get("/api/v1/events"))).isEqualTo("invalid-request");
        assertThat(problem(get("/api/v1/events?service=nobody"))).isEqualTo("no-such-service");
        assertThat(problem(get("/health/nothing"))).isEqualTo("no-such-path");
    }

    // What anyone may read

    @Test
    void the_documents_are_open() {
        JsonNode openapi = json(get("/openapi.json", "Authorization", "x"));
        assertThat(openapi.path("openapi").asText()).isEqualTo("3.1.0");
        assertThat(openapi.path("paths").has("/api/v1/clusters")).isTrue();
        assertThat(openapi.path("paths").has("/api/v1/sql/statements")).isTrue();
        var again = get(
                "/openapi.json",
                "If-None-Match",
                get("/openapi.json").headers().firstValue("ETag").orElse(""));
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(get("/asyncapi.yaml", "Authorization", "x").body()).contains("asyncapi: 3.");
        assertThat(json(get("/", "Authorization", "x")).path("services").path(0).asText())
                .isEqualTo("core");
    }

    @Test
    void every_problem_leads_to_its_page() {
        var text = get("/problems/version-mismatch", "Authorization", "x");
        assertThat(text.body()).startsWith("# It has changed");
        assertThat(text.headers().firstValue("Content-Type")).contains("text/markdown; charset=utf-8");
        var html = get("/problems/version-mismatch", "Accept", "text/html,*/*");
        assertThat(html.body())
                .contains("<h1>It has changed since you read it</h1>")
                .contains("<code>ETag</code>");
        assertThat(get("/problems/no-page").statusCode()).isEqualTo(404);
        assertThat(get("/problems/..%2fopenapi%2fcore").statusCode()).isEqualTo(404);
    }

    @Test
    void it_says_how_it_and_the_services_are() {
        assertThat(get("/health/live", "Authorization", "x").statusCode()).isEqualTo(200);
        assertThat(get("/health/ready", "Authorization", "x").statusCode()).isEqualTo(200);
        var services = get("/health/services", "Authorization", "x");
        assertThat(services.statusCode()).isEqualTo(503);
        assertThat(json(services).path("checks").path("core").asBoolean()).isTrue();
        assertThat(json(services).path("checks").path("sql").asBoolean(true)).isFalse();
        get("/api/v1/clusters");
        Awaitility.await()
                .untilAsserted(() -> assertThat(get("/metrics").body())
                        .contains("fjord_gateway_requests_seconds_count{service=\"core\",status=\"200\"}"));
    }

    @Test
    void answers_tell_browsers_to_be_careful() {
        assertThat(get("/api/v1/clusters").headers().map())
                .containsKeys(
                        "x-content-type-options", "x-frame-options", "content-security-policy", "referrer-policy");
    }

    // What it costs

    @Test
    void many_at_once_all_come_through() {
        var all = IntStream.range(0, 300)
                .mapToObj(i -> CLIENT.sendAsync(
                        request("/api/v1/clusters/" + i).build(), HttpResponse.BodyHandlers.ofString()))
                .collect(Collectors.toList());

        assertThat(all.stream().map(GatewayTest::await))
                .allSatisfy(answer -> assertThat(answer.statusCode()).isEqualTo(200));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static <T> T await(Future<T> future) {
        return await(future.toCompletionStage().toCompletableFuture());
    }

    private static <T> T await(CompletableFuture<T> future) {
        return future.orTimeout(30, TimeUnit.SECONDS).join();
    }
}
