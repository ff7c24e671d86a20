package io.fjord.platform.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import io.fjord.codec.Json;
import io.fjord.contract.Problem.Fault;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The schemas of a document's parameters and JSON bodies, ready to be checked against.
 *
 * <p>Requests are closed: where a schema lists its fields and says nothing of others, others are refused.
 */
final class RequestSchemas {

    private static final Set<String> COMPOSITIONS = Set.of("allOf", "anyOf", "oneOf", "if", "then", "else", "not");

    private final ObjectNode defs = Json.MAPPER.createObjectNode();
    private final Map<String, Schema> byName = new HashMap<>();
    private final Words words;

    RequestSchemas(Document document) {
        document.json()
                .path("components")
                .path("schemas")
                .properties()
                .forEach(entry -> add(entry.getKey(), entry.getValue()));
        // Most parameters are the same everywhere: a schema is kept once, under the name of the first that has it.
        Map<String, String> wanted = new LinkedHashMap<>();
        Map<JsonNode, String> kept = new HashMap<>();
        for (Document.Route route : document.routes()) {
            if (route.foreign()) {
                continue;
            }
            for (Document.Parameter parameter : route.parameters()) {
                String name = nameOf(route, parameter);
                wanted.put(name, kept.computeIfAbsent(parameter.schema(), schema -> add(name, schema)));
            }
            if (route.body() != null && route.body().json() != null) {
                wanted.put(nameOf(route), add(nameOf(route), route.body().json()));
            }
        }
        String id = "urn:fjord:requests";
        ObjectNode whole = Json.MAPPER.createObjectNode();
        whole.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        whole.put("$id", id);
        whole.set("$defs", defs);
        String text = Json.text(whole);
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12,
                builder -> builder.schemas(Map.of(id, text))
                        .schemaRegistryConfig(SchemaRegistryConfig.builder()
                                .formatAssertionsEnabled(true)
                                .build()));
        // Its parts are taken from it: asked for by their address, the registry reads the whole again for each.
        Schema root = registry.getSchema(SchemaLocation.of(id));
        Map<String, Schema> ready = new HashMap<>();
        wanted.forEach((name, def) -> byName.put(name, ready.computeIfAbsent(def, part -> {
            Schema schema =
                    root.getRefSchema(SchemaLocation.of(id + "#/$defs/" + part).getFragment());
            schema.initializeValidators();
            return schema;
        })));
        words = new Words(whole);
    }

    /** Every fault of a JSON body. */
    List<Fault> body(Document.Route route, tools.jackson.databind.JsonNode body) {
        return check(nameOf(route), body).stream().map(words::ofBody).distinct().toList();
    }

    /** Every fault of one value of a parameter, already in its type. */
    List<Fault> parameter(Document.Route route, Document.Parameter parameter, tools.jackson.databind.JsonNode value) {
        return check(nameOf(route, parameter), value).stream()
                .map(error -> new Fault(parameter.name(), words.of(error)))
                .distinct()
                .toList();
    }

    private List<com.networknt.schema.Error> check(String name, tools.jackson.databind.JsonNode value) {
        return Objects.requireNonNull(byName.get(name), name).validate(value);
    }

    private static String nameOf(Document.Route route) {
        return "body." + route.operationId();
    }

    private static String nameOf(Document.Route route, Document.Parameter parameter) {
        return parameter.in() + "." + parameter.name() + "." + route.operationId();
    }

    private String add(String name, JsonNode schema) {
        JsonNode copy = schema.deepCopy();
        prepare(copy, false);
        defs.set(name, copy);
        return name;
    }

    private static void prepare(JsonNode node, boolean composed) {
        if (node instanceof ObjectNode object) {
            if (object.path("$ref").isTextual()) {
                object.set(
                        "$ref",
                        new TextNode(object.path("$ref").textValue().replace("#/components/schemas/", "#/$defs/")));
            }
            boolean says = object.has("additionalProperties") || object.has("unevaluatedProperties");
            if (object.path("properties").isObject() && !says && !composed) {
                boolean composition = object.has("allOf") || object.has("anyOf") || object.has("oneOf");
                object.put(composition ? "unevaluatedProperties" : "additionalProperties", false);
            }
            object.properties().forEach(field -> prepare(field.getValue(), COMPOSITIONS.contains(field.getKey())));
        } else if (node instanceof ArrayNode array) {
            array.forEach(child -> prepare(child, composed));
        }
    }
}
