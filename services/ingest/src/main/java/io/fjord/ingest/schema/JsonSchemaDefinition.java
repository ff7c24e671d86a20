package io.fjord.ingest.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.fjord.codec.Json;
import io.fjord.contract.Problem.Fault;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A JSON Schema. Its objects hold the fields it names and no others, unless it says {@code additionalProperties} itself: the
 * standard takes any, and then no field could ever be added.
 */
final class JsonSchemaDefinition implements Definition {

    private static final int MOST_FAULTS = 20;
    private static final Set<String> OPENING =
            Set.of("additionalProperties", "unevaluatedProperties", "patternProperties");
    private static final Set<String> OF_UNKNOWN = Set.of("additionalProperties", "unevaluatedProperties");
    private static final Set<String> COMBINING = Set.of("allOf", "anyOf", "oneOf");

    private final JsonNode root;
    private final com.networknt.schema.Schema validator;
    private final @Nullable PlainJsonSchema plain;

    private JsonSchemaDefinition(JsonNode root, com.networknt.schema.Schema validator) {
        this.root = root;
        this.validator = validator;
        this.plain = PlainJsonSchema.of(root);
    }

    static JsonSchemaDefinition read(String text) {
        JsonNode root;
        try {
            root = Json.MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new Unreadable("It is not JSON: " + e.getOriginalMessage());
        }
        if (!root.isObject()) {
            throw new Unreadable("A JSON Schema for events is an object");
        }
        for (JsonNode reference : root.findValues("$ref")) {
            String to = reference.asText();
            if (!to.startsWith("#") || root.at(pointer(to)).isMissingNode()) {
                throw new Unreadable("'" + to + "' leads nowhere in it; it may refer to itself only (#/$defs/...)");
            }
        }
        try {
            List<Error> wrong = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(com.networknt.schema.SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"))
                    .validate(text, InputFormat.JSON);
            if (!wrong.isEmpty()) {
                throw new Unreadable(
                        wrong.get(0).getInstanceLocation() + ": " + wrong.get(0).getMessage());
            }
            return new JsonSchemaDefinition(
                    root,
                    SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                            .getSchema(text, InputFormat.JSON));
        } catch (com.networknt.schema.SchemaException e) {
            throw new Unreadable("It is no JSON Schema: " + e.getMessage());
        }
    }

    static String pointer(String reference) {
        return reference.equals("#") ? "" : reference.substring(1);
    }

    @Override
    public List<Fault> faults(JsonNode data, boolean grows) {
        return plain != null && plain.fits(data, grows) ? List.of() : allFaults(data, grows);
    }

    /** Word by word, as the standard has it. */
    List<Fault> allFaults(JsonNode data, boolean grows) {
        List<Fault> faults = new ArrayList<>();
        for (Error error : validator.validate(data.toString(), InputFormat.JSON)) {
            if (faults.size() < MOST_FAULTS && !(grows && OF_UNKNOWN.contains(error.getKeyword()))) {
                faults.add(new Fault(error.getInstanceLocation().toString(), error.getMessage()));
            }
        }
        if (!grows) {
            unknown(List.of(root), data, "", faults, 0);
        }
        return faults;
    }

    /** Fields that none of the schemas that speak of this object names. */
    private void unknown(List<JsonNode> schemas, JsonNode data, String at, List<Fault> faults, int depth) {
        if (!data.isContainerNode() || faults.size() >= MOST_FAULTS || depth > 200) {
            return;
        }
        List<JsonNode> speaking = new ArrayList<>();
        schemas.forEach(schema -> spread(schema, speaking, new HashSet<>()));
        if (data.isArray()) {
            List<JsonNode> items = speaking.stream()
                    .map(schema -> schema.path("items"))
                    .filter(JsonNode::isObject)
                    .toList();
            for (int i = 0; i < data.size() && !items.isEmpty(); i++) {
                unknown(items, data.get(i), at + "/" + i, faults, depth + 1);
            }
            return;
        }
        boolean closed = speaking.stream().anyMatch(schema -> schema.has("properties"))
                && speaking.stream().noneMatch(schema -> OPENING.stream().anyMatch(schema::has));
        data.properties().forEach(field -> {
            List<JsonNode> named = speaking.stream()
                    .map(schema -> schema.path("properties").path(field.getKey()))
                    .filter(schema -> !schema.isMissingNode())
                    .toList();
            String there = at + "/" + field.getKey().replace("~", "~0").replace("/", "~1");
            if (!named.isEmpty()) {
                unknown(named, field.getValue(), there, faults, depth + 1);
            } else if (closed && faults.size() < MOST_FAULTS) {
                faults.add(new Fault(there, "is not a field of the schema"));
            }
        });
    }

    /** A schema with all that its references and combinations say. */
    private void spread(JsonNode schema, List<JsonNode> into, Set<String> followed) {
        if (!schema.isObject()) {
            return;
        }
        into.add(schema);
        String reference = schema.path("$ref").asText("");
        if (!reference.isEmpty() && followed.add(reference)) {
            spread(root.at(pointer(reference)), into, followed);
        }
        for (String combining : COMBINING) {
            schema.path(combining).forEach(part -> spread(part, into, followed));
        }
        for (String branch : List.of("then", "else")) {
            spread(schema.path(branch), into, followed);
        }
    }

    @Override
    public List<String> whyNotReading(Definition writer) {
        return new JsonSchemaContainment(((JsonSchemaDefinition) writer).root, root).reasons();
    }
}
