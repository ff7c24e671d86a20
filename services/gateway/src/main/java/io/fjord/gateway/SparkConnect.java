package io.fjord.gateway;

import io.fjord.contract.Problem;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Trace;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.StreamResetException;
import io.vertx.core.net.SocketAddress;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands gRPC calls on to the Spark Connect of a cluster as HTTP/2 streams: what is written on one side is read on the other no
 * faster than it is taken there, and who leaves is gone on both.
 *
 * <p>Each connection of a client has connections of its own to the clusters, so that a client that reads slowly holds up none
 * but itself.
 */
final class SparkConnect {

    /** What a client names the cluster with: {@code sc://localhost:8080/;token=…;x-fjord-cluster=etl}. */
    static final String CLUSTER = "x-fjord-cluster";

    private static final Logger log = LoggerFactory.getLogger(SparkConnect.class);
    private static final String PATHS = "/spark.connect.";
    private static final Set<String> OF_THE_CONNECTION =
            Set.of("host", "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade");
    private static final long CANCEL = 8;
    private static final int STREAM_WINDOW = 1024 * 1024;
    private static final int CONNECTION_WINDOW = 16 * STREAM_WINDOW;

    private final HttpClientAgent client;
    private final Connections callers;
    private final Map<HttpConnection, Map<SocketAddress, Future<HttpClientConnection>>> connections = new HashMap<>();

    SparkConnect(Vertx vertx, Connections callers, int connectMillis) {
        this.callers = callers;
        client = vertx.createHttpClient(new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false)
                .setConnectTimeout(connectMillis)
                .setTcpNoDelay(true)
                .setInitialSettings(windows())
                .setHttp2ConnectionWindowSize(CONNECTION_WINDOW)
                .setName("gateway-spark-connect"));
    }

    /** Room for streams to flow, and for the tokens in their heads. */
    static Http2Settings windows() {
        return new Http2Settings()
                .setInitialWindowSize(STREAM_WINDOW)
                .setMaxConcurrentStreams(1_000)
                .setMaxHeaderListSize(16 * 1024);
    }

    static int connectionWindow() {
        return CONNECTION_WINDOW;
    }

    static boolean isCall(HttpServerRequest request) {
        return request.path() != null
                && request.path().startsWith(PATHS)
                && request.version() == HttpVersion.HTTP_2
                && GrpcRefusal.isGrpc(request);
    }

    /** @throws ProblemException if what stands in the header is no name */
    static ClusterName wanted(HttpServerRequest request) {
        String named = request.getHeader(CLUSTER);
        return named == null
                ? ClusterName.NONE
                : ClusterName.parse(named)
                        .orElseThrow(() -> HttpProblems.invalidRequest(
                                CLUSTER, "It must be a cluster or domain/cluster, not '" + named + "'"));
    }

    void forward(HttpServerRequest request, Visit visit, Cluster cluster) {
        new Call(request, visit, cluster.sparkConnect()).begin();
    }

    private Future<HttpClientConnection> connection(HttpConnection caller, SocketAddress address) {
        Map<SocketAddress, Future<HttpClientConnection>> own = connections.computeIfAbsent(caller, first -> {
            callers.of(caller).whenClosed(() -> closeAll(caller));
            return new HashMap<>();
        });
        Future<HttpClientConnection> known = own.get(address);
        if (known != null) {
            return known;
        }
        Future<HttpClientConnection> connecting = client.connect(new HttpConnectOptions().setServer(address));
        own.put(address, connecting);
        connecting
                .onSuccess(connected -> connected.closeHandler(gone -> own.remove(address, connecting)))
                .onFailure(failure -> own.remove(address, connecting));
        return connecting;
    }

    private void closeAll(HttpConnection caller) {
        Map<SocketAddress, Future<HttpClientConnection>> own = connections.remove(caller);
        if (own != null) {
            own.values()
                    .forEach(each -> each.onSuccess(connected -> connected
                            .close()
                            .onFailure(failure -> log.atDebug()
                                    .setCause(failure)
                                    .log("A connection to a cluster did not close in order"))));
        }
    }

    /** One stream on each side. */
    private final class Call {

        private final HttpServerRequest request;
        private final HttpServerResponse response;
        private final Visit visit;
        private final Trace trace;
        private final Destination destination;
        private boolean over;

        Call(HttpServerRequest request, Visit visit, Destination destination) {
            this.request = request;
            this.response = request.response();
            this.visit = visit;
            this.trace = Trace.of(request);
            this.destination = destination;
        }

        void begin() {
            connection(request.connection(), destination.address())
                    .compose(connected -> connected.request(
                            new RequestOptions().setMethod(HttpMethod.POST).setURI(request.uri())))
                    .onSuccess(this::handOn)
                    .onFailure(failure -> refuse(destination.notThere(), failure));
        }

        private void handOn(HttpClientRequest upstream) {
            if (response.closed()) {
                upstream.reset(CANCEL).onFailure(this::alreadyGone);
                return;
            }
            copy(request.headers(), upstream.headers());
            upstream.setChunked(true);
            upstream.putHeader(Trace.REQUEST_ID, trace.correlationId())
                    .putHeader(Trace.TRACEPARENT, trace.traceparent())
                    .putHeader(Forwarder.FORWARDED_FOR, Forwarder.from(request));
            // Whether the caller resets its stream or its connection is gone.
            response.exceptionHandler(failure -> cancel(upstream));
            visit.whenLeft(() -> cancel(upstream));
            upstream.response().onSuccess(this::handBack).onFailure(failure -> lost(failure));
            // A head that waits for the first message would hold up calls whose server speaks first.
            upstream.sendHead().onFailure(this::alreadyGone);
            request.pipe().endOnFailure(false).to(upstream).onFailure(failure -> cancel(upstream));
        }

        private void handBack(HttpClientResponse answer) {
            response.setStatusCode(answer.statusCode());
            copy(answer.headers(), response.headers());
            if (!answer.headers().contains(GrpcRefusal.STATUS)) {
                response.writeHead().onFailure(this::alreadyGone);
            }
            answer.pipe()
                    .endOnSuccess(false)
                    .endOnFailure(false)
                    .to(response)
                    .onSuccess(all -> {
                        over = true;
                        if (!answer.trailers().isEmpty()) {
                            // Merely asking for ours would send some, and hide a status that came in the head.
                            copy(answer.trailers(), response.trailers());
                        }
                        response.end().onFailure(this::alreadyGone);
                    })
                    .onFailure(this::lost);
        }

        private void cancel(HttpClientRequest upstream) {
            if (!over) {
                over = true;
                upstream.reset(CANCEL).onFailure(this::alreadyGone);
            }
        }

        private void lost(Throwable failure) {
            if (over) {
                return;
            }
            if (failure instanceof StreamResetException reset) {
                over = true;
                response.reset(reset.getCode()).onFailure(this::alreadyGone);
            } else {
                refuse(destination.lost(), failure);
            }
        }

        private void refuse(ProblemException told, Throwable failure) {
            over = true;
            Problem problem = told.problem();
            log.atWarn()
                    .addKeyValue("service", destination.name())
                    .addKeyValue("path", request.path())
                    .addKeyValue("problem", problem.slug())
                    .addKeyValue("correlationId", trace.correlationId())
                    .addKeyValue("cause", String.valueOf(failure.getMessage()))
                    .log("Call not answered by its cluster");
            GrpcRefusal.answer(request, problem);
        }

        private void alreadyGone(Throwable failure) {
            log.atTrace().setCause(failure).log("The other side was gone already");
        }
    }

    private static void copy(MultiMap from, MultiMap to) {
        from.forEach((name, value) -> {
            if (!name.startsWith(":") && !OF_THE_CONNECTION.contains(name.toLowerCase(Locale.ROOT))) {
                to.add(name, value);
            }
        });
    }
}
