package io.fjord.platform.http;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fjord.codec.Clearances;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Outcome;
import io.fjord.contract.Position;
import io.fjord.kernel.Journals;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The journals of other services, read through the gateway. */
public final class HttpJournals implements Journals {

    private static final long TIMEOUT_MILLIS = 30_000;

    /** Every digit of a number is kept: what is refilled equals what came by the topic. */
    private static final ObjectReader READER = Json.MAPPER
            .reader()
            .with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .with(JsonNodeFactory.withExactBigDecimals(true));

    private final WebClient client;
    private final String address;
    private final Supplier<String> token;

    /** @param gateway {@code http://127.0.0.1:8080} */
    public HttpJournals(Vertx vertx, URI gateway, Supplier<String> token) {
        this.client = WebClient.create(
                vertx, new WebClientOptions().setKeepAlive(true).setName("journals"));
        this.address = gateway.toString().replaceAll("/+$", "") + "/api/v1/events";
        this.token = token;
    }

    @Override
    public Future<List<EventEnvelope<byte[]>>> after(String service, Position position, int limit) {
        return client.getAbs(address)
                .timeout(TIMEOUT_MILLIS)
                .addQueryParam("service", service)
                .addQueryParam("from", position.toString())
                .addQueryParam("limit", Integer.toString(limit))
                .putHeader(HttpHeaders.AUTHORIZATION.toString(), "Bearer " + token.get())
                .send()
                .map(response -> events(service, response));
    }

    private static List<EventEnvelope<byte[]>> events(String service, HttpResponse<Buffer> response) {
        if (response.statusCode() != 200) {
            throw new IllegalStateException(
                    "The journal of " + service + " cannot be read: status " + response.statusCode());
        }
        try {
            List<EventEnvelope<byte[]>> events = new ArrayList<>();
            for (JsonNode event : READER.readTree(response.body().getBytes()).path("events")) {
                events.add(event(event));
            }
            return events;
        } catch (IOException e) {
            throw new UncheckedIOException("The journal of " + service + " is not JSON", e);
        }
    }

    private static EventEnvelope<byte[]> event(JsonNode event) {
        String version = text(event, "version");
        String outcome = text(event, "outcome");
        String source = required(event, "source");
        return new EventEnvelope<>(
                required(event, "id"),
                required(event, "type"),
                source.substring(source.lastIndexOf('/') + 1),
                Instant.parse(required(event, "time")),
                Address.parse(required(event, "subject")),
                Position.parse(required(event, "position")),
                version == null ? null : Long.valueOf(version),
                required(event, "actor"),
                required(event, "correlationid"),
                text(event, "causationid"),
                text(event, "commandid"),
                outcome == null ? null : Outcome.ofWire(outcome),
                text(event, "commanddigest"),
                text(event, "traceparent"),
                Clearances.of(text(event, "policyposition"), text(event, "warnings")),
                Json.bytes(event.path("data")));
    }

    private static String required(JsonNode event, String name) {
        String value = text(event, name);
        if (value == null) {
            throw new IllegalStateException("An event without '" + name + "' came from the journal");
        }
        return value;
    }

    private static @Nullable String text(JsonNode event, String name) {
        JsonNode value = event.path(name);
        return value.isMissingNode() || value.isNull() ? null : value.asText();
    }
}
