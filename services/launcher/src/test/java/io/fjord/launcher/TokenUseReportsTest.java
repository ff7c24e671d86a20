package io.fjord.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TokenUseReportsTest {

    private static final Instant NOW = Instant.parse("2026-11-21T14:00:00Z");

    private final Vertx vertx = Vertx.vertx();
    private final List<JsonObject> told = new CopyOnWriteArrayList<>();
    private volatile int status = 204;
    private TokenUseReports reports;

    @BeforeEach
    void listen() throws Exception {
        HttpServer server = done(vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> {
                    assertThat(request.getHeader("Authorization")).isEqualTo("Bearer ours");
                    told.add(body.toJsonObject());
                    request.response().setStatusCode(status).end();
                }))
                .listen(0, "127.0.0.1"));
        reports = new TokenUseReports(
                vertx, "http://127.0.0.1:" + server.actualPort(), () -> "ours", Clock.fixed(NOW, ZoneOffset.UTC));
    }

    @AfterEach
    void close() throws Exception {
        done(vertx.close());
    }

    @Test
    void each_token_is_told_once_with_its_last_use() throws Exception {
        reports.used("a");
        reports.used("a");
        done(reports.tell());
        done(reports.tell());

        assertThat(told)
                .containsExactly(new JsonObject("{\"uses\":[{\"id\":\"a\",\"usedAt\":\"2026-11-21T14:00:00Z\"}]}"));
    }

    @Test
    void what_was_not_taken_is_told_again() throws Exception {
        reports.used("a");
        status = 503;
        assertThatThrownBy(() -> done(reports.tell())).hasMessageContaining("503");
        status = 204;
        done(reports.tell());
        assertThat(told).hasSize(2);
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
