package io.fjord.platform.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.contract.Problem.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Says what is wrong with an input in words its author understands. It never repeats the value: that may be a secret. */
final class Words {

    private static final Map<String, String> TYPES = Map.of(
            "string", "text",
            "integer", "a whole number",
            "number", "a number",
            "boolean", "true or false",
            "array", "a list",
            "object", "an object",
            "null", "null");

    private static final Map<String, String> FORMATS = Map.of(
            "date-time", "an RFC 3339 time, for instance 2026-11-21T09:00:00Z",
            "date", "a date, for instance 2026-11-21",
            "uuid", "a UUID",
            "uri", "a URI",
            "email", "an e-mail address",
            "duration", "an ISO 8601 duration, for instance PT5M");

    private final JsonNode schemas;

    /** @param schemas the document the schema locations of errors point into */
    Words(JsonNode schemas) {
        this.schemas = schemas;
    }

    Fault ofBody(com.networknt.schema.Error error) {
        String at = error.getInstanceLocation().toString();
        String property = error.getProperty();
        String pointer =
                property == null ? at : at + "/" + property.replace("~", "~0").replace("/", "~1");
        return new Fault(pointer, of(error));
    }

    String of(com.networknt.schema.Error error) {
        Object[] arguments = error.getArguments() == null ? new Object[0] : error.getArguments();
        JsonNode schema = schemaAround(error);
        JsonNode value = schema.path(error.getKeyword());
        return switch (error.getKeyword()) {
            case "additionalProperties", "unevaluatedProperties" ->
                "`" + error.getProperty() + "` is not a field of this request" + fields(schema);
            case "required" -> "`" + error.getProperty() + "` is missing";
            case "type" -> "must be " + types(value);
            case "enum" -> "must be one of " + list(value);
            case "const" -> "must be " + value.asText();
            case "pattern" -> "must be " + schema.path("x-fjord-words").asText("text that matches " + value.asText());
            case "format" -> "must be " + FORMATS.getOrDefault(value.asText(), "a valid " + value.asText());
            case "minimum" -> "must be at least " + value.asText();
            case "maximum" -> "must be at most " + value.asText();
            case "exclusiveMinimum" -> "must be more than " + value.asText();
            case "exclusiveMaximum" -> "must be less than " + value.asText();
            case "minLength" ->
                value.asInt() == 1 ? "must not be empty" : "must have at least " + value + " characters";
            case "maxLength" -> "must have at most " + value + " characters";
            case "minItems" -> value.asInt() == 1 ? "must not be empty" : "must have at least " + value + " entries";
            case "maxItems" -> "must have at most " + value + " entries";
            case "uniqueItems" -> "must not have the same entry twice";
            case "minProperties" -> "must have at least " + value + " fields";
            case "maxProperties" -> "must have at most " + value + " fields";
            case "anyOf", "oneOf" -> "fits none of the forms it may have";
            default -> arguments.length == 0 ? "is not allowed" : error.getMessage();
        };
    }

    private JsonNode schemaAround(com.networknt.schema.Error error) {
        String pointer = error.getSchemaLocation().getFragment().toString();
        return schemas.at(pointer.substring(0, Math.max(0, pointer.lastIndexOf('/'))));
    }

    private static String fields(JsonNode schema) {
        List<String> names = new ArrayList<>();
        schema.path("properties").fieldNames().forEachRemaining(names::add);
        return names.isEmpty() ? "" : "; fields are " + String.join(", ", names);
    }

    private static String types(JsonNode value) {
        List<String> all = new ArrayList<>();
        (value.isArray() ? value : List.of(value))
                .forEach(type -> all.add(TYPES.getOrDefault(type.asText(), type.asText())));
        return String.join(" or ", all);
    }

    private static String list(JsonNode values) {
        List<String> all = new ArrayList<>();
        values.forEach(value -> all.add(value.asText()));
        return String.join(", ", all);
    }
}
