package io.fjord.audit;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.fjord.audit.log.Bundle;
import io.fjord.codec.Clearances;
import io.fjord.codec.Json;
import io.fjord.contract.Clearance;
import io.fjord.contract.Origin;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * An entry as the bytes that are hashed: JSON without blanks, its fields in one order, those without value left out, times in
 * microseconds, and the data as it was sent. What is found out of other entries (how an attempt ended) is not in it.
 *
 * @param leaf what stands in the log
 * @param whole all of it, if that is too long for its place in the log; the leaf has its hash then
 */
@SuppressWarnings("ArrayRecordComponent") // made and read once
record CanonicalEntry(long seq, byte[] leaf, byte @Nullable [] whole) {

    private static final JsonFactory JSON = Json.MAPPER.getFactory();

    static CanonicalEntry of(Entry entry) {
        byte[] all = bytes(entry);
        if (all.length <= Bundle.LONGEST_ENTRY) {
            return new CanonicalEntry(entry.seq(), all, null);
        }
        String leaf = "{\"v\":1,\"seq\":" + entry.seq() + ",\"sha256\":\"" + io.fjord.kernel.Ids.sha256(all)
                + "\",\"bytes\":" + all.length + "}";
        return new CanonicalEntry(entry.seq(), leaf.getBytes(StandardCharsets.UTF_8), all);
    }

    /** What was sent and decided, all of it. */
    byte[] text() {
        return whole == null ? leaf : whole;
    }

    private static byte[] bytes(Entry entry) {
        ByteArrayOutputStream bytes =
                new ByteArrayOutputStream(512 + entry.data().length());
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeNumberField("v", 1);
            json.writeNumberField("seq", entry.seq());
            json.writeStringField("kind", entry.kind());
            json.writeStringField("service", entry.service());
            json.writeStringField("type", entry.type());
            json.writeStringField("subject", entry.subject());
            json.writeStringField("domain", entry.domain());
            json.writeStringField("actor", entry.actor());
            json.writeStringField("time", micros(entry.time()).toString());
            json.writeStringField("correlationId", entry.correlationId());
            text(json, "causationId", entry.causationId());
            text(json, "commandId", entry.commandId());
            // That of an attempt is found out later, and is its outcome's to tell.
            text(json, "outcome", entry.kind().equals(Entry.ATTEMPT) ? null : entry.outcome());
            text(
                    json,
                    "position",
                    entry.position() == null ? null : entry.position().toString());
            origin(json, entry.origin());
            clearance(json, entry.clearance());
            json.writeFieldName("data");
            json.writeRawValue(entry.data());
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("Bytes in memory can be written", e);
        }
        return bytes.toByteArray();
    }

    private static void origin(JsonGenerator json, @Nullable Origin origin) throws IOException {
        if (origin != null) {
            json.writeObjectFieldStart("origin");
            text(json, "address", origin.address());
            text(json, "purpose", origin.purpose());
            text(json, "token", origin.token());
            json.writeEndObject();
        }
    }

    private static void clearance(JsonGenerator json, @Nullable Clearance clearance) throws IOException {
        if (clearance != null) {
            json.writeObjectFieldStart("clearance");
            text(json, "policyPosition", clearance.policyPosition());
            String warnings = Clearances.warnings(clearance);
            if (warnings != null) {
                json.writeFieldName("warnings");
                json.writeRawValue(warnings);
            }
            json.writeEndObject();
        }
    }

    private static void text(JsonGenerator json, String field, @Nullable String value) throws IOException {
        if (value != null) {
            json.writeStringField(field, value);
        }
    }

    private static Instant micros(Instant time) {
        return time.truncatedTo(ChronoUnit.MICROS);
    }
}
