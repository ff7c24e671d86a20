package io.fjord.platform.http;

import io.fjord.codec.Json;
import io.fjord.contract.Problem;
import io.fjord.kernel.CommandLog;
import io.fjord.kernel.Refusal;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a caller is told when a request fails, and what the log is told. */
final class Failures {

    private static final Logger log = LoggerFactory.getLogger(Failures.class);

    /** RFC 9113, section 7. */
    private static final long NO_ERROR = 0;

    private static final long INTERNAL_ERROR = 2;

    private Failures() {}

    static ProblemException problem(Throwable failure, Trace trace, Predicate<Throwable> passing) {
        if (failure instanceof CompletionException && failure.getCause() != null) {
            return problem(failure.getCause(), trace, passing);
        }
        if (failure instanceof ProblemException problem) {
            return problem;
        }
        if (failure instanceof Refusal refusal) {
            return new ProblemException(refusal.problem());
        }
        if (failure instanceof CommandLog.NotAcknowledged lost) {
            return HttpProblems.logUnavailable(lost.retryAfter());
        }
        if (passing.test(failure)) {
            return HttpProblems.metastoreUnavailable();
        }
        return HttpProblems.internalError(trace.correlationId());
    }

    /** One line for each request that failed; nothing for those that went well. */
    static void log(HttpServerRequest request, String operation, Trace trace, Problem problem, Throwable failure) {
        var line = problem.status() >= 500 ? log.atWarn() : log.atInfo();
        if (problem.status() == 500) {
            line = log.atError().setCause(failure);
        } else if (problem.status() == 503 && !(failure instanceof ProblemException)) {
            line = line.addKeyValue("cause", String.valueOf(failure.getMessage()));
        }
        line.addKeyValue("method", request.method().name())
                .addKeyValue("path", request.path())
                .addKeyValue("operation", operation)
                .addKeyValue("status", problem.status())
                .addKeyValue("problem", problem.slug())
                .addKeyValue("correlationId", trace.correlationId())
                .addKeyValue("traceId", trace.traceId())
                .log("Request refused");
    }

    /** Whether the caller is gone, so that there is nobody to tell. */
    static boolean isGone(HttpServerRequest request, Throwable failure) {
        return failure instanceof HttpClosedException || request.response().closed();
    }

    static void write(HttpServerRequest request, Trace trace, ProblemException told) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        if (response.headWritten()) {
            // In the middle of a stream there is no other way to say that it broke.
            cut(request);
            return;
        }
        Problem problem = told.problem().instance() == null
                ? told.problem().withInstance("urn:fjord:request:" + trace.correlationId())
                : told.problem();
        boolean multiplexed = request.version() == HttpVersion.HTTP_2;
        told.headers().forEach((name, value) -> {
            // HTTP/2 has no such header: there are others' streams on the connection.
            if (!multiplexed || !name.equalsIgnoreCase("Connection")) {
                response.putHeader(name, value);
            }
        });
        response.putHeader("Content-Type", "application/problem+json")
                .putHeader("Cache-Control", "no-store")
                .putHeader(Trace.REQUEST_ID, trace.correlationId())
                .setStatusCode(problem.status());
        request.resume();
        Future<Void> written = response.end(Buffer.buffer(Json.bytes(problem)));
        if ("close".equals(told.headers().get("Connection"))) {
            // Vert.x waits for the rest of the request, which may never come.
            written.onComplete(done -> cut(request));
        }
    }

    private static void cut(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            request.response()
                    .reset(request.response().ended() ? NO_ERROR : INTERNAL_ERROR)
                    .onFailure(gone -> log.atTrace().setCause(gone).log("The stream was gone already"));
        } else {
            request.connection().close();
        }
    }
}
