package io.fjord.platform.http;

import io.fjord.contract.Problem;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;

/** A service's HTTP port: its routes, and {@code /health/live}, {@code /health/ready} and {@code /metrics} for anyone. */
public final class HttpService {

    private HttpService() {}

    public static Future<HttpServer> listen(Vertx vertx, Handler<HttpServerRequest> routes, String host, int port) {
        return listen(vertx, routes, new Health(), host, port);
    }

    /** @param port 0 for any; {@link HttpServer#actualPort()} tells which */
    public static Future<HttpServer> listen(
            Vertx vertx, Handler<HttpServerRequest> routes, Health health, String host, int port) {
        Prometheus.registry();
        return vertx.createHttpServer(options())
                .requestHandler(request -> {
                    switch (request.path() == null ? "" : request.path()) {
                        case "/health/live" -> live(request);
                        case "/health/ready" -> ready(request, health);
                        case "/metrics" -> metrics(request);
                        default -> routes.handle(request);
                    }
                })
                .invalidRequestHandler(HttpService::unreadable)
                .listen(port, host)
                .map(server -> LocalServices.add(vertx, server, routes));
    }

    /** HTTP/1.1, nothing compressed; a connection on which nothing moves for three minutes is closed. */
    public static HttpServerOptions options() {
        return new HttpServerOptions()
                .setHttp2ClearTextEnabled(false)
                .setCompressionSupported(false)
                .setDecompressionSupported(false)
                .setMaxInitialLineLength(8 * 1024)
                .setMaxHeaderSize(16 * 1024)
                .setTcpNoDelay(true)
                .setTcpKeepAlive(true)
                .setIdleTimeout(180)
                .setIdleTimeoutUnit(TimeUnit.SECONDS);
    }

    public static void live(HttpServerRequest request) {
        answer(request, 200, new JsonObject().put("live", true));
    }

    public static void ready(HttpServerRequest request, Health health) {
        health.report().onSuccess(report -> answer(request, report.getBoolean("ready") ? 200 : 503, report));
    }

    public static void metrics(HttpServerRequest request) {
        request.response()
                .putHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                .end(Prometheus.text());
    }

    /** Says no to a request that reaches no {@link Api}: its problem, and a line in the log. */
    public static void refuse(HttpServerRequest request, Trace trace, Throwable failure) {
        ProblemException told = Failures.problem(failure, trace, passing -> false);
        Failures.log(request, "none", trace, told.problem(), failure);
        Failures.write(request, trace, told);
    }

    /** What a caller is told of a failure, for answers that are not HTTP's own. */
    public static Problem problem(Throwable failure, Trace trace) {
        return Failures.problem(failure, trace, passing -> false).problem();
    }

    /** The line in the log about a request refused in another way than {@link #refuse}. */
    public static void log(HttpServerRequest request, Trace trace, Problem problem, Throwable failure) {
        Failures.log(request, "none", trace, problem, failure);
    }

    /** For {@link HttpServer#invalidRequestHandler}. */
    public static void unreadable(HttpServerRequest request) {
        DecoderResult result = request.decoderResult();
        Throwable cause = result == null ? null : result.cause();
        ProblemException told = HttpProblems.invalidRequest("", "This is not HTTP that can be read")
                .header("Connection", "close");
        if (cause instanceof TooLongHttpLineException) {
            told = HttpProblems.headTooLarge(414);
        } else if (cause instanceof TooLongHttpHeaderException) {
            told = HttpProblems.headTooLarge(431);
        }
        Failures.write(request, Trace.of(request), told);
    }

    private static void answer(HttpServerRequest request, int status, JsonObject body) {
        if (!request.response().closed()) {
            request.response()
                    .setStatusCode(status)
                    .putHeader("Content-Type", "application/json")
                    .putHeader("Cache-Control", "no-store")
                    .end(body.toBuffer());
        }
    }
}
