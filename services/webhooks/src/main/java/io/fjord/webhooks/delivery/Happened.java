package io.fjord.webhooks.delivery;

import com.fasterxml.jackson.core.type.TypeReference;
import io.fjord.codec.Json;
import io.fjord.contract.EventEnvelope;
import io.fjord.platform.http.JournalRoutes;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An event, and what is made of it once for all who want it. */
final class Happened {

    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};

    private final EventEnvelope<byte[]> event;
    private @Nullable Map<String, Object> variables;
    private byte @Nullable [] structured;

    Happened(EventEnvelope<byte[]> event) {
        this.event = event;
    }

    EventEnvelope<byte[]> event() {
        return event;
    }

    /** What filters and transformations may look at. */
    Map<String, Object> variables() {
        Map<String, Object> all = variables;
        if (all == null) {
            all = Map.of(
                    "type",
                    event.type(),
                    "actor",
                    event.actor(),
                    "resource",
                    Map.of(
                            "domain",
                            event.subject().domain(),
                            "kind",
                            event.subject().kind(),
                            "name",
                            event.subject().name()),
                    "event",
                    attributes(),
                    "data",
                    data());
            variables = all;
        }
        return all;
    }

    private Map<String, Object> attributes() {
        Map<String, Object> all = new HashMap<>();
        all.put("id", event.id());
        all.put("source", event.source());
        all.put("subject", event.subject().toString());
        all.put("time", event.time());
        all.put("position", event.position().toString());
        all.put("correlationid", event.correlationId());
        if (event.version() != null) {
            all.put("version", event.version());
        }
        if (event.commandId() != null) {
            all.put("commandid", event.commandId());
        }
        if (event.outcome() != null) {
            all.put("outcome", event.outcome().wire());
        }
        return all;
    }

    private Map<String, Object> data() {
        try {
            Map<String, Object> data = Json.MAPPER.readValue(event.data(), OBJECT);
            return data == null ? Map.of() : data;
        } catch (IOException e) {
            return Map.of();
        }
    }

    /** As a structured CloudEvent. */
    byte[] structured() {
        byte[] made = structured;
        if (made == null) {
            made = JournalRoutes.structured(event);
            structured = made;
        }
        return made;
    }
}
