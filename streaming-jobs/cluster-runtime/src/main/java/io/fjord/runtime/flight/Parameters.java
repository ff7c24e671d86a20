package io.fjord.runtime.flight;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.jspecify.annotations.Nullable;

/** The values bound to a prepared statement, from Arrow to what Spark takes as literals. */
final class Parameters {

    private Parameters() {}

    /** Every row of the stream; a column is a parameter. */
    static List<List<@Nullable Object>> read(FlightStream input) {
        var rows = new ArrayList<List<@Nullable Object>>();
        while (input.next()) {
            var root = input.getRoot();
            for (var row = 0; row < root.getRowCount(); row++) {
                var values = new ArrayList<@Nullable Object>();
                for (var vector : root.getFieldVectors()) {
                    values.add(value(vector, row));
                }
                rows.add(values);
            }
        }
        return rows;
    }

    private static @Nullable Object value(FieldVector vector, int row) {
        if (vector.isNull(row)) {
            return null;
        }
        var value = vector.getObject(row);
        var type = vector.getField().getType();
        if (type instanceof ArrowType.Utf8
                || type instanceof ArrowType.LargeUtf8
                || type instanceof ArrowType.Utf8View) {
            return value.toString();
        } else if (type instanceof ArrowType.Date date) {
            return date(date, value);
        } else if (type instanceof ArrowType.Timestamp timestamp) {
            return timestamp(timestamp, value);
        } else if (type instanceof ArrowType.Int whole && !whole.getIsSigned()) {
            return unsigned(whole, value);
        } else if (type instanceof ArrowType.Bool
                || type instanceof ArrowType.Int
                || type instanceof ArrowType.FloatingPoint
                || type instanceof ArrowType.Decimal
                || type instanceof ArrowType.Binary
                || type instanceof ArrowType.LargeBinary
                || type instanceof ArrowType.FixedSizeBinary) {
            return value;
        } else if (type instanceof ArrowType.Duration) {
            return value instanceof Duration ? value : refuse(vector);
        }
        return refuse(vector);
    }

    private static Object date(ArrowType.Date type, Object value) {
        return switch (type.getUnit()) {
            case DAY -> LocalDate.ofEpochDay(((Number) value).longValue());
            case MILLISECOND -> ((LocalDateTime) value).toLocalDate();
        };
    }

    /** With a time zone Arrow gives an instant as a count, without one a local time. */
    private static Object timestamp(ArrowType.Timestamp type, Object value) {
        if (type.getTimezone() == null) {
            return value;
        }
        var count = ((Number) value).longValue();
        return switch (type.getUnit()) {
            case SECOND -> Instant.ofEpochSecond(count);
            case MILLISECOND -> Instant.ofEpochMilli(count);
            case MICROSECOND ->
                Instant.ofEpochSecond(Math.floorDiv(count, 1_000_000L), Math.floorMod(count, 1_000_000L) * 1_000);
            case NANOSECOND ->
                Instant.ofEpochSecond(Math.floorDiv(count, 1_000_000_000L), Math.floorMod(count, 1_000_000_000L));
        };
    }

    private static Object unsigned(ArrowType.Int type, Object value) {
        return switch (type.getBitWidth()) {
            case 8 -> (short) (((Number) value).intValue() & 0xFF);
            case 16 -> value instanceof Character character ? (int) character : ((Number) value).intValue() & 0xFFFF;
            case 32 -> ((Number) value).longValue() & 0xFFFF_FFFFL;
            default -> new java.math.BigDecimal(new BigInteger(Long.toUnsignedString(((Number) value).longValue())));
        };
    }

    private static Object refuse(FieldVector vector) {
        throw CallStatus.INVALID_ARGUMENT
                .withDescription(
                        "A parameter of the Arrow type " + vector.getField().getType()
                                + " is not taken: send a number, a text, a date, a time or bytes.")
                .toRuntimeException();
    }
}
