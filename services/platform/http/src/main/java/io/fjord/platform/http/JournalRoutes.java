package io.fjord.platform.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.fjord.codec.Clearances;
import io.fjord.codec.Json;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.kernel.Metastore;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/v1/events}: a service's journal for all who have to close a gap, as structured CloudEvents. */
public final class JournalRoutes {

    private final Metastore metastore;

    public JournalRoutes(Metastore metastore) {
        this.metastore = metastore;
    }

    public void install(Api api) {
        api.on("readEvents", this::read);
    }

    private Future<Reply> read(Call call) {
        String service = call.query("service").orElse("");
        if (!service.equals(metastore.service())) {
            return Future.failedFuture(HttpProblems.noSuchService(service, List.of(metastore.service())));
        }
        Position from = call.query("from").map(Position::parse).orElse(new Position(1, 0));
        int limit = call.queryInt("limit", 1000);
        // The end is read last, so that it is never before the last event.
        return metastore
                .journal(from, limit)
                .compose(events -> metastore
                        .position()
                        .map(end -> Reply.bytes("application/json", page(events, end))
                                .position(service, end)));
    }

    private static Buffer page(List<EventEnvelope<String>> events, Position end) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(512 * (events.size() + 1));
        try (JsonGenerator json = Json.MAPPER.createGenerator(out)) {
            json.writeStartObject();
            json.writeArrayFieldStart("events");
            for (EventEnvelope<String> event : events) {
                write(json, event);
            }
            json.writeEndArray();
            json.writeStringField("end", end.toString());
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("Memory cannot be written to", e);
        }
        return Buffer.buffer(out.toByteArray());
    }

    /** One event as a structured CloudEvent, in bytes of JSON. */
    public static byte[] structured(EventEnvelope<byte[]> event) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(512 + event.data().length);
        try (JsonGenerator json = Json.MAPPER.createGenerator(out)) {
            write(json, event.with(new String(event.data(), StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException("Memory cannot be written to", e);
        }
        return out.toByteArray();
    }

    private static void write(JsonGenerator json, EventEnvelope<String> event) throws IOException {
        json.writeStartObject();
        json.writeStringField("specversion", "1.0");
        json.writeStringField("id", event.id());
        json.writeStringField("type", event.type());
        json.writeStringField("source", "/services/" + event.source());
        json.writeStringField("time", event.time().toString());
        json.writeStringField("subject", event.subject().toString());
        json.writeStringField("datacontenttype", "application/json");
        json.writeStringField("domain", event.subject().domain());
        json.writeStringField("position", event.position().toString());
        optional(json, "version", event.version());
        json.writeStringField("actor", event.actor());
        json.writeStringField("correlationid", event.correlationId());
        optional(json, "causationid", event.causationId());
        optional(json, "commandid", event.commandId());
        optional(
                json,
                "outcome",
                event.outcome() == null ? null : event.outcome().wire());
        optional(json, "commanddigest", event.commandDigest());
        optional(json, "traceparent", event.traceparent());
        optional(json, "policyposition", event.clearance().policyPosition());
        optional(json, "warnings", Clearances.warnings(event.clearance()));
        json.writeFieldName("data");
        json.writeRawValue(event.data());
        json.writeEndObject();
    }

    private static void optional(JsonGenerator json, String name, @Nullable Object value) throws IOException {
        if (value != null) {
            json.writeStringField(name, value.toString());
        }
    }
}
