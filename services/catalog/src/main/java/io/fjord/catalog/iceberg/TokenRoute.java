package io.fjord.catalog.iceberg;

import io.fjord.codec.Json;
import io.fjord.platform.http.Authenticator;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.Reply;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The token endpoint of Iceberg's specification, for clients that know nothing else: a personal token is shown as a client's
 * secret, or as the token to exchange, and is itself what is given back once it was found good.
 */
final class TokenRoute {

    private static final String ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

    private final Authenticator authenticator;

    TokenRoute(Authenticator authenticator) {
        this.authenticator = authenticator;
    }

    Future<Reply> get(Call call) {
        Map<String, String> form;
        try {
            form = form(call.body().toString());
        } catch (IllegalArgumentException e) {
            return refused("invalid_request", "The body is a form");
        }
        String type = form.getOrDefault("grant_type", "");
        String token = switch (type) {
            case "client_credentials" -> form.get("client_secret");
            case "urn:ietf:params:oauth:grant-type:token-exchange" -> form.get("subject_token");
            default -> null;
        };
        if (!type.equals("client_credentials") && !type.endsWith(":token-exchange")) {
            return refused("unsupported_grant_type", "grant_type is client_credentials or token-exchange");
        }
        if (token == null || token.isBlank()) {
            return refused("invalid_request", "client_secret, or subject_token, is a token of yours");
        }
        return authenticator
                .authenticate(with(call.request(), token))
                .map(actor -> {
                    Map<String, Object> answer = new LinkedHashMap<>();
                    answer.put("access_token", token);
                    answer.put("token_type", "bearer");
                    answer.put("issued_token_type", ACCESS_TOKEN);
                    return reply(200, answer);
                })
                .recover(failure -> refusedClient());
    }

    private static Map<String, String> form(String body) {
        Map<String, String> form = new HashMap<>();
        for (String part : body.split("&")) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                form.put(decoded(part.substring(0, equals)), decoded(part.substring(equals + 1)));
            }
        }
        return form;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    /** The request as if it had shown the token. */
    private static HttpServerRequest with(HttpServerRequest request, String token) {
        String bearer = "Bearer " + token;
        MultiMap headers =
                MultiMap.caseInsensitiveMultiMap().addAll(request.headers()).set("Authorization", bearer);
        return (HttpServerRequest) Proxy.newProxyInstance(
                HttpServerRequest.class.getClassLoader(),
                new Class<?>[] {HttpServerRequest.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("headers")) {
                        return headers;
                    }
                    if (method.getName().equals("getHeader")) {
                        return headers.get(String.valueOf(arguments[0]));
                    }
                    try {
                        return method.invoke(request, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getTargetException();
                    }
                });
    }

    private static Future<Reply> refusedClient() {
        return Future.succeededFuture(
                reply(401, Map.of("error", "invalid_client", "error_description", "The token is not known here")));
    }

    private static Future<Reply> refused(String error, @Nullable String description) {
        return Future.succeededFuture(
                reply(400, Map.of("error", error, "error_description", String.valueOf(description))));
    }

    private static Reply reply(int status, Map<String, Object> body) {
        return Reply.bytes("application/json", Buffer.buffer(Json.bytes(body))).status(status);
    }
}
