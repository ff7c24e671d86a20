package io.fjord.iam.keycloak;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.fjord.codec.Json;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Keycloak's administration over HTTP, as the platform's own client. */
public final class KeycloakAdmin {

    private static final long TIMEOUT_MILLIS = 30_000;

    /** These say come again; Keycloak also says 500 to what it can never do. */
    private static final Set<Integer> AWAY = Set.of(408, 429, 502, 503, 504);

    private final WebClient client;
    private final KeycloakConfig config;
    private @Nullable Token token;

    private record Token(String value, Instant until) {}

    /** Keycloak does not answer, or does not know the client (yet): waiting can help. */
    public static final class Away extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Away(String message) {
            super(message, null, false, false);
        }
    }

    /** Keycloak says no. */
    public static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message, null, false, false);
        }
    }

    /** @param location where a thing was made; empty where none was */
    public record Answer(int status, JsonNode body, String location) {

        public boolean ok() {
            return status / 100 == 2;
        }

        public boolean missing() {
            return status == 404;
        }

        /** The id of what was made. */
        public String made() {
            return location.substring(location.lastIndexOf('/') + 1);
        }

        /** What Keycloak says is wrong. */
        public String why() {
            for (String field : new String[] {"errorMessage", "error_description", "error"}) {
                if (body.path(field).isTextual()) {
                    return body.path(field).asText();
                }
            }
            return status == 403 ? "the client of the platform may not do this" : "status " + status;
        }

        /** Itself if it is a yes. */
        public Answer orThrow(String what) {
            if (!ok()) {
                throw new Refused(what + ": " + why());
            }
            return this;
        }
    }

    public KeycloakAdmin(Vertx vertx, KeycloakConfig config) {
        this.client = WebClient.create(
                vertx,
                new WebClientOptions()
                        .setKeepAlive(true)
                        .setConnectTimeout(5_000)
                        .setMaxRedirects(0)
                        .setName("keycloak"));
        this.config = config;
    }

    public String realm() {
        return config.realm();
    }

    /** A no that is found out on the way. */
    public static Refused refusal(String why) {
        return new Refused(why);
    }

    /** What it is called among identity providers: as it stands in its tokens. */
    public String realmAddress() {
        return config.address() + "/realms/" + config.realm();
    }

    /** Of the client's service account. */
    String ownUserName() {
        return "service-account-" + config.clientId();
    }

    public void close() {
        client.close();
    }

    /** As a part of a path or the value of a parameter. */
    public static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** @param path below the realm: {@code /users/…} */
    public Future<Answer> get(String path) {
        return send(HttpMethod.GET, path, null);
    }

    public Future<Answer> post(String path, @Nullable Object body) {
        return send(HttpMethod.POST, path, body);
    }

    public Future<Answer> put(String path, @Nullable Object body) {
        return send(HttpMethod.PUT, path, body);
    }

    public Future<Answer> delete(String path) {
        return send(HttpMethod.DELETE, path, null);
    }

    private Future<Answer> send(HttpMethod method, String path, @Nullable Object body) {
        return token().compose(first -> send(method, path, body, first).compose(answer -> {
            if (answer.status() != 401) {
                return Future.succeededFuture(answer);
            }
            // Keycloak was started anew, with other keys.
            token = null;
            return token().compose(second -> send(method, path, body, second));
        }));
    }

    private Future<Answer> send(HttpMethod method, String path, @Nullable Object body, String bearer) {
        HttpRequest<Buffer> request = client.requestAbs(
                        method, config.address() + "/admin/realms/" + encoded(config.realm()) + path)
                .timeout(TIMEOUT_MILLIS)
                .followRedirects(false)
                .bearerTokenAuthentication(bearer)
                .putHeader("Accept", "application/json");
        Future<HttpResponse<Buffer>> sent = body == null
                ? request.send()
                : request.putHeader("Content-Type", "application/json").sendBuffer(Buffer.buffer(Json.bytes(body)));
        return sent.transform(done -> done.failed() ? Future.failedFuture(away(done.cause())) : answer(done.result()));
    }

    private Future<String> token() {
        Token known = token;
        if (known != null && known.until().isAfter(Instant.now())) {
            return Future.succeededFuture(known.value());
        }
        MultiMap form = MultiMap.caseInsensitiveMultiMap()
                .add("grant_type", "client_credentials")
                .add("client_id", config.clientId())
                .add("client_secret", config.secret());
        return client.postAbs(
                        config.address() + "/realms/" + encoded(config.realm()) + "/protocol/openid-connect/token")
                .timeout(TIMEOUT_MILLIS)
                .followRedirects(false)
                .sendForm(form)
                .transform(done -> done.failed() ? Future.failedFuture(away(done.cause())) : answer(done.result()))
                .map(answer -> {
                    if (!answer.ok()) {
                        throw new Away("it does not let the client " + config.clientId() + " in: " + answer.why());
                    }
                    long seconds = answer.body().path("expires_in").asLong(60);
                    String value = answer.body().path("access_token").asText();
                    token = new Token(value, Instant.now().plus(Duration.ofSeconds(Math.max(5, seconds - 30))));
                    return value;
                });
    }

    private static Away away(Throwable why) {
        return new Away(String.valueOf(why.getMessage()));
    }

    private static Future<Answer> answer(HttpResponse<Buffer> response) {
        int status = response.statusCode();
        if (AWAY.contains(status)) {
            return Future.failedFuture(new Away("status " + status));
        }
        String location = response.getHeader("Location");
        return Future.succeededFuture(new Answer(status, body(response.body()), location == null ? "" : location));
    }

    private static JsonNode body(@Nullable Buffer body) {
        try {
            return body == null || body.length() == 0
                    ? MissingNode.getInstance()
                    : Json.MAPPER.readTree(body.getBytes());
        } catch (IOException e) {
            // A page for people; its status tells.
            return MissingNode.getInstance();
        }
    }
}
