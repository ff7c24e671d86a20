package io.fjord.iam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Outcome;
import io.fjord.kernel.AccessDecision;
import io.fjord.platform.http.Actor;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlMetastore;
import io.fjord.testing.TestServers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The whole service over HTTP with a real broker and a database; whoever calls says who they are. */
final class IamServer implements AutoCloseable {

    static final String OPERATOR = "user:operator";

    /** What stands for a token that is for some things only. */
    static final String LIMITED = "limited ";

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private final Database database;
    private final SqlMetastore metastore;
    private final URI base;

    IamServer(String databaseUrl) {
        IamVerticle service = new IamVerticle(new IamConfig(
                new KafkaConfig(TestServers.kafka().bootstrapServers(), KafkaConfig.COMMAND_BATCH),
                databaseUrl,
                new byte[32],
                URI.create("http://127.0.0.1:1"),
                () -> "none",
                request -> Future.succeededFuture(caller(request.getHeader("Authorization"))),
                request -> new AccessDecision(
                        request.actor().equals(OPERATOR), "the operator may everything", List.of(), ""),
                List.of(),
                false,
                null,
                "127.0.0.1",
                0));
        done(vertx.deployVerticle(service));
        base = URI.create("http://127.0.0.1:" + service.httpPort());
        database = Database.open(vertx, databaseUrl, "test", 2);
        metastore = new SqlMetastore(database, IamVerticle.SERVICE);
    }

    private static Actor caller(String authorization) {
        String name = authorization.substring("Bearer ".length());
        return name.startsWith(LIMITED)
                ? new Actor(name.substring(LIMITED.length())).limitedTo((action, resource) -> action.endsWith(":read"))
                : new Actor(name);
    }

    record Answer(int status, HttpResponse<String> response, JsonNode body) {

        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        String problem() {
            String type = body.path("type").asText();
            return type.substring(type.lastIndexOf('/') + 1);
        }
    }

    /** @param headers names and values in turn; Authorization says who calls, the operator if it is left out */
    Answer call(String method, String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer " + OPERATOR)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        try {
            HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
            return new Answer(
                    response.statusCode(),
                    response,
                    Json.MAPPER.readTree(response.body().isEmpty() ? "null" : response.body()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    Answer get(String path, String... headers) {
        return call("GET", path, null, headers);
    }

    /** A wish and what became of it: nothing relays the journal here, so it is looked up there. */
    EventEnvelope<String> wish(String method, String path, String body, String... headers) {
        Answer answer = call(method, path, body, headers);
        assertThat(answer.status()).as(String.valueOf(answer.body())).isEqualTo(202);
        return outcome(answer.body().path("id").asText());
    }

    EventEnvelope<String> outcome(String commandId) {
        return await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> done(metastore.outcome(commandId)), Optional::isPresent)
                .orElseThrow();
    }

    void accepted(String method, String path, String body, String... headers) {
        EventEnvelope<String> event = wish(method, path, body, headers);
        assertThat(event.outcome()).as(event.data()).isEqualTo(Outcome.ACCEPTED);
    }

    /** The slug of its problem. */
    String refused(String method, String path, String body, String... headers) {
        EventEnvelope<String> event = wish(method, path, body, headers);
        assertThat(event.outcome()).as(event.data()).isEqualTo(Outcome.REJECTED);
        String type =
                Json.read(event.data(), JsonNode.class).at("/problem/type").asText();
        return type.substring(type.lastIndexOf('/') + 1);
    }

    SqlMetastore metastore() {
        return metastore;
    }

    Database database() {
        return database;
    }

    <T> T done(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        done(database.close());
        done(vertx.close());
    }
}
