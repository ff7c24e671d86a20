package io.fjord.launcher;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells iam once a minute which personal tokens came in at the door. What a crash takes with it is a minute of times. */
final class TokenUseReports {

    private static final Logger log = LoggerFactory.getLogger(TokenUseReports.class);
    private static final long EVERY_MILLIS = Duration.ofMinutes(1).toMillis();
    private static final int MOST_AT_ONCE = 10_000;

    private final Vertx vertx;
    private final String gateway;
    private final Supplier<String> token;
    private final Clock clock;
    private final HttpClient http;
    private final Map<String, Instant> untold = new ConcurrentHashMap<>();

    TokenUseReports(Vertx vertx, String gateway, Supplier<String> token, Clock clock) {
        this.vertx = vertx;
        this.gateway = gateway;
        this.token = token;
        this.clock = clock;
        this.http = vertx.createHttpClient();
    }

    TokenUseReports start() {
        vertx.setPeriodic(EVERY_MILLIS, id -> {
            var told = tell();
            told.onFailure(
                    failure -> log.atInfo().setCause(failure).log("Uses of tokens were not told; it is tried again"));
        });
        return this;
    }

    void used(String tokenId) {
        untold.put(tokenId, clock.instant());
    }

    Future<Void> tell() {
        Map<String, Instant> now = new HashMap<>();
        untold.entrySet().stream().limit(MOST_AT_ONCE).forEach(use -> now.put(use.getKey(), use.getValue()));
        if (now.isEmpty()) {
            return Future.succeededFuture();
        }
        JsonArray uses = new JsonArray();
        now.forEach((id, at) -> uses.add(new JsonObject().put("id", id).put("usedAt", at.toString())));
        return http.request(new RequestOptions()
                        .setMethod(HttpMethod.POST)
                        .setAbsoluteURI(gateway + "/api/v1/token-uses")
                        .putHeader("Authorization", "Bearer " + token.get())
                        .putHeader("Content-Type", "application/json"))
                .compose(request ->
                        request.send(new JsonObject().put("uses", uses).toBuffer()))
                .compose(response -> {
                    if (response.statusCode() != 204) {
                        return Future.failedFuture(new IllegalStateException("iam answered " + response.statusCode()));
                    }
                    // Who came again meanwhile is told the next time.
                    now.forEach(untold::remove);
                    return Future.succeededFuture();
                });
    }
}
