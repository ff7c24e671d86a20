package io.fjord.platform.http;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.kernel.SecretValue;
import io.fjord.kernel.Secrets;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Supplier;

/** Secrets as core knows them, asked for through the gateway; core tells them to Fjord's own services alone. */
public final class HttpSecrets implements Secrets {

    private static final long TIMEOUT_MILLIS = 15_000;
    private static final Duration SOON = Duration.ofSeconds(2);

    private final WebClient client;
    private final String address;
    private final Supplier<String> token;

    /** @param gateway {@code http://127.0.0.1:8080} */
    public HttpSecrets(Vertx vertx, URI gateway, Supplier<String> token) {
        this.client = WebClient.create(
                vertx, new WebClientOptions().setKeepAlive(true).setName("secrets"));
        this.address = gateway.toString().replaceAll("/+$", "") + "/api/v1/secrets/";
        this.token = token;
    }

    @Override
    public Future<SecretValue> resolve(Address secret, String actor) {
        return client.postAbs(address + secret.name() + "/resolve")
                .timeout(TIMEOUT_MILLIS)
                .addQueryParam("domain", secret.domain())
                .bearerTokenAuthentication(token.get())
                .sendJsonObject(new JsonObject().put("actor", actor))
                .recover(failure -> Future.failedFuture(HttpProblems.serviceUnavailable("core")))
                .compose(HttpSecrets::value);
    }

    private static Future<SecretValue> value(HttpResponse<Buffer> answer) {
        if (answer.statusCode() == 200) {
            return Future.succeededFuture(
                    SecretValue.of(answer.bodyAsJsonObject().getString("value")));
        }
        String type = String.valueOf(answer.getHeader("Content-Type"));
        if (!type.startsWith("application/problem+json")) {
            return Future.failedFuture(HttpProblems.serviceUnavailable("core"));
        }
        ProblemException told =
                new ProblemException(Json.read(answer.bodyAsString(StandardCharsets.UTF_8.name()), Problem.class));
        return Future.failedFuture(answer.statusCode() == 503 ? told.retryAfter(SOON) : told);
    }
}
