package io.fjord.ingest.schema;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.contract.Problem.Fault;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.Incompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;

/** An Avro schema; the data is JSON all the same, with the value of a union as it is, not wrapped in its type's name. */
final class AvroDefinition implements Definition {

    private static final int MOST_FAULTS = 20;

    private final Schema schema;

    private AvroDefinition(Schema schema) {
        this.schema = schema;
    }

    static AvroDefinition read(String text) {
        try {
            Schema schema = new Schema.Parser().parse(text);
            if (schema.getType() != Schema.Type.RECORD) {
                throw new Unreadable("An Avro schema for events is a record, not a "
                        + schema.getType().getName());
            }
            return new AvroDefinition(schema);
        } catch (AvroRuntimeException e) {
            throw new Unreadable("It is no Avro schema: " + e.getMessage());
        }
    }

    @Override
    public List<Fault> faults(JsonNode data, boolean grows) {
        List<Fault> faults = new ArrayList<>();
        check(schema, data, "", grows, faults);
        return faults.size() > MOST_FAULTS ? List.copyOf(faults.subList(0, MOST_FAULTS)) : faults;
    }

    private static void check(Schema schema, JsonNode data, String at, boolean grows, List<Fault> faults) {
        switch (schema.getType()) {
            case RECORD -> record(schema, data, at, grows, faults);
            case UNION -> union(schema, data, at, grows, faults);
            case ARRAY -> {
                if (expect(data.isArray(), "an array", at, faults)) {
                    for (int i = 0; i < data.size(); i++) {
                        check(schema.getElementType(), data.get(i), at + "/" + i, grows, faults);
                    }
                }
            }
            case MAP -> {
                if (expect(data.isObject(), "an object", at, faults)) {
                    data.properties()
                            .forEach(field -> check(
                                    schema.getValueType(), field.getValue(), at + "/" + field.getKey(), grows, faults));
                }
            }
            case ENUM ->
                expect(
                        data.isTextual() && schema.hasEnumSymbol(data.asText()),
                        "one of " + schema.getEnumSymbols(),
                        at,
                        faults);
            case STRING, BYTES -> expect(data.isTextual(), "a text", at, faults);
            case FIXED ->
                expect(
                        data.isTextual()
                                && data.asText().getBytes(StandardCharsets.ISO_8859_1).length == schema.getFixedSize(),
                        "a text of " + schema.getFixedSize() + " bytes",
                        at,
                        faults);
            case INT -> expect(data.isIntegralNumber() && data.canConvertToInt(), "a 32-bit integer", at, faults);
            case LONG -> expect(data.isIntegralNumber() && data.canConvertToLong(), "a 64-bit integer", at, faults);
            case FLOAT, DOUBLE -> expect(data.isNumber(), "a number", at, faults);
            case BOOLEAN -> expect(data.isBoolean(), "true or false", at, faults);
            case NULL -> expect(data.isNull(), "null", at, faults);
        }
    }

    private static boolean expect(boolean right, String what, String at, List<Fault> faults) {
        if (!right) {
            faults.add(new Fault(at, "must be " + what));
        }
        return right;
    }

    private static void record(Schema schema, JsonNode data, String at, boolean grows, List<Fault> faults) {
        if (!expect(data.isObject(), "an object", at, faults)) {
            return;
        }
        for (Schema.Field field : schema.getFields()) {
            JsonNode value = data.path(field.name());
            if (!value.isMissingNode()) {
                check(field.schema(), value, at + "/" + field.name(), grows, faults);
            } else if (!field.hasDefaultValue() && !field.schema().isNullable()) {
                faults.add(new Fault(at + "/" + field.name(), "is missing"));
            }
        }
        if (!grows) {
            data.fieldNames().forEachRemaining(name -> {
                if (schema.getField(name) == null) {
                    faults.add(new Fault(at + "/" + name, "is not a field of the schema"));
                }
            });
        }
    }

    private static void union(Schema schema, JsonNode data, String at, boolean grows, List<Fault> faults) {
        List<Fault> fewest = List.of();
        for (Schema branch : schema.getTypes()) {
            List<Fault> wrong = new ArrayList<>();
            check(branch, data, at, grows, wrong);
            if (wrong.isEmpty()) {
                return;
            }
            boolean closer = branch.getType() != Schema.Type.NULL && (fewest.isEmpty() || wrong.size() < fewest.size());
            fewest = closer ? wrong : fewest;
        }
        faults.addAll(fewest.isEmpty() ? List.of(new Fault(at, "fits no type of the union")) : fewest);
    }

    @Override
    public List<String> whyNotReading(Definition writer) {
        var result = SchemaCompatibility.checkReaderWriterCompatibility(schema, ((AvroDefinition) writer).schema);
        return result.getType() == SchemaCompatibilityType.COMPATIBLE
                ? List.of()
                : result.getResult().getIncompatibilities().stream()
                        .map(AvroDefinition::told)
                        .toList();
    }

    private static String told(Incompatibility why) {
        return "'" + why.getLocation() + "': "
                + why.getType().name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ') + " (" + why.getMessage()
                + ")";
    }
}
