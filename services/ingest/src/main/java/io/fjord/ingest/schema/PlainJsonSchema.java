package io.fjord.ingest.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A JSON Schema in the words that most are written in, to be held against an event in a fraction of the time. It is only ever sure of
 * what fits: anything else is for the whole validator, which also knows how to tell what is wrong.
 */
final class PlainJsonSchema {

    private static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";

    /** Says nothing of what data may be. */
    private static final Set<String> REMARKS = Set.of(
            "$comment", "$defs", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly");

    private static final PlainJsonSchema ANYTHING = new PlainJsonSchema();

    private final List<Predicate<JsonNode>> rules = new ArrayList<>();
    private final List<String> required = new ArrayList<>();
    private final Map<String, PlainJsonSchema> properties = new HashMap<>();
    private @Nullable PlainJsonSchema items;
    private @Nullable PlainJsonSchema others;

    /** Whether a field it does not name is a fault, by the schema or because schemas of events are closed. */
    private boolean closed;

    private PlainJsonSchema() {}

    /** @return null for a schema in other words */
    static @Nullable PlainJsonSchema of(JsonNode schema) {
        try {
            if (schema.has("$schema") && !schema.path("$schema").asText().equals(DIALECT)) {
                return null;
            }
            return read(schema);
        } catch (InOtherWords e) {
            return null;
        }
    }

    private static final class InOtherWords extends RuntimeException {
        private static final long serialVersionUID = 1L;

        InOtherWords() {
            super("", null, false, false);
        }
    }

    private static PlainJsonSchema read(JsonNode schema) {
        if (schema.isBoolean() && schema.booleanValue()) {
            return ANYTHING;
        }
        if (!schema.isObject()) {
            throw new InOtherWords();
        }
        PlainJsonSchema plain = new PlainJsonSchema();
        plain.closed = schema.has("properties") && !schema.has("additionalProperties");
        schema.properties().forEach(word -> plain.add(word.getKey(), word.getValue()));
        return plain;
    }

    private void add(String word, JsonNode value) {
        switch (word) {
            case "$schema" -> {}
            case "type" -> rules.add(type(value));
            case "properties" ->
                value.properties().forEach(property -> properties.put(property.getKey(), read(property.getValue())));
            case "required" -> value.forEach(name -> required.add(name.asText()));
            case "additionalProperties" -> {
                if (value.isBoolean()) {
                    closed = !value.booleanValue();
                } else {
                    others = read(value);
                }
            }
            case "items" -> items = read(value);
            case "enum" -> {
                List<JsonNode> all = new ArrayList<>();
                value.forEach(all::add);
                rules.add(all::contains);
            }
            case "const" -> rules.add(value::equals);
            case "minimum" -> number(value, compared -> compared >= 0);
            case "maximum" -> number(value, compared -> compared <= 0);
            case "exclusiveMinimum" -> number(value, compared -> compared > 0);
            case "exclusiveMaximum" -> number(value, compared -> compared < 0);
            case "minLength" -> length(value, (is, limit) -> is >= limit);
            case "maxLength" -> length(value, (is, limit) -> is <= limit);
            case "minItems" -> {
                int least = limit(value);
                rules.add(data -> !data.isArray() || data.size() >= least);
            }
            case "maxItems" -> {
                int most = limit(value);
                rules.add(data -> !data.isArray() || data.size() <= most);
            }
            default -> {
                if (!REMARKS.contains(word)) {
                    throw new InOtherWords();
                }
            }
        }
    }

    private static Predicate<JsonNode> type(JsonNode value) {
        if (!value.isArray()) {
            return type(value.asText());
        }
        List<Predicate<JsonNode>> any = new ArrayList<>();
        value.forEach(one -> any.add(type(one.asText())));
        return data -> {
            for (Predicate<JsonNode> one : any) {
                if (one.test(data)) {
                    return true;
                }
            }
            return false;
        };
    }

    /** Of numbers as 1.0, which are integers too, it is not sure. */
    private static Predicate<JsonNode> type(String name) {
        return switch (name) {
            case "object" -> JsonNode::isObject;
            case "array" -> JsonNode::isArray;
            case "string" -> JsonNode::isTextual;
            case "number" -> JsonNode::isNumber;
            case "integer" -> JsonNode::isIntegralNumber;
            case "boolean" -> JsonNode::isBoolean;
            case "null" -> JsonNode::isNull;
            default -> throw new InOtherWords();
        };
    }

    private interface Compared {
        boolean fits(int toLimit);
    }

    private void number(JsonNode value, Compared compared) {
        if (!value.isNumber()) {
            throw new InOtherWords();
        }
        BigDecimal limit = value.decimalValue();
        rules.add(data -> !data.isNumber() || compared.fits(data.decimalValue().compareTo(limit)));
    }

    private interface Measured {
        boolean fits(int is, int limit);
    }

    private void length(JsonNode value, Measured measured) {
        int limit = limit(value);
        rules.add(data -> {
            if (!data.isTextual()) {
                return true;
            }
            String text = data.textValue();
            return measured.fits(text.codePointCount(0, text.length()), limit);
        });
    }

    private static int limit(JsonNode value) {
        if (!value.canConvertToInt() || !value.isIntegralNumber()) {
            throw new InOtherWords();
        }
        return value.intValue();
    }

    /**
     * Whether data surely is what the schema says; false also when that is not known here.
     *
     * @param grows fields it does not name are no fault
     */
    boolean fits(JsonNode data, boolean grows) {
        for (Predicate<JsonNode> rule : rules) {
            if (!rule.test(data)) {
                return false;
            }
        }
        if (data.isObject()) {
            return fieldsFit(data, grows);
        }
        if (data.isArray() && items != null) {
            for (JsonNode element : data) {
                if (!items.fits(element, grows)) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean fieldsFit(JsonNode data, boolean grows) {
        for (String name : required) {
            if (!data.has(name)) {
                return false;
            }
        }
        for (Map.Entry<String, JsonNode> field : data.properties()) {
            PlainJsonSchema named = properties.get(field.getKey());
            if (named == null) {
                named = others;
                if (named == null && closed && !grows) {
                    return false;
                }
            }
            if (named != null && !named.fits(field.getValue(), grows)) {
                return false;
            }
        }
        return true;
    }
}
