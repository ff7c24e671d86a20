package io.fjord.gateway;

import io.fjord.platform.http.Actor;
import io.fjord.platform.http.Authenticator;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Asks the authenticator who calls, however the token came: JDBC, dbt and Thrift send it as the password of anybody. */
final class Callers {

    private static final String BASIC = "basic ";

    private final Authenticator authenticator;

    Callers(Authenticator authenticator) {
        this.authenticator = authenticator;
    }

    /** Where a token may be a password too. */
    Future<Actor> of(HttpServerRequest request) {
        return password(request.getHeader(HttpHeaders.AUTHORIZATION))
                .map(token -> authenticator.authenticate(head(bearer(token), request.remoteAddress(), request)))
                .orElseGet(() -> authenticator.authenticate(request));
    }

    Future<Actor> ofBearer(HttpServerRequest request) {
        return authenticator.authenticate(request);
    }

    /** For callers that do not come by HTTP. */
    Future<Actor> of(String token, SocketAddress from) {
        return authenticator.authenticate(head(bearer(token), from, null));
    }

    static String bearer(String token) {
        return "Bearer " + token;
    }

    /** The authorization of a request as a service takes it; null if it has none. */
    static @Nullable String bearerOf(HttpServerRequest request) {
        String given = request.getHeader(HttpHeaders.AUTHORIZATION);
        return password(given).map(Callers::bearer).orElse(given);
    }

    private static Optional<String> password(@Nullable String authorization) {
        if (authorization == null || !authorization.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
            return Optional.empty();
        }
        try {
            String decoded = new String(
                    Base64.getDecoder()
                            .decode(authorization.substring(BASIC.length()).trim()),
                    StandardCharsets.UTF_8);
            int colon = decoded.indexOf(':');
            return colon < 0 ? Optional.empty() : Optional.of(decoded.substring(colon + 1));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The head of a request with that token in its place; an authenticator reads nothing but the head. */
    private static HttpServerRequest head(
            String authorization, SocketAddress from, @Nullable HttpServerRequest request) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        if (request != null) {
            headers.addAll(request.headers());
        }
        headers.set(HttpHeaders.AUTHORIZATION, authorization);
        return (HttpServerRequest) Proxy.newProxyInstance(
                Callers.class.getClassLoader(),
                new Class<?>[] {HttpServerRequest.class},
                (head, method, arguments) -> switch (method.getName()) {
                    case "headers" -> headers;
                    case "getHeader" -> headers.get(arguments[0].toString());
                    case "remoteAddress" -> from;
                    default -> {
                        if (request == null) {
                            throw new UnsupportedOperationException(method.getName() + " of a caller without HTTP");
                        }
                        try {
                            yield method.invoke(request, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause() == null ? e : e.getCause();
                        }
                    }
                });
    }
}
