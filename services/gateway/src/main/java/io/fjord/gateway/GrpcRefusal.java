package io.fjord.gateway;

import io.fjord.contract.Problem;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;

/** A problem as gRPC says no: status 200, and a {@code grpc-status} with its words. */
final class GrpcRefusal {

    static final String STATUS = "grpc-status";
    static final String MESSAGE = "grpc-message";

    private static final int INVALID_ARGUMENT = 3;
    private static final int NOT_FOUND = 5;
    private static final int PERMISSION_DENIED = 7;
    private static final int RESOURCE_EXHAUSTED = 8;
    private static final int FAILED_PRECONDITION = 9;
    private static final int UNIMPLEMENTED = 12;
    private static final int INTERNAL = 13;
    private static final int UNAVAILABLE = 14;
    private static final int UNAUTHENTICATED = 16;

    private GrpcRefusal() {}

    static boolean isGrpc(HttpServerRequest request) {
        String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        return type != null && type.startsWith("application/grpc");
    }

    /** As trailers alone where nothing was said yet, else behind what was said. */
    static void answer(HttpServerRequest request, Problem problem) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        if (!request.isEnded()) {
            request.resume();
        }
        String status = Integer.toString(status(problem));
        String message = encoded(problem.title() + ". " + problem.detail());
        if (response.headWritten()) {
            response.putTrailer(STATUS, status).putTrailer(MESSAGE, message);
        } else {
            response.putHeader(HttpHeaders.CONTENT_TYPE, "application/grpc")
                    .putHeader(STATUS, status)
                    .putHeader(MESSAGE, message);
        }
        response.end().onFailure(gone -> request.connection().close());
    }

    private static int status(Problem problem) {
        return switch (problem.status()) {
            case 400, 413, 431 -> INVALID_ARGUMENT;
            case 401 -> UNAUTHENTICATED;
            case 403 -> PERMISSION_DENIED;
            case 404 -> problem.slug().equals("no-such-path") ? UNIMPLEMENTED : NOT_FOUND;
            case 409 -> FAILED_PRECONDITION;
            case 429 -> RESOURCE_EXHAUSTED;
            case 503 -> UNAVAILABLE;
            default -> INTERNAL;
        };
    }

    /** Percent-encoded as the gRPC protocol has it. */
    private static String encoded(String words) {
        StringBuilder text = new StringBuilder();
        for (byte one : words.getBytes(StandardCharsets.UTF_8)) {
            if (one >= ' ' && one <= '~' && one != '%') {
                text.append((char) one);
            } else {
                text.append(String.format("%%%02X", one));
            }
        }
        return text.toString();
    }
}
