package io.fjord.platform.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import io.fjord.codec.Json;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the document promises of replies. Checked where tests ask for it, so that a document cannot drift from its service. */
final class ReplySchemas {

    private final Map<String, Schema> schemas = new HashMap<>();

    ReplySchemas(Document document) {
        ObjectNode root = Json.MAPPER.createObjectNode();
        root.put("$schema", "https://json-schema.org/draft/2020-12/schema").put("$id", "urn:fjord:replies");
        ObjectNode defs = root.putObject("$defs");
        document.json()
                .path("components")
                .path("schemas")
                .properties()
                .forEach(entry -> defs.set(entry.getKey(), local(entry.getValue())));
        document.replies().forEach((name, schema) -> defs.set(name, local(schema)));
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12,
                builder -> builder.schemas(Map.of("urn:fjord:replies", Json.text(root)))
                        .schemaRegistryConfig(SchemaRegistryConfig.builder()
                                .formatAssertionsEnabled(true)
                                .build()));
        Schema whole = registry.getSchema(SchemaLocation.of("urn:fjord:replies"));
        document.replies()
                .keySet()
                .forEach(name -> schemas.put(
                        name,
                        whole.getRefSchema(SchemaLocation.of("urn:fjord:replies#/$defs/" + name)
                                .getFragment())));
    }

    /** @throws IllegalStateException naming each difference between a JSON reply and the document */
    void check(String operationId, int status, byte[] json) {
        Schema schema = schemas.get(Document.replyName(operationId, Integer.toString(status)));
        if (schema == null) {
            throw new IllegalStateException(
                    operationId + " answers " + status + " with JSON, of which its document says nothing");
        }
        List<String> faults =
                schema.validate(new String(json, java.nio.charset.StandardCharsets.UTF_8), InputFormat.JSON).stream()
                        .map(error -> error.getInstanceLocation() + " " + error.getMessage())
                        .toList();
        if (!faults.isEmpty()) {
            throw new IllegalStateException(
                    operationId + " answers " + status + " not as its document says: " + String.join("; ", faults));
        }
    }

    private static JsonNode local(JsonNode schema) {
        JsonNode copy = schema.deepCopy();
        relocate(copy);
        return copy;
    }

    private static void relocate(JsonNode node) {
        if (node instanceof ObjectNode object) {
            if (object.path("$ref").isTextual()) {
                object.set(
                        "$ref",
                        new TextNode(object.path("$ref").textValue().replace("#/components/schemas/", "#/$defs/")));
            }
            object.forEach(ReplySchemas::relocate);
        } else if (node instanceof ArrayNode array) {
            array.forEach(ReplySchemas::relocate);
        }
    }
}
