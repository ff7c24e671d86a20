package io.fjord.ingestion.capture;

import com.fasterxml.jackson.core.JsonGenerator;
import io.debezium.data.Bits;
import io.debezium.time.Date;
import io.debezium.time.MicroTime;
import io.debezium.time.MicroTimestamp;
import io.debezium.time.NanoTimestamp;
import io.debezium.time.Timestamp;
import io.fjord.ingestion.Settings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/** Rows as Debezium brings them, as JSON that reads back into the types of {@link ColumnTypes}. */
final class ChangeValues {

    /** What Debezium has in the place of a large value that did not change and could not be had again. */
    private static final String UNAVAILABLE = "__debezium_unavailable_value";

    private static final Set<String> UNAVAILABLES =
            Set.of(UNAVAILABLE, Base64.getEncoder().encodeToString(UNAVAILABLE.getBytes(StandardCharsets.UTF_8)));
    private static final long DAY_MICROS = Duration.ofDays(1).toMillis() * 1000;

    private ChangeValues() {}

    /** @param carried which of its columns */
    static byte[] json(Struct row, Predicate<String> carried) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (JsonGenerator json = Settings.JSON.getFactory().createGenerator(bytes)) {
            json.writeStartObject();
            for (Field field : row.schema().fields()) {
                if (carried.test(field.name())) {
                    json.writeFieldName(field.name());
                    // Nothing is nothing, whatever the column's default.
                    value(json, field.schema(), row.getWithoutDefault(field.name()));
                }
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void value(JsonGenerator json, Schema schema, @Nullable Object value) throws IOException {
        if (value == null || value instanceof String text && UNAVAILABLES.contains(text)) {
            json.writeNull();
        } else if (schema.name() != null && value instanceof Number number && isTime(schema.name())) {
            json.writeString(time(schema.name(), number.longValue()));
        } else if (value instanceof Boolean bool) {
            json.writeBoolean(bool);
        } else if (value instanceof BigDecimal decimal) {
            json.writeString(decimal.toPlainString());
        } else if (value instanceof Float number) {
            json.writeNumber(number);
        } else if (value instanceof Double number) {
            json.writeNumber(number);
        } else if (value instanceof Number number) {
            json.writeNumber(number.longValue());
        } else if (value instanceof ByteBuffer buffer) {
            bytes(json, schema, array(buffer));
        } else if (value instanceof byte[] array) {
            bytes(json, schema, array);
        } else if (value instanceof List<?> list) {
            json.writeStartArray();
            for (Object element : list) {
                value(json, schema.valueSchema(), element);
            }
            json.writeEndArray();
        } else if (value instanceof Map<?, ?> map) {
            json.writeStartObject();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                json.writeFieldName(String.valueOf(entry.getKey()));
                value(json, schema.valueSchema(), entry.getValue());
            }
            json.writeEndObject();
        } else if (value instanceof Struct struct) {
            json.writeStartObject();
            for (Field field : struct.schema().fields()) {
                json.writeFieldName(field.name());
                value(json, field.schema(), struct.getWithoutDefault(field.name()));
            }
            json.writeEndObject();
        } else {
            json.writeString(value.toString());
        }
    }

    private static boolean isTime(String name) {
        return switch (name) {
            case Date.SCHEMA_NAME,
                    MicroTime.SCHEMA_NAME,
                    Timestamp.SCHEMA_NAME,
                    MicroTimestamp.SCHEMA_NAME,
                    NanoTimestamp.SCHEMA_NAME -> true;
            default -> false;
        };
    }

    private static String time(String name, long value) {
        return switch (name) {
            case Date.SCHEMA_NAME -> LocalDate.ofEpochDay(value).toString();
            case MicroTime.SCHEMA_NAME -> timeOfDay(value);
            case Timestamp.SCHEMA_NAME -> local(Instant.ofEpochMilli(value));
            case MicroTimestamp.SCHEMA_NAME -> local(instant(value, 1_000_000));
            default -> local(instant(value, 1_000_000_000));
        };
    }

    private static Instant instant(long value, long perSecond) {
        long nanos = Math.floorMod(value, perSecond) * (1_000_000_000 / perSecond);
        return Instant.ofEpochSecond(Math.floorDiv(value, perSecond), nanos);
    }

    private static String local(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC).toLocalDateTime().toString();
    }

    /** Of MySQL it may be a span, below nothing or of many days. */
    private static String timeOfDay(long micros) {
        if (micros >= 0 && micros < DAY_MICROS) {
            LocalTime time = LocalTime.ofNanoOfDay(micros * 1000);
            return time.getSecond() == 0 && time.getNano() == 0 ? time + ":00" : time.toString();
        }
        Duration span = Duration.ofNanos(Math.abs(micros) * 1000);
        String whole = String.format(
                Locale.ROOT,
                "%s%02d:%02d:%02d",
                micros < 0 ? "-" : "",
                span.toHours(),
                span.toMinutesPart(),
                span.toSecondsPart());
        int fraction = span.toNanosPart() / 1000;
        return fraction == 0 ? whole : whole + String.format(Locale.ROOT, ".%06d", fraction);
    }

    private static byte[] array(ByteBuffer buffer) {
        byte[] array = new byte[buffer.remaining()];
        buffer.duplicate().get(array);
        return array;
    }

    /** Bits as they are written, the highest first; anything else in base 64. */
    private static void bytes(JsonGenerator json, Schema schema, byte[] array) throws IOException {
        if (!Bits.LOGICAL_NAME.equals(schema.name())) {
            json.writeString(Base64.getEncoder().encodeToString(array));
            return;
        }
        BitSet bits = BitSet.valueOf(array);
        String length = schema.parameters() == null ? null : schema.parameters().get("length");
        int count = length == null || Integer.parseInt(length) > array.length * 8
                ? array.length * 8
                : Integer.parseInt(length);
        StringBuilder text = new StringBuilder(count);
        for (int i = count - 1; i >= 0; i--) {
            text.append(bits.get(i) ? '1' : '0');
        }
        json.writeString(text.toString());
    }
}
