package io.fjord.catalog.explorer;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/**
 * One value of a table as the API shows it, in the words in which results of SQL statements are told: integers beyond 2^53, decimals,
 * NaN and the infinities are strings; times are RFC 3339, in UTC where they have a zone; binary is base64; structs are objects, and so
 * are maps with keys of text, others are arrays of {@code {key, value}}. What is long is cut.
 */
final class SampleCells {

    /** Characters of a text, bytes of a binary that are shown. */
    static final int MOST_LETTERS = 1_000;

    /** Values that are shown of one cell, however they are nested. */
    private static final int MOST_VALUES = 200;

    /** The largest integer up to which a double holds them all (RFC 7493). */
    private static final long EXACT = (1L << 53) - 1;

    private int values;
    private boolean isCut;
    private @Nullable Integer length;
    private long size;

    private SampleCells() {}

    /**
     * @param value as JSON
     * @param cut whether something of it is missing
     * @param length characters of the whole text, or bytes of the whole binary, where the cell is one
     * @param size about how many characters it takes
     */
    record Cell(
            @Nullable Object value, boolean cut, @Nullable Integer length, long size) {}

    static Cell of(Type type, @Nullable Object value) {
        SampleCells cells = new SampleCells();
        Object shown = cells.shown(type, value);
        return new Cell(shown, cells.isCut, type.isPrimitiveType() && cells.isCut ? cells.length : null, cells.size);
    }

    private @Nullable Object shown(Type type, @Nullable Object value) {
        values++;
        if (value == null) {
            size += 4;
            return null;
        }
        Object shown = type.isNestedType() ? nested(type, value) : primitive(value);
        size += shown instanceof String text ? text.length() + 2L : 8;
        return shown;
    }

    private Object nested(Type type, Object value) {
        if (type.isStructType()) {
            return struct(type.asStructType(), (StructLike) value);
        }
        if (type.isListType()) {
            return list(type.asListType().elementType(), (List<?>) value);
        }
        return map(type.asMapType(), (Map<?, ?>) value);
    }

    private Map<String, @Nullable Object> struct(Types.StructType type, StructLike value) {
        Map<String, @Nullable Object> shown = new LinkedHashMap<>();
        for (int i = 0; i < type.fields().size() && hasRoom(); i++) {
            Types.NestedField field = type.fields().get(i);
            size += field.name().length();
            shown.put(field.name(), shown(field.type(), value.get(i, Object.class)));
        }
        return shown;
    }

    private List<@Nullable Object> list(Type element, List<?> value) {
        List<@Nullable Object> shown = new ArrayList<>();
        for (Object one : value) {
            if (!hasRoom()) {
                break;
            }
            shown.add(shown(element, one));
        }
        return shown;
    }

    private Object map(Types.MapType type, Map<?, ?> value) {
        boolean isObject = type.keyType().typeId() == Type.TypeID.STRING;
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        List<Map<String, @Nullable Object>> array = new ArrayList<>();
        for (Map.Entry<?, ?> one : value.entrySet()) {
            if (!hasRoom()) {
                break;
            }
            Object key = shown(type.keyType(), one.getKey());
            Object of = shown(type.valueType(), one.getValue());
            if (isObject) {
                object.put(String.valueOf(key), of);
            } else {
                Map<String, @Nullable Object> entry = new LinkedHashMap<>();
                entry.put("key", key);
                entry.put("value", of);
                array.add(entry);
            }
        }
        return isObject ? object : array;
    }

    private boolean hasRoom() {
        isCut |= values >= MOST_VALUES;
        return values < MOST_VALUES;
    }

    private Object primitive(Object value) {
        if (value instanceof Long number) {
            return number >= -EXACT && number <= EXACT ? number : number.toString();
        }
        if (value instanceof Double || value instanceof Float) {
            double number = ((Number) value).doubleValue();
            return Double.isFinite(number) ? value : value.toString();
        }
        if (value instanceof Boolean || value instanceof Integer) {
            return value;
        }
        if (value instanceof BigDecimal decimal) {
            return decimal.toPlainString();
        }
        if (value instanceof ByteBuffer bytes) {
            ByteBuffer copy = bytes.duplicate();
            byte[] some = new byte[Math.min(copy.remaining(), MOST_LETTERS)];
            int all = copy.remaining();
            copy.get(some);
            return base64(some, all);
        }
        if (value instanceof byte[] bytes) {
            return base64(Arrays.copyOf(bytes, Math.min(bytes.length, MOST_LETTERS)), bytes.length);
        }
        if (value instanceof OffsetDateTime time) {
            return time.toInstant().toString();
        }
        if (value instanceof LocalDateTime time) {
            return DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(time);
        }
        if (value instanceof LocalTime time) {
            return DateTimeFormatter.ISO_LOCAL_TIME.format(time);
        }
        return text(value.toString());
    }

    private String base64(byte[] some, int all) {
        length = all;
        isCut |= some.length < all;
        return Base64.getEncoder().encodeToString(some);
    }

    private String text(String all) {
        length = all.codePointCount(0, all.length());
        if (length <= MOST_LETTERS) {
            return all;
        }
        isCut = true;
        return all.substring(0, all.offsetByCodePoints(0, MOST_LETTERS));
    }
}
