package io.fjord.gateway;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Set;

/** Lets pages of the named origins read answers; of no others. */
final class Cors {

    private final Set<String> origins;

    Cors(Set<String> origins) {
        this.origins = origins;
    }

    /** Says that the answer may be read, and answers the question a browser asks before it sends a request; true if it was one. */
    boolean answered(HttpServerRequest request) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origins.isEmpty() || origin == null) {
            return false;
        }
        HttpServerResponse response = request.response();
        response.headers().add(HttpHeaders.VARY, HttpHeaders.ORIGIN);
        if (!origins.contains(origin)) {
            return false;
        }
        response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
                .putHeader(
                        HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS,
                        "ETag, Location, Retry-After, Fjord-Position, X-Request-Id, Idempotency-Key");
        if (request.method() != HttpMethod.OPTIONS
                || request.getHeader(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD) == null) {
            return false;
        }
        response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, PUT, PATCH, DELETE")
                .putHeader(
                        HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS,
                        "Authorization, Content-Type, Accept, If-Match, If-None-Match, Idempotency-Key, Prefer,"
                                + " Fjord-Min-Position, X-Request-Id, traceparent, Last-Event-ID")
                .putHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, "600")
                .setStatusCode(204)
                .end()
                .onFailure(gone -> request.connection().close());
        return true;
    }
}
