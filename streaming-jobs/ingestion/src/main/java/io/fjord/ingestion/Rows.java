package io.fjord.ingestion;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Turns records of a topic into rows of a table: strictly, for a value that is bent to fit is lost. */
public final class Rows {

    private static final Set<String> NO_NUMBERS = Set.of("NaN", "Infinity", "-Infinity");
    private static final JsonFactory JSON = Settings.JSON.getFactory();

    /** What a table can keep of the event around the data: its column, and what it is filled with. */
    private enum Around {
        ID("_id"),
        SOURCE("_source"),
        TYPE("_type"),
        TIME("_time"),
        KEY("_key"),
        TOPIC("_topic"),
        PARTITION("_partition"),
        OFFSET("_offset");

        private final String column;

        Around(String column) {
            this.column = column;
        }
    }

    private record Column(int at, NestedField field, int number) {}

    private record Filled(Around with, Column column) {}

    private final GenericRecord empty;
    private final Map<String, Column> columns = new HashMap<>();
    private final List<Column> required = new ArrayList<>();
    private final List<Filled> around = new ArrayList<>();
    private final Others others;
    private final long[] filledBy;
    private long row;

    /** What becomes of fields without a column. */
    enum Others {
        /** Their record is unfit. */
        REJECT,
        /** They are left out. */
        IGNORE,
        /** The table is to get columns for them. */
        ADD
    }

    Rows(Schema schema, Others others) {
        this.empty = GenericRecord.create(schema);
        this.others = others;
        List<NestedField> fields = schema.columns();
        this.filledBy = new long[fields.size()];
        for (int i = 0; i < fields.size(); i++) {
            Column column = new Column(i, fields.get(i), i);
            columns.put(fields.get(i).name(), column);
            if (fields.get(i).isRequired()) {
                required.add(column);
            }
        }
        for (Around each : Around.values()) {
            Column column = columns.get(each.column);
            if (column != null) {
                around.add(new Filled(each, column));
            }
        }
    }

    /** A field the table has no column for; the record is read again when it has. */
    public static final class NewColumns extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient Map<String, Type> types;

        NewColumns(Map<String, Type> types) {
            super("The table has no columns " + types.keySet(), null, false, false);
            this.types = types;
        }

        public Map<String, Type> types() {
            return types;
        }
    }

    Record row(ConsumerRecord<byte[], byte[]> record) throws Unfit, NewColumns {
        byte[] value = record.value();
        if (value == null) {
            throw new Unfit("has no value");
        }
        Record made = empty.copy();
        row++;
        try (JsonParser json = JSON.createParser(value)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new Unfit("is no JSON object");
            }
            Map<String, Type> unknown = null;
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                JsonToken token = json.nextToken();
                Column column = columns.get(name);
                if (column == null) {
                    unknown = unknown(name, token, json, unknown);
                    continue;
                }
                if (filledBy[column.number()] == row) {
                    throw new Unfit("has the field '" + name + "' twice");
                }
                filledBy[column.number()] = row;
                made.set(column.at(), value(json, token, column.field().type(), name));
            }
            if (json.nextToken() != null) {
                throw new Unfit("has something behind its JSON object");
            }
            if (unknown != null) {
                throw new NewColumns(unknown);
            }
        } catch (JsonProcessingException e) {
            throw new Unfit("is not JSON: see byte " + e.getLocation().getByteOffset());
        } catch (IOException e) {
            throw new Unfit("is not UTF-8");
        }
        for (Filled filled : around) {
            if (filledBy[filled.column().number()] != row) {
                made.set(filled.column().at(), of(record, filled));
            }
        }
        for (Column column : required) {
            if (made.get(column.at()) == null) {
                throw new Unfit("lacks the field '" + column.field().name() + "'");
            }
        }
        return made;
    }

    private @Nullable Map<String, Type> unknown(
            String name, JsonToken token, JsonParser json, @Nullable Map<String, Type> before)
            throws Unfit, IOException {
        if (others == Others.IGNORE) {
            json.skipChildren();
            return before;
        }
        if (others == Others.REJECT) {
            throw new Unfit("has the field '" + name + "', for which the table has no column");
        }
        Map<String, Type> all = before;
        if (token != JsonToken.VALUE_NULL) {
            if (name.isEmpty() || name.length() > 128 || name.indexOf('.') >= 0) {
                throw new Unfit("has a field whose name cannot be that of a column");
            }
            all = before == null ? new LinkedHashMap<>() : before;
            all.put(name, inferred(token, json));
        }
        json.skipChildren();
        return all;
    }

    /** What a column gets that a record's field asks for: objects and arrays are kept as their JSON. */
    private static Type inferred(JsonToken token, JsonParser json) throws IOException {
        return switch (token) {
            case VALUE_TRUE, VALUE_FALSE -> Types.BooleanType.get();
            case VALUE_NUMBER_INT ->
                json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                        ? Types.DecimalType.of(38, 0)
                        : Types.LongType.get();
            case VALUE_NUMBER_FLOAT -> Types.DoubleType.get();
            default -> Types.StringType.get();
        };
    }

    /** What a table is made with that nobody declared columns for. */
    static Map<String, Type> infer(byte[] value) throws Unfit {
        Rows nothing = new Rows(new Schema(List.of()), Others.ADD);
        try {
            nothing.row(new ConsumerRecord<>("", 0, 0, null, value));
            return Map.of();
        } catch (NewColumns e) {
            return e.types();
        }
    }

    private @Nullable Object of(ConsumerRecord<byte[], byte[]> record, Filled filled) throws Unfit {
        String text = switch (filled.with()) {
            case ID -> {
                String id = header(record, "ce_id");
                yield id == null ? record.topic() + "-" + record.partition() + "@" + record.offset() : id;
            }
            case SOURCE -> header(record, "ce_source");
            case TYPE -> header(record, "ce_type");
            case TIME -> {
                String time = header(record, "ce_time");
                yield time == null ? Instant.ofEpochMilli(record.timestamp()).toString() : time;
            }
            case KEY -> record.key() == null ? null : new String(record.key(), StandardCharsets.UTF_8);
            case TOPIC -> record.topic();
            case PARTITION -> String.valueOf(record.partition());
            case OFFSET -> String.valueOf(record.offset());
        };
        if (text == null) {
            return null;
        }
        Type type = filled.column().field().type();
        String name = filled.column().field().name();
        return switch (type.typeId()) {
            case INTEGER -> Integer.valueOf(text);
            case LONG -> Long.valueOf(text);
            default -> ofText(text, type, name);
        };
    }

    static @Nullable String header(ConsumerRecord<byte[], byte[]> record, String name) {
        Header header = record.headers().lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }

    /**
     * The key columns of a record without a value, which takes the row away.
     *
     * @param keys their columns, in order
     */
    static List<@Nullable Object> key(ConsumerRecord<byte[], byte[]> record, List<NestedField> keys) throws Unfit {
        byte[] key = record.key();
        if (key == null) {
            throw new Unfit("has neither a value nor a key");
        }
        try {
            JsonNode json = json(key);
            List<@Nullable Object> values = new ArrayList<>();
            for (NestedField field : keys) {
                JsonNode part = json.isObject() ? json.path(field.name()) : keys.size() == 1 ? json : null;
                if (part == null || part.isMissingNode() || part.isNull()) {
                    throw new Unfit("has no '" + field.name() + "' in its key");
                }
                values.add(value(part, field.type(), field.name()));
            }
            return values;
        } catch (IOException e) {
            throw new Unfit("has a key that cannot be read");
        }
    }

    private static JsonNode json(byte[] key) throws IOException {
        try {
            return Settings.JSON.readTree(key);
        } catch (JsonProcessingException plain) {
            return Settings.JSON.getNodeFactory().textNode(new String(key, StandardCharsets.UTF_8));
        }
    }

    private static @Nullable Object value(JsonNode node, Type type, String name) throws Unfit, IOException {
        try (JsonParser json = node.traverse(Settings.JSON)) {
            return value(json, json.nextToken(), type, name);
        }
    }

    private static @Nullable Object value(JsonParser json, JsonToken token, Type type, String name)
            throws Unfit, IOException {
        if (token == JsonToken.VALUE_NULL) {
            return null;
        }
        switch (type.typeId()) {
            case BOOLEAN:
                if (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE) {
                    return token == JsonToken.VALUE_TRUE;
                }
                break;
            case INTEGER:
                if (token == JsonToken.VALUE_NUMBER_INT && json.getNumberType() == JsonParser.NumberType.INT) {
                    return json.getIntValue();
                }
                break;
            case LONG:
                if (token == JsonToken.VALUE_NUMBER_INT && json.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
                    return json.getLongValue();
                }
                break;
            case FLOAT:
                if (token.isNumeric()) {
                    return json.getFloatValue();
                }
                if (isNoNumber(json, token)) {
                    return Float.valueOf(json.getText());
                }
                break;
            case DOUBLE:
                if (token.isNumeric()) {
                    return json.getDoubleValue();
                }
                if (isNoNumber(json, token)) {
                    return Double.valueOf(json.getText());
                }
                break;
            case DECIMAL:
                if (token.isNumeric() || token == JsonToken.VALUE_STRING) {
                    return decimal(json.getText(), (Types.DecimalType) type, name);
                }
                break;
            case STRING:
                if (token == JsonToken.VALUE_STRING) {
                    return json.getText();
                }
                if (token.isStructStart()) {
                    return json.readValueAsTree().toString();
                }
                break;
            case TIMESTAMP:
            case TIMESTAMP_NANO:
                if (token == JsonToken.VALUE_NUMBER_INT) {
                    OffsetDateTime at =
                            Instant.ofEpochMilli(json.getLongValue()).atOffset(ZoneOffset.UTC);
                    return isUtc(type) ? at : at.toLocalDateTime();
                }
                if (token == JsonToken.VALUE_STRING) {
                    return ofText(json.getText(), type, name);
                }
                break;
            case DATE:
            case TIME:
            case UUID:
            case BINARY:
                if (token == JsonToken.VALUE_STRING) {
                    return ofText(json.getText(), type, name);
                }
                break;
            case STRUCT:
                if (token == JsonToken.START_OBJECT) {
                    return struct(json.readValueAsTree(), type.asStructType(), name);
                }
                break;
            case LIST:
                if (token == JsonToken.START_ARRAY) {
                    List<@Nullable Object> list = new ArrayList<>();
                    JsonNode array = json.readValueAsTree();
                    for (JsonNode element : array) {
                        list.add(value(element, type.asListType().elementType(), name + "[]"));
                    }
                    return list;
                }
                break;
            case MAP:
                if (token == JsonToken.START_OBJECT) {
                    Map<Object, @Nullable Object> map = new LinkedHashMap<>();
                    JsonNode object = json.readValueAsTree();
                    for (Map.Entry<String, JsonNode> entry : object.properties()) {
                        map.put(
                                ofText(entry.getKey(), type.asMapType().keyType(), name),
                                value(entry.getValue(), type.asMapType().valueType(), name + "{}"));
                    }
                    return map;
                }
                break;
            default:
                break;
        }
        throw unfit(name, type);
    }

    /** What floating point has and JSON has no numbers for. */
    private static boolean isNoNumber(JsonParser json, JsonToken token) throws IOException {
        return token == JsonToken.VALUE_STRING && NO_NUMBERS.contains(json.getText());
    }

    private static Record struct(JsonNode object, Types.StructType type, String name) throws Unfit, IOException {
        GenericRecord record = GenericRecord.create(type);
        for (NestedField field : type.fields()) {
            JsonNode part = object.path(field.name());
            Object value = part.isMissingNode() ? null : value(part, field.type(), name + "." + field.name());
            if (value == null && field.isRequired()) {
                throw new Unfit("lacks the field '" + name + "." + field.name() + "'");
            }
            record.setField(field.name(), value);
        }
        for (Map.Entry<String, JsonNode> part : object.properties()) {
            if (type.field(part.getKey()) == null && !part.getValue().isNull()) {
                throw new Unfit(
                        "has the field '" + name + "." + part.getKey() + "', for which the table has no column");
            }
        }
        return record;
    }

    private static Object ofText(String text, Type type, String name) throws Unfit {
        try {
            return switch (type.typeId()) {
                case STRING -> text;
                case DATE -> LocalDate.parse(text);
                case TIME -> LocalTime.parse(text);
                case TIMESTAMP, TIMESTAMP_NANO -> isUtc(type) ? OffsetDateTime.parse(text) : LocalDateTime.parse(text);
                case UUID -> UUID.fromString(text);
                case BINARY -> ByteBuffer.wrap(java.util.Base64.getDecoder().decode(text));
                default -> throw unfit(name, type);
            };
        } catch (DateTimeException | IllegalArgumentException e) {
            throw unfit(name, type);
        }
    }

    private static boolean isUtc(Type type) {
        return type instanceof Types.TimestampType micros
                ? micros.shouldAdjustToUTC()
                : ((Types.TimestampNanoType) type).shouldAdjustToUTC();
    }

    private static BigDecimal decimal(String text, Types.DecimalType type, String name) throws Unfit {
        try {
            BigDecimal exact = new BigDecimal(text).setScale(type.scale(), java.math.RoundingMode.UNNECESSARY);
            if (exact.precision() <= type.precision()) {
                return exact;
            }
        } catch (ArithmeticException | NumberFormatException e) {
            // told below
        }
        throw unfit(name, type);
    }

    private static Unfit unfit(String name, Type type) {
        return new Unfit("has something else than " + type + " in the field '" + name + "'");
    }
}
