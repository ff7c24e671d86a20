package io.fjord.gateway;

import io.fjord.contract.Problem;
import io.fjord.platform.http.Actor;
import io.fjord.platform.http.Authenticator;
import io.fjord.platform.http.CatchingUp;
import io.fjord.platform.http.ClientAddress;
import io.fjord.platform.http.Document;
import io.fjord.platform.http.Health;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.HttpService;
import io.fjord.platform.http.LocalServices;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Prometheus;
import io.fjord.platform.http.Trace;
import io.fjord.platform.kafka.ProjectionRunner;
import io.micrometer.core.instrument.Metrics;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.SocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one door: finds out who calls, and hands the request on to the service or the cluster whose path it is. */
public final class GatewayVerticle extends VerticleBase {

    private static final Logger log = LoggerFactory.getLogger(GatewayVerticle.class);
    private static final String CORE = "core";
    private static final int CONNECTIONS_PER_SERVICE = 1024;
    private static final int CONNECT_MILLIS = 2_000;
    private static final long DRAINED = 16L * 1024 * 1024;
    private static final long LONGEST_REFUSED_CALL = 1024 * 1024;
    private static final long QUIET_SECONDS = 180;
    private static final long STUCK_SECONDS = 6 * 3600;
    private static final long TIDY_MILLIS = 30_000;
    private static final long CERTIFICATE_MILLIS = 2_000;

    private final GatewayConfig config;
    private final ClientAddress addresses;
    private final Callers callers;
    private final Clusters clusters;
    private final Admission admission;
    private final Cors cors;
    private final Connections connections = new Connections(System::nanoTime);
    private final Map<String, Forwarder> forwarders = new HashMap<>();
    private final Health health = new Health();
    private final Health services = new Health();
    private @Nullable RoutingTable routes;
    private @Nullable Documents documents;
    private @Nullable HttpClient client;
    private @Nullable Introductions introductions;
    private @Nullable SparkConnect connect;
    private @Nullable ProjectionRunner following;
    private @Nullable CatchingUp news;
    private @Nullable Renewal renewal;
    private Tls.@Nullable Pair certificate;
    private @Nullable HttpServer server;
    private @Nullable HttpServer secureServer;
    private @Nullable NetServer thrift;

    public GatewayVerticle(GatewayConfig config, Authenticator authenticator) {
        this(config, authenticator, new Clusters(config.defaultCluster()));
    }

    GatewayVerticle(GatewayConfig config, Authenticator authenticator, Clusters clusters) {
        this.config = config;
        this.callers = new Callers(authenticator);
        this.addresses = authenticator.doorkeeper().addresses();
        this.clusters = clusters;
        this.admission = new Admission(config.limits(), System::nanoTime);
        this.cors = new Cors(config.origins());
    }

    @Override
    public Future<?> start() {
        return vertx.executeBlocking(this::read)
                .compose(ready -> listen())
                .compose(listening -> listenSecurely())
                .compose(listening -> listenForThrift())
                .onSuccess(listening -> follow());
    }

    @Override
    public Future<?> stop() {
        return following == null ? Future.succeededFuture() : following.stop();
    }

    private Void read() throws java.io.IOException {
        Prometheus.registry();
        Map<String, Document> all = new TreeMap<>();
        config.services().keySet().forEach(service -> all.put(service, Document.of(service)));
        routes = new RoutingTable(all);
        documents = new Documents(all);
        if (config.tls() != null) {
            certificate = config.tls().read();
        }
        return null;
    }

    private Future<HttpServer> listen() {
        HttpClient http = vertx.createHttpClient(
                new HttpClientOptions()
                        .setKeepAlive(true)
                        .setKeepAliveTimeout(60)
                        .setConnectTimeout(CONNECT_MILLIS)
                        .setTcpNoDelay(true)
                        .setDecompressionSupported(false)
                        .setName("gateway"),
                new PoolOptions().setHttp1MaxSize(CONNECTIONS_PER_SERVICE));
        client = http;
        SocketAddress iam = config.services().get("iam");
        introductions = iam == null ? null : new Introductions(http, iam);
        connect = new SparkConnect(vertx, connections, CONNECT_MILLIS);
        config.services().forEach((service, address) -> {
            forwarders.put(
                    service,
                    new Forwarder(Destination.service(service, address), http, config.maxBody(), addresses::sealed));
            services.add(
                    service,
                    () -> http.request(new RequestOptions().setServer(address).setURI("/health/ready"))
                            .compose(request -> request.send())
                            .map(response -> response.statusCode() == 200));
        });
        vertx.setPeriodic(TIDY_MILLIS, id -> {
            connections.closeTheQuiet(TimeUnit.SECONDS.toNanos(QUIET_SECONDS));
            admission.forgetTheSilent();
        });
        return httpServer(options()).listen(config.port(), config.host()).onSuccess(listening -> server = listening);
    }

    private HttpServer httpServer(HttpServerOptions options) {
        return vertx.createHttpServer(options)
                .connectionHandler(connections::opened)
                .requestHandler(this::handle)
                .invalidRequestHandler(HttpService::unreadable);
    }

    /** HTTP/2 beside HTTP/1.1; who waits for an answer may wait for hours, see {@link Connections}. */
    private static HttpServerOptions options() {
        return HttpService.options()
                .setHttp2ClearTextEnabled(true)
                .setInitialSettings(SparkConnect.windows())
                .setHttp2ConnectionWindowSize(SparkConnect.connectionWindow())
                .setIdleTimeout((int) STUCK_SECONDS);
    }

    private Future<Void> listenSecurely() {
        Tls tls = config.tls();
        Tls.Pair pair = certificate;
        if (tls == null || pair == null) {
            return Future.succeededFuture();
        }
        Renewal renewing = new Renewal(vertx, tls, pair);
        renewal = renewing;
        return httpServer(options().setSsl(true).setUseAlpn(true).setKeyCertOptions(pair.options()))
                .listen(tls.port(), config.host())
                .map(listening -> {
                    secureServer = listening;
                    renewing.add(options -> listening.updateSSLOptions(options.setUseAlpn(true)));
                    renewing.every(CERTIFICATE_MILLIS);
                    return null;
                });
    }

    private Future<Void> listenForThrift() {
        if (config.thriftPort() == GatewayConfig.NO_THRIFT) {
            return Future.succeededFuture();
        }
        NetServerOptions options = new NetServerOptions();
        Tls.Pair pair = certificate;
        if (pair != null) {
            options.setSsl(true).setKeyCertOptions(pair.options());
        }
        return new ThriftPort(vertx, Objects.requireNonNull(client), new Doorkeeper())
                .listen(options, config.host(), config.thriftPort())
                .recover(failure -> Future.failedFuture(new IllegalStateException(
                        "Binary HiveServer2 cannot listen on port " + config.thriftPort()
                                + "; set FJORD_THRIFT_PORT to another, or to 'off'",
                        failure)))
                .map(listening -> {
                    thrift = listening;
                    if (renewal != null) {
                        renewal.add(listening::updateSSLOptions);
                    }
                    log.atInfo().addKeyValue("port", listening.actualPort()).log("HiveServer2 takes binary Thrift");
                    return null;
                });
    }

    /** The door opens before the clusters are known: the services behind it do not wait for Kafka. */
    private void follow() {
        GatewayConfig.Feed feed = config.clusters();
        if (feed == null) {
            clusters.knownWhen(() -> true);
            return;
        }
        health.add("clusters", () -> Future.succeededFuture(clusters.isKnown()));
        ProjectionRunner runner =
                new ProjectionRunner(vertx, feed.kafka(), clusters, feed.journals(), Metrics.globalRegistry);
        following = runner;
        CatchingUp catchingUp = new CatchingUp(vertx, CORE, feed.journals(), () -> clusters.position(CORE));
        clusters.onMove(catchingUp::moved);
        news = catchingUp;
        clusters.knownWhen(runner::isCaughtUp);
        runner.start();
    }

    /** Where it listens, once it is deployed. */
    public int port() {
        return Objects.requireNonNull(server, "not deployed").actualPort();
    }

    /** Where it speaks TLS, if it does. */
    public int securePort() {
        return Objects.requireNonNull(secureServer, "no TLS").actualPort();
    }

    /** Where binary HiveServer2 listens, if it does. */
    public int thriftPort() {
        return Objects.requireNonNull(thrift, "no Thrift").actualPort();
    }

    private void handle(HttpServerRequest request) {
        secure(request);
        Visit visit = new Visit(request, connections.of(request.connection()));
        if (cors.answered(request)) {
            return;
        }
        String path = request.path() == null ? "" : request.path();
        if (path.startsWith("/health/")) {
            health(request, path);
        } else if (path.startsWith("/problems/")) {
            problem(request);
        } else if (!Objects.requireNonNull(documents).answered(request)) {
            request.pause();
            caller(request, path)
                    .onSuccess(actor -> admitted(request, visit, actor, path))
                    .onFailure(failure -> refuse(request, failure));
        }
    }

    private Future<Actor> caller(HttpServerRequest request, String path) {
        if (Objects.requireNonNull(routes).isOpen(path)) {
            // Only to be counted by: nobody knows who it is.
            return Future.succeededFuture(new Actor("address:" + addresses.of(request)));
        }
        return (ClusterName.ofPath(path).isPresent() ? callers.of(request) : callers.ofBearer(request))
                .compose(actor -> introduced(actor, Callers.bearerOf(request)));
    }

    private Future<Actor> introduced(Actor actor, @Nullable String authorization) {
        return introductions == null
                ? Future.succeededFuture(actor)
                : introductions.introduce(actor, authorization).map(actor);
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

    private void admitted(HttpServerRequest request, Visit visit, Actor actor, String path) {
        try {
            visit.admitted(admission.admit(actor.id()));
            if (SparkConnect.isCall(request)) {
                visit.handedOnTo("spark-connect");
                SparkConnect to = Objects.requireNonNull(connect);
                running(SparkConnect.wanted(request))
                        .onSuccess(cluster -> to.forward(request, visit, cluster))
                        .onFailure(failure -> refuse(request, failure));
            } else if (path.equals("/metrics")) {
                request.resume();
                HttpService.metrics(request);
            } else if (declaredLength(request) > config.maxBody()) {
                tooLarge(request, declaredLength(request));
            } else {
                Optional<ClusterName> cluster = ClusterName.ofPath(path);
                if (cluster.isPresent()) {
                    visit.handedOnTo("hiveserver2");
                    running(cluster.get())
                            .onSuccess(found -> forward(
                                    request,
                                    new Forwarder(
                                            found.hiveServer2(), Objects.requireNonNull(client), config.maxBody())))
                            .onFailure(failure -> refuse(request, failure));
                } else {
                    toService(request, visit, path);
                }
            }
        } catch (ProblemException e) {
            refuse(request, e);
        }
    }

    /** Nobody is refused by what is known here while core knows more: the event may be on its way. */
    private Future<Cluster> running(ClusterName wanted) {
        try {
            return Future.succeededFuture(clusters.running(wanted));
        } catch (ProblemException e) {
            return news == null || !clusters.isKnown()
                    ? Future.failedFuture(e)
                    : news.now().map(told -> clusters.running(wanted));
        }
    }

    private void toService(HttpServerRequest request, Visit visit, String path) {
        RoutingTable table = Objects.requireNonNull(routes);
        String service = RoutingTable.isOfJournals(path)
                ? request.getParam("service")
                : table.service(path).orElse(null);
        if (service == null) {
            throw RoutingTable.isOfJournals(path)
                    ? HttpProblems.invalidRequest("service", "`service` is missing")
                    : HttpProblems.noSuchPath(path);
        }
        Forwarder forwarder = forwarders.get(service);
        if (forwarder == null) {
            throw HttpProblems.noSuchService(service, table.services());
        }
        visit.handedOnTo(service);
        LocalServices.at(vertx, Objects.requireNonNull(config.services().get(service)), request)
                .ifPresentOrElse(local -> local.handle(request), () -> forward(request, forwarder));
    }

    private static void forward(HttpServerRequest request, Forwarder forwarder) {
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

    /** In the words of the protocol that was spoken. */
    private static void refuse(HttpServerRequest request, Throwable failure) {
        Trace trace = Trace.of(request);
        if (GrpcRefusal.isGrpc(request)) {
            Problem problem = HttpService.problem(failure, trace);
            HttpService.log(request, trace, problem, failure);
            GrpcRefusal.answer(request, problem);
        } else if (isThrift(request)) {
            Future<Buffer> body = request.body();
            request.resume();
            body.onSuccess(call -> refuseThrift(request, call, trace, failure))
                    .onFailure(gone -> HttpService.refuse(request, trace, failure));
        } else {
            HttpService.refuse(request, trace, failure);
        }
    }

    /** What is not too long to be read for the sake of an answer. */
    private static boolean isThrift(HttpServerRequest request) {
        long length = declaredLength(request);
        return "application/x-thrift".equals(request.getHeader(HttpHeaders.CONTENT_TYPE))
                && length > 0
                && length <= LONGEST_REFUSED_CALL;
    }

    /** Clients of Thrift read nothing but Thrift; those of JDBC read it with status 200 alone, and must see a 401. */
    private static void refuseThrift(HttpServerRequest request, Buffer call, Trace trace, Throwable failure) {
        Optional<ThriftMessage> message;
        try {
            message = ThriftMessage.first(call);
        } catch (ThriftMessage.Unreadable e) {
            message = Optional.empty();
        }
        if (message.isEmpty() || request.response().closed()) {
            HttpService.refuse(request, trace, failure);
            return;
        }
        Problem problem = HttpService.problem(failure, trace);
        HttpService.log(request, trace, problem, failure);
        request.response()
                .setStatusCode(problem.status() == 401 ? 401 : 200)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/x-thrift")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                .putHeader(Trace.REQUEST_ID, trace.correlationId())
                .end(message.get().refusal(problem))
                .onFailure(gone -> request.connection().close());
    }

    private static long declaredLength(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length == null ? 0 : Long.parseLong(length);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    private static void secure(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        response.putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("X-Frame-Options", "DENY")
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
        if (request.isSSL()) {
            response.putHeader("Strict-Transport-Security", "max-age=31536000");
        }
    }

    /** What the Thrift port asks of the door. */
    private final class Doorkeeper implements ThriftPort.Door {

        @Override
        public Future<Actor> caller(String token, SocketAddress from) {
            return callers.of(token, from).compose(actor -> introduced(actor, Callers.bearer(token)));
        }

        @Override
        public Admission.Ticket admit(Actor actor) {
            return admission.admit(actor.id());
        }

        @Override
        public Future<Cluster> running(ClusterName name) {
            return GatewayVerticle.this.running(name);
        }
    }
}
