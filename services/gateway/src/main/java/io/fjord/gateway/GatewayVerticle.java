package io.fjord.gateway;

import io.fjord.platform.http.Authenticator;
import io.fjord.platform.http.Document;
import io.fjord.platform.http.Health;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.HttpService;
import io.fjord.platform.http.Prometheus;
import io.fjord.platform.http.Trace;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The one door: finds out who calls, and hands the request on to the service whose path it is. */
public final class GatewayVerticle extends VerticleBase {

    private static final int CONNECTIONS_PER_SERVICE = 1024;
    private static final int CONNECT_MILLIS = 2_000;
    private static final long DRAINED = 16L * 1024 * 1024;

    private final GatewayConfig config;
    private final Authenticator authenticator;
    private final Map<String, Forwarder> forwarders = new HashMap<>();
    private final Health health = new Health();
    private final Health services = new Health();
    private @Nullable RoutingTable routes;
    private @Nullable Documents documents;
    private @Nullable HttpServer server;

    public GatewayVerticle(GatewayConfig config, Authenticator authenticator) {
        this.config = config;
        this.authenticator = authenticator;
    }

    @Override
    public Future<?> start() {
        return vertx.executeBlocking(this::read).compose(ready -> listen());
    }

    private Void read() {
        Prometheus.registry();
        Map<String, Document> all = new TreeMap<>();
        config.services().keySet().forEach(service -> all.put(service, Document.of(service)));
        routes = new RoutingTable(all);
        documents = new Documents(all);
        return null;
    }

    private Future<HttpServer> listen() {
        HttpClient client = vertx.createHttpClient(
                new HttpClientOptions()
                        .setKeepAlive(true)
                        .setKeepAliveTimeout(60)
                        .setConnectTimeout(CONNECT_MILLIS)
                        .setTcpNoDelay(true)
                        .setDecompressionSupported(false)
                        .setName("gateway"),
                new PoolOptions().setHttp1MaxSize(CONNECTIONS_PER_SERVICE));
        config.services().forEach((service, address) -> {
            forwarders.put(service, new Forwarder(service, address, client, config.maxBody()));
            services.add(
                    service,
                    () -> client.request(new RequestOptions().setServer(address).setURI("/health/ready"))
                            .compose(request -> request.send())
                            .map(response -> response.statusCode() == 200));
        });
        return vertx.createHttpServer(HttpService.options())
                .requestHandler(this::handle)
                .invalidRequestHandler(HttpService::unreadable)
                .listen(config.port(), config.host())
                .onSuccess(listening -> server = listening);
    }

    /** Where it listens, once it is deployed. */
    public int port() {
        return Objects.requireNonNull(server, "not deployed").actualPort();
    }

    private void handle(HttpServerRequest request) {
        secure(request.response());
        String path = request.path() == null ? "" : request.path();
        if (path.startsWith("/health/")) {
            health(request, path);
        } else if (path.startsWith("/problems/")) {
            problem(request);
        } else if (!Objects.requireNonNull(documents).answered(request)) {
            request.pause();
            authenticator
                    .authenticate(request)
                    .onSuccess(actor -> admitted(request, path))
                    .onFailure(failure -> refuse(request, failure));
        }
    }

    private void health(HttpServerRequest request, String path) {
        switch (path) {
            case "/health/live" -> HttpService.live(request);
            case "/health/ready" -> HttpService.ready(request, health);
            // How all the services are; the gateway itself is ready without them.
            case "/health/services" -> HttpService.ready(request, services);
            default -> refuse(request, HttpProblems.noSuchPath(path));
        }
    }

    private void problem(HttpServerRequest request) {
        try {
            Objects.requireNonNull(documents).problem(request);
        } catch (RuntimeException e) {
            refuse(request, e);
        }
    }

    private void admitted(HttpServerRequest request, String path) {
        if (path.equals("/metrics")) {
            request.resume();
            HttpService.metrics(request);
            return;
        }
        long length = declaredLength(request);
        if (length > config.maxBody()) {
            tooLarge(request, length);
            return;
        }
        RoutingTable table = Objects.requireNonNull(routes);
        String service = RoutingTable.isOfJournals(path)
                ? request.getParam("service")
                : table.service(path).orElse(null);
        if (service == null) {
            refuse(
                    request,
                    RoutingTable.isOfJournals(path)
                            ? HttpProblems.invalidRequest("service", "`service` is missing")
                            : HttpProblems.noSuchPath(path));
            return;
        }
        Forwarder forwarder = forwarders.get(service);
        if (forwarder == null) {
            refuse(request, HttpProblems.noSuchService(service, table.services()));
            return;
        }
        measure(request, service);
        if (asksFirst(request)) {
            // Whoever asks whether to send the body is answered here: the question would not come through.
            request.response()
                    .writeContinue()
                    .onSuccess(told -> forwarder.forward(request))
                    .onFailure(gone -> request.connection().close());
        } else {
            forwarder.forward(request);
        }
    }

    /** What is not much too large is let run out first, so that its sender gets to see the answer. */
    private void tooLarge(HttpServerRequest request, long length) {
        if (length <= config.maxBody() + DRAINED && !asksFirst(request)) {
            request.endHandler(end -> refuse(request, HttpProblems.bodyTooLarge(config.maxBody())));
            request.resume();
        } else {
            refuse(request, HttpProblems.bodyTooLarge(config.maxBody()));
        }
    }

    private static boolean asksFirst(HttpServerRequest request) {
        return "100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT));
    }

    private static void refuse(HttpServerRequest request, Throwable failure) {
        HttpService.refuse(request, Trace.of(request), failure);
    }

    private static long declaredLength(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length == null ? 0 : Long.parseLong(length);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    private static void secure(HttpServerResponse response) {
        response.putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("X-Frame-Options", "DENY")
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    }

    private static void measure(HttpServerRequest request, String service) {
        long started = System.nanoTime();
        request.response()
                .endHandler(ended -> Timer.builder("fjord.gateway.requests")
                        .description("Requests handed on, by service")
                        .tag("service", service)
                        .tag("status", Integer.toString(request.response().getStatusCode()))
                        .register(Metrics.globalRegistry)
                        .record(Duration.ofNanos(System.nanoTime() - started)));
    }
}
