package io.fjord.ingest.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Whether all that one JSON Schema lets be written, another lets be read. Sound, not complete: what it passes holds, and what it
 * cannot tell it says no to. Written objects hold what their schema names, unless that says {@code additionalProperties}; read
 * objects may hold more, unless theirs says they may not.
 */
final class JsonSchemaContainment {

    private static final int MOST_REASONS = 20;
    private static final Set<String> ALL_TYPES =
            Set.of("null", "boolean", "object", "array", "number", "integer", "string");

    /** Each says something of a value by itself: the same words in both are no difference. */
    private static final Set<String> BY_ITSELF = Set.of(
            "pattern",
            "multipleOf",
            "uniqueItems",
            "minProperties",
            "maxProperties",
            "not",
            "dependentRequired",
            "propertyNames");

    /** Each means something with its neighbours only. */
    private static final Set<String> TOGETHER = Set.of(
            "if",
            "then",
            "else",
            "contains",
            "minContains",
            "maxContains",
            "prefixItems",
            "patternProperties",
            "unevaluatedProperties",
            "unevaluatedItems",
            "dependentSchemas",
            "dependencies",
            "additionalItems",
            "$dynamicRef",
            "$recursiveRef");

    private final JsonNode writerRoot;
    private final JsonNode readerRoot;
    private final Set<Pair> assumed = new HashSet<>();

    private record Pair(JsonNode writer, JsonNode reader) {}

    JsonSchemaContainment(JsonNode writerRoot, JsonNode readerRoot) {
        this.writerRoot = writerRoot;
        this.readerRoot = readerRoot;
    }

    List<String> reasons() {
        List<String> reasons = new ArrayList<>();
        contained(writerRoot, readerRoot, "", reasons);
        return reasons.size() > MOST_REASONS ? reasons.subList(0, MOST_REASONS) : reasons;
    }

    private boolean holds(JsonNode writer, JsonNode reader, String at) {
        Set<Pair> before = Set.copyOf(assumed);
        List<String> reasons = new ArrayList<>();
        contained(writer, reader, at, reasons);
        if (!reasons.isEmpty()) {
            assumed.retainAll(before);
        }
        return reasons.isEmpty();
    }

    private void contained(JsonNode writer, JsonNode reader, String at, List<String> reasons) {
        if (reasons.size() > MOST_REASONS || isAnything(reader) || isNothing(writer)) {
            return;
        }
        // Met again on the way down, a pair is what is being shown.
        if (!assumed.add(new Pair(writer, reader))) {
            return;
        }
        if (isNothing(reader)) {
            reasons.add(where(at) + " may no longer be there");
            return;
        }
        if (reader.has("$ref")) {
            contained(
                    writer,
                    readerRoot.at(
                            JsonSchemaDefinition.pointer(reader.path("$ref").asText())),
                    at,
                    reasons);
        }
        if (writer.has("$ref")) {
            JsonNode target = writerRoot.at(
                    JsonSchemaDefinition.pointer(writer.path("$ref").asText()));
            if (!withoutNotes(writer, "$ref")) {
                reasons.add(where(at) + ": a $ref with other words beside it cannot be compared");
            } else {
                contained(target, without(reader, "$ref"), at, reasons);
            }
            return;
        }
        for (String word : TOGETHER) {
            if (reader.has(word)) {
                reasons.add(where(at) + ": '" + word + "' cannot be compared");
                return;
            }
        }
        for (String word : BY_ITSELF) {
            JsonNode demanded = reader.path(word);
            if (!demanded.isMissingNode()
                    && (!demanded.equals(writer.path(word))
                            || !demanded.findValues("$ref").isEmpty())) {
                reasons.add(where(at) + ": '" + word + "' is not the same");
            }
        }
        reader.path("allOf").forEach(part -> contained(writer, part, at, reasons));
        if (alternatives(writer, reader, at, reasons)) {
            return;
        }
        values(writer, reader, at, reasons);
    }

    /** @return whether the writer's own alternatives have settled it */
    private boolean alternatives(JsonNode writer, JsonNode reader, String at, List<String> reasons) {
        for (String word : List.of("anyOf", "oneOf")) {
            if (writer.has(word)) {
                JsonNode rest = without(reader, "allOf", "$ref");
                if (withoutNotes(writer, word)) {
                    writer.path(word).forEach(each -> contained(each, rest, at, reasons));
                } else if (!holds(without(writer, word), rest, at)) {
                    for (JsonNode each : writer.path(word)) {
                        contained(each, rest, at, reasons);
                    }
                }
                return true;
            }
        }
        if (writer.has("allOf")) {
            JsonNode rest = without(reader, "allOf", "$ref");
            boolean one = false;
            for (JsonNode part : writer.path("allOf")) {
                one |= holds(part, rest, at);
            }
            if (!one && !holds(without(writer, "allOf"), rest, at)) {
                reasons.add(where(at) + ": what 'allOf' means together cannot be compared");
            }
            return true;
        }
        for (String word : List.of("anyOf", "oneOf")) {
            if (reader.has(word)) {
                boolean one = false;
                for (JsonNode each : reader.path(word)) {
                    one |= holds(writer, each, at);
                }
                if (!one) {
                    reasons.add(where(at) + " fits none of '" + word + "' for sure");
                } else if (word.equals("oneOf") && !apart(reader.path(word))) {
                    reasons.add(where(at) + ": of 'oneOf' it may fit more than one");
                }
            }
        }
        return false;
    }

    /** Whether no value can be of two of them, by their types or by their constant values. */
    private static boolean apart(JsonNode alternatives) {
        Set<String> types = new HashSet<>();
        Set<JsonNode> values = new HashSet<>();
        for (JsonNode each : alternatives) {
            List<JsonNode> finite = finite(each);
            if (finite != null) {
                for (JsonNode value : finite) {
                    if (!values.add(value)) {
                        return false;
                    }
                }
                continue;
            }
            for (String type : types(each)) {
                if (!types.add(type)) {
                    return false;
                }
            }
        }
        return values.isEmpty() || types.isEmpty();
    }

    private void values(JsonNode writer, JsonNode reader, String at, List<String> reasons) {
        List<JsonNode> readable = finite(reader);
        List<JsonNode> written = finite(writer);
        if (readable != null) {
            if (written == null) {
                reasons.add(where(at) + " may now have certain values only");
                return;
            }
            for (JsonNode value : written) {
                if (!readable.contains(value)) {
                    reasons.add(where(at) + " may no longer be " + value);
                }
            }
            return;
        }
        Set<String> types = written == null ? types(writer) : typesOf(written);
        Set<String> lost = new TreeSet<>(types);
        lost.removeAll(types(reader));
        if (!lost.isEmpty()) {
            reasons.add(where(at) + " may no longer be " + String.join(", ", lost));
            return;
        }
        if (types.contains("number") || types.contains("integer")) {
            lowest(writer, reader, at, reasons, written);
            highest(writer, reader, at, reasons, written);
        }
        if (types.contains("string")) {
            atLeast("minLength", writer, reader, at, reasons);
            atMost("maxLength", writer, reader, at, reasons);
        }
        if (types.contains("array")) {
            atLeast("minItems", writer, reader, at, reasons);
            atMost("maxItems", writer, reader, at, reasons);
            if (reader.has("items")) {
                contained(schema(writer, "items"), reader.path("items"), at + "/*", reasons);
            }
        }
        if (types.contains("object")) {
            objects(writer, reader, at, reasons);
        }
    }

    private void objects(JsonNode writer, JsonNode reader, String at, List<String> reasons) {
        Set<String> given = texts(writer.path("required"));
        for (String needed : texts(reader.path("required"))) {
            if (!given.contains(needed)) {
                reasons.add(where(at + "/" + needed) + " is required, and was not");
            }
        }
        JsonNode others = writer.path("additionalProperties");
        boolean open = !writer.has("properties")
                || (!others.isMissingNode() && !isNothing(others))
                || writer.has("patternProperties");
        JsonNode readable = reader.path("properties");
        JsonNode rest = reader.path("additionalProperties");
        writer.path("properties").properties().forEach(field -> {
            JsonNode read = readable.has(field.getKey()) ? readable.path(field.getKey()) : rest;
            if (!read.isMissingNode()) {
                contained(field.getValue(), read, at + "/" + field.getKey(), reasons);
            }
        });
        if (!open) {
            return;
        }
        JsonNode written = others.isMissingNode() || writer.has("patternProperties")
                ? com.fasterxml.jackson.databind.node.BooleanNode.TRUE
                : others;
        readable.properties().forEach(field -> {
            if (!writer.path("properties").has(field.getKey())) {
                contained(written, field.getValue(), at + "/" + field.getKey(), reasons);
            }
        });
        if (!rest.isMissingNode()) {
            contained(written, rest, at + "/*", reasons);
        }
    }

    // Bounds

    private static void lowest(
            JsonNode writer, JsonNode reader, String at, List<String> reasons, @Nullable List<JsonNode> written) {
        bound("minimum", "exclusiveMinimum", 1, writer, reader, at, reasons, written);
    }

    private static void highest(
            JsonNode writer, JsonNode reader, String at, List<String> reasons, @Nullable List<JsonNode> written) {
        bound("maximum", "exclusiveMaximum", -1, writer, reader, at, reasons, written);
    }

    private static void bound(
            String including,
            String excluding,
            int sign,
            JsonNode writer,
            JsonNode reader,
            String at,
            List<String> reasons,
            @Nullable List<JsonNode> written) {
        for (String word : List.of(including, excluding)) {
            if (!reader.path(word).isNumber()) {
                continue;
            }
            BigDecimal demanded = reader.path(word).decimalValue();
            boolean open = word.equals(excluding);
            boolean kept = written != null
                    ? written.stream()
                            .filter(JsonNode::isNumber)
                            .allMatch(value -> within(value.decimalValue(), demanded, sign, open))
                    : (writer.path(including).isNumber()
                                    && within(writer.path(including).decimalValue(), demanded, sign, open))
                            || (writer.path(excluding).isNumber()
                                    && within(writer.path(excluding).decimalValue(), demanded, sign, false));
            if (!kept) {
                reasons.add(where(at) + ": '" + word + "' is narrower");
            }
        }
    }

    private static boolean within(BigDecimal value, BigDecimal bound, int sign, boolean open) {
        int compared = value.compareTo(bound) * sign;
        return open ? compared > 0 : compared >= 0;
    }

    private static void atLeast(String word, JsonNode writer, JsonNode reader, String at, List<String> reasons) {
        if (reader.path(word).asLong(0) > writer.path(word).asLong(0)) {
            reasons.add(where(at) + ": '" + word + "' is narrower");
        }
    }

    private static void atMost(String word, JsonNode writer, JsonNode reader, String at, List<String> reasons) {
        if (reader.path(word).asLong(Long.MAX_VALUE) < writer.path(word).asLong(Long.MAX_VALUE)) {
            reasons.add(where(at) + ": '" + word + "' is narrower");
        }
    }

    // Looking at schemas

    private static boolean isAnything(JsonNode schema) {
        return schema.isMissingNode()
                || (schema.isBoolean() && schema.booleanValue())
                || (schema.isObject() && schema.isEmpty());
    }

    private static boolean isNothing(JsonNode schema) {
        return schema.isBoolean() && !schema.booleanValue();
    }

    private static JsonNode schema(JsonNode of, String word) {
        JsonNode found = of.path(word);
        return found.isMissingNode() ? com.fasterxml.jackson.databind.node.BooleanNode.TRUE : found;
    }

    private static @Nullable List<JsonNode> finite(JsonNode schema) {
        if (schema.has("const")) {
            return List.of(schema.path("const"));
        }
        if (!schema.has("enum")) {
            return null;
        }
        List<JsonNode> values = new ArrayList<>();
        schema.path("enum").forEach(values::add);
        return values;
    }

    private static Set<String> types(JsonNode schema) {
        JsonNode type = schema.path("type");
        Set<String> types = type.isMissingNode() ? new HashSet<>(ALL_TYPES) : texts(type);
        if (types.contains("number")) {
            types.add("integer");
        }
        return types;
    }

    private static Set<String> typesOf(List<JsonNode> values) {
        Set<String> types = new HashSet<>();
        for (JsonNode value : values) {
            types.add(
                    switch (value.getNodeType()) {
                        case NULL, MISSING -> "null";
                        case BOOLEAN -> "boolean";
                        case OBJECT, POJO -> "object";
                        case ARRAY -> "array";
                        case NUMBER -> value.decimalValue().stripTrailingZeros().scale() <= 0 ? "integer" : "number";
                        case STRING, BINARY -> "string";
                    });
        }
        return types;
    }

    private static Set<String> texts(JsonNode node) {
        Set<String> texts = new HashSet<>();
        if (node.isTextual()) {
            texts.add(node.asText());
        } else {
            node.forEach(each -> texts.add(each.asText()));
        }
        return texts;
    }

    /** Whether the word stands alone, but for words that say nothing of values. */
    private static boolean withoutNotes(JsonNode schema, String word) {
        Set<String> notes = Set.of(
                "title", "description", "$comment", "examples", "default", "$schema", "$id", "$defs", "definitions");
        for (var names = schema.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!name.equals(word) && !notes.contains(name)) {
                return false;
            }
        }
        return true;
    }

    private static JsonNode without(JsonNode schema, String... words) {
        if (!schema.isObject()) {
            return Objects.requireNonNullElse(schema, MissingNode.getInstance());
        }
        com.fasterxml.jackson.databind.node.ObjectNode copy = schema.deepCopy();
        copy.remove(List.of(words));
        return copy;
    }

    private static String where(String at) {
        return at.isEmpty() ? "the event" : "'" + at + "'";
    }
}
