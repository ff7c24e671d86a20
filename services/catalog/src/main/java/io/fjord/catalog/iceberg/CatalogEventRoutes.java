package io.fjord.catalog.iceberg;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.kernel.Metastore;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.Reply;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.iceberg.exceptions.BadRequestException;
import org.jspecify.annotations.Nullable;

/**
 * The journal as apache/iceberg's draft of an events endpoint has it (pull request 12584): from the beginning, or from where the
 * last answer ended.
 */
final class CatalogEventRoutes {

    private static final int SIZE = 100;
    private static final int MOST = 1_000;

    /** Of the journal that one request looks through, so that one with few answers ends too. */
    private static final int MOST_READ = 5_000;

    private static final Set<String> ASKED = Set.of(
            "continuation-token",
            "page-token",
            "page-size",
            "after-timestamp-ms",
            "operation-types",
            "catalog-objects-by-name",
            "catalog-objects-by-id",
            "object-types",
            "custom-filters");

    private static final Map<String, String> OPERATIONS = Map.ofEntries(
            Map.entry("table.TableCreated", "create-table"),
            Map.entry("table.TableRegistered", "register-table"),
            Map.entry("table.TableCommitted", "update-table"),
            Map.entry("table.TableRenamed", "rename-table"),
            Map.entry("table.TableDropped", "drop-table"),
            Map.entry("table.TableUndropped", "x-fjord-undrop-table"),
            Map.entry("table.DroppedTableExpired", "x-fjord-expire-dropped-table"),
            Map.entry("table.TableProtectionChanged", "x-fjord-protect-table"),
            Map.entry("view.ViewCreated", "create-view"),
            Map.entry("view.ViewReplaced", "update-view"),
            Map.entry("view.ViewRenamed", "rename-view"),
            Map.entry("view.ViewDropped", "drop-view"),
            Map.entry("namespace.NamespaceCreated", "create-namespace"),
            Map.entry("namespace.NamespacePropertiesChanged", "update-namespace-properties"),
            Map.entry("namespace.NamespaceDropped", "drop-namespace"));

    private final Metastore metastore;

    CatalogEventRoutes(Metastore metastore) {
        this.metastore = metastore;
    }

    /** What was asked for. */
    private record Query(
            Position after,
            int size,
            long afterMillis,
            Set<String> operations,
            Set<List<String>> names,
            Set<String> ids,
            Set<String> kinds) {

        static Query of(JsonNode body) {
            if (!body.isObject()) {
                throw new BadRequestException("A query for events is a JSON object");
            }
            body.fieldNames().forEachRemaining(name -> {
                if (!ASKED.contains(name)) {
                    throw new BadRequestException("Events cannot be asked for by '%s'", name);
                }
            });
            String token = body.path("continuation-token")
                    .asText(body.path("page-token").asText(""));
            JsonNode size = body.path("page-size");
            if (!size.isMissingNode() && !size.isNull() && (!size.isInt() || size.intValue() < 1)) {
                throw new BadRequestException("page-size is a number of at least 1");
            }
            JsonNode after = body.path("after-timestamp-ms");
            if (!after.isMissingNode() && !after.isNull() && !after.isIntegralNumber()) {
                throw new BadRequestException("after-timestamp-ms is a number of milliseconds");
            }
            Set<List<String>> names = new HashSet<>();
            array(body, "catalog-objects-by-name").forEach(name -> names.add(texts(name)));
            Set<String> ids = new HashSet<>();
            array(body, "catalog-objects-by-id")
                    .forEach(id -> ids.add(id.isObject() ? id.path("uuid").asText() : id.asText()));
            return new Query(
                    position(token),
                    Math.min(MOST, size.asInt(SIZE)),
                    after.asLong(Long.MIN_VALUE),
                    Set.copyOf(texts(array(body, "operation-types"))),
                    names,
                    ids,
                    Set.copyOf(texts(array(body, "object-types"))));
        }

        private static Position position(String token) {
            try {
                return token.isEmpty() ? Position.START : Position.parse(token);
            } catch (IllegalArgumentException e) {
                throw new BadRequestException(
                        "'%s' is no continuation-token of ours. Send that of the answer before, or none", token);
            }
        }

        private static JsonNode array(JsonNode body, String name) {
            JsonNode array = body.path(name);
            if (!array.isMissingNode() && !array.isNull() && !array.isArray()) {
                throw new BadRequestException("%s is a list", name);
            }
            return array;
        }

        private static List<String> texts(JsonNode array) {
            List<String> texts = new ArrayList<>();
            array.forEach(text -> texts.add(text.asText()));
            return texts;
        }
    }

    Future<Reply> query(Call call, Warehouse warehouse) {
        Query query;
        try {
            query = Query.of(
                    call.body().length() == 0
                            ? Json.MAPPER.createObjectNode()
                            : Json.MAPPER.readTree(call.body().getBytes()));
        } catch (IOException e) {
            throw new BadRequestException("The body cannot be read as JSON");
        }
        Map<String, Predicate<Address>> visible = Map.of(
                "table", call.those("table:read"),
                "view", call.those("view:read"),
                "namespace", call.those("namespace:read"));
        return more(query, warehouse, visible, query.after(), new ArrayList<>(), new Progress(query.after(), 0), 0);
    }

    private record Progress(Position position, long millis) {}

    private Future<Reply> more(
            Query query,
            Warehouse warehouse,
            Map<String, Predicate<Address>> visible,
            Position after,
            List<Map<String, Object>> found,
            Progress seen,
            int read) {
        return metastore.journal(after, MOST).compose(events -> {
            Progress now = seen;
            for (EventEnvelope<String> event : events) {
                if (found.size() == query.size()) {
                    break;
                }
                now = new Progress(event.position(), event.time().toEpochMilli());
                told(query, warehouse, visible, event).ifPresent(found::add);
            }
            boolean end = events.size() < MOST;
            if (found.size() == query.size() || end || read + events.size() >= MOST_READ) {
                return Future.succeededFuture(reply(found, now));
            }
            return more(query, warehouse, visible, now.position(), found, now, read + events.size());
        });
    }

    private static Reply reply(List<Map<String, Object>> found, Progress seen) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("continuation-token", seen.position().toString());
        body.put("next-page-token", seen.position().toString());
        body.put("highest-processed-timestamp-ms", seen.millis());
        body.put("events", found);
        return Reply.bytes("application/json", Buffer.buffer(Json.bytes(body)));
    }

    private static Optional<Map<String, Object>> told(
            Query query, Warehouse warehouse, Map<String, Predicate<Address>> visible, EventEnvelope<String> event) {
        String[] type = event.type().split("\\.");
        String operation = type.length < 5 ? null : OPERATIONS.get(type[2] + "." + type[3]);
        if (operation == null
                || !event.subject().domain().equals(warehouse.domain())
                || event.time().toEpochMilli() <= query.afterMillis()
                || (!query.operations().isEmpty() && !query.operations().contains(operation))
                || (!query.kinds().isEmpty() && !query.kinds().contains(type[2]))
                || !visible.getOrDefault(type[2], none -> false).test(event.subject())) {
            return Optional.empty();
        }
        JsonNode data;
        try {
            data = Json.MAPPER.readTree(event.data());
        } catch (IOException e) {
            throw new IllegalStateException("An event of the journal cannot be read", e);
        }
        JsonNode name = data.has(type[2]) ? data.path(type[2]) : data.path("from");
        if (!name.path("catalog").asText().equals(warehouse.catalog())) {
            return Optional.empty();
        }
        String id = data.path("id").asText("");
        List<String> path = new ArrayList<>();
        name.path(type[2].equals("namespace") ? "levels" : "namespace").forEach(level -> path.add(level.asText()));
        if (!type[2].equals("namespace")) {
            path.add(name.path("name").asText());
        }
        if (!(query.ids().isEmpty() && query.names().isEmpty())
                && !query.ids().contains(id)
                && !query.names().contains(path)) {
            return Optional.empty();
        }
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("event-id", event.id());
        one.put("request-id", event.correlationId());
        one.put("request-event-count", 1);
        one.put("timestamp-ms", event.time().toEpochMilli());
        one.put("actor", Map.of("principal", event.actor()));
        one.put("operation", operation(type[2], operation, id, data, name));
        return Optional.of(one);
    }

    private static Map<String, Object> operation(String kind, String type, String id, JsonNode data, JsonNode name) {
        Map<String, Object> operation = new LinkedHashMap<>();
        operation.put("operation-type", type);
        if (kind.equals("namespace")) {
            operation.put("namespace", name.path("levels"));
            putIf(operation, "properties", data.get("properties"));
            putIf(operation, "updated", data.has("set") ? names(data.path("set")) : null);
            putIf(operation, "removed", data.get("removed"));
            return operation;
        }
        if (data.has("to")) {
            operation.put("source", identifier(name));
            operation.put("destination", identifier(data.path("to")));
        } else {
            operation.put("identifier", identifier(name));
        }
        operation.put(kind + "-uuid", id);
        if (data.has("purge")) {
            operation.put("purge", data.path("purge"));
        }
        putIf(operation, "metadata-location", data.get("metadataLocation"));
        if (type.equals("update-table") || type.equals("create-table")) {
            operation.put("updates", updates(data));
        }
        return operation;
    }

    private static List<Object> updates(JsonNode data) {
        List<Object> updates = new ArrayList<>();
        data.path("snapshots").forEach(snapshot -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("snapshot-id", Long.parseLong(snapshot.path("id").asText()));
            if (snapshot.hasNonNull("parentId")) {
                one.put(
                        "parent-snapshot-id",
                        Long.parseLong(snapshot.path("parentId").asText()));
            }
            one.put("sequence-number", snapshot.path("sequenceNumber"));
            one.put(
                    "timestamp-ms",
                    java.time.Instant.parse(snapshot.path("committedAt").asText())
                            .toEpochMilli());
            Map<String, Object> summary = new LinkedHashMap<>();
            summary.put("operation", snapshot.path("operation"));
            snapshot.path("summary").fields().forEachRemaining(field -> summary.put(field.getKey(), field.getValue()));
            one.put("summary", summary);
            updates.add(Map.of("action", "add-snapshot", "snapshot", one));
        });
        if (data.path("propertiesSet").size() > 0) {
            updates.add(Map.of("action", "set-properties", "updates", data.path("propertiesSet")));
        }
        if (data.path("propertiesRemoved").size() > 0) {
            updates.add(Map.of("action", "remove-properties", "removals", data.path("propertiesRemoved")));
        }
        if (data.path("removedSnapshotIds").size() > 0) {
            List<Long> ids = new ArrayList<>();
            data.path("removedSnapshotIds").forEach(id -> ids.add(Long.parseLong(id.asText())));
            updates.add(Map.of("action", "remove-snapshots", "snapshot-ids", ids));
        }
        if (data.hasNonNull("schemaChange")) {
            updates.add(Map.of("action", "x-fjord-schema-change", "change", data.path("schemaChange")));
        }
        return updates;
    }

    private static Map<String, Object> identifier(JsonNode name) {
        return Map.of("namespace", name.path("namespace"), "name", name.path("name"));
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static void putIf(Map<String, Object> into, String name, @Nullable Object value) {
        if (value != null) {
            into.put(name, value);
        }
    }
}
