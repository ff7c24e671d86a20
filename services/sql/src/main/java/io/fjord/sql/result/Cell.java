package io.fjord.sql.result;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DateMilliVector;
import org.apache.arrow.vector.Decimal256Vector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.DurationVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.IntervalDayVector;
import org.apache.arrow.vector.IntervalYearVector;
import org.apache.arrow.vector.LargeVarBinaryVector;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeMilliVector;
import org.apache.arrow.vector.TimeNanoVector;
import org.apache.arrow.vector.TimeSecVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.BaseListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.pojo.ArrowType;

/**
 * One column of the batch in memory, written as JSON value by value. What a JSON number cannot hold exactly everywhere is a
 * string: integers beyond 2^53 and all decimals; so are NaN and the infinities. Times are RFC 3339, in UTC where they have a
 * zone; binary is base64; maps with string keys are objects, others arrays of {@code {key, value}}.
 */
interface Cell {

    /** The largest integer up to which a double holds them all (RFC 8259 §6, RFC 7493). */
    long EXACT = (1L << 53) - 1;

    void write(JsonGenerator json, int row) throws IOException;

    static List<Cell> of(VectorSchemaRoot root) {
        return root.getFieldVectors().stream().map(Cell::of).toList();
    }

    private static Cell of(FieldVector vector) {
        Cell value = value(vector);
        return (json, row) -> {
            if (vector.isNull(row)) {
                json.writeNull();
            } else {
                value.write(json, row);
            }
        };
    }

    private static Cell value(FieldVector vector) {
        if (vector instanceof VarCharVector v) {
            return (json, row) -> text(json, v.get(row));
        }
        if (vector instanceof LargeVarCharVector v) {
            return (json, row) -> text(json, v.get(row));
        }
        if (vector instanceof BigIntVector v) {
            return (json, row) -> integer(json, v.get(row));
        }
        if (vector instanceof IntVector v) {
            return (json, row) -> json.writeNumber(v.get(row));
        }
        if (vector instanceof SmallIntVector v) {
            return (json, row) -> json.writeNumber(v.get(row));
        }
        if (vector instanceof TinyIntVector v) {
            return (json, row) -> json.writeNumber(v.get(row));
        }
        if (vector instanceof Float8Vector v) {
            return (json, row) -> {
                double number = v.get(row);
                if (Double.isFinite(number)) {
                    json.writeNumber(number);
                } else {
                    json.writeString(Double.toString(number));
                }
            };
        }
        if (vector instanceof Float4Vector v) {
            return (json, row) -> {
                float number = v.get(row);
                if (Float.isFinite(number)) {
                    json.writeNumber(number);
                } else {
                    json.writeString(Float.toString(number));
                }
            };
        }
        if (vector instanceof BitVector v) {
            return (json, row) -> json.writeBoolean(v.get(row) != 0);
        }
        if (vector instanceof DecimalVector v) {
            return (json, row) -> json.writeString(v.getObject(row).toPlainString());
        }
        if (vector instanceof Decimal256Vector v) {
            return (json, row) -> json.writeString(v.getObject(row).toPlainString());
        }
        if (vector instanceof VarBinaryVector v) {
            return (json, row) -> json.writeBinary(v.get(row));
        }
        if (vector instanceof LargeVarBinaryVector v) {
            return (json, row) -> json.writeBinary(v.get(row));
        }
        if (vector instanceof FixedSizeBinaryVector v) {
            return (json, row) -> json.writeBinary(v.get(row));
        }
        if (vector instanceof DateDayVector v) {
            return (json, row) ->
                    json.writeString(LocalDate.ofEpochDay(v.get(row)).toString());
        }
        if (vector instanceof DateMilliVector v) {
            return (json, row) -> json.writeString(Instant.ofEpochMilli(v.get(row))
                    .atOffset(ZoneOffset.UTC)
                    .toLocalDate()
                    .toString());
        }
        if (vector instanceof TimeStampVector v) {
            return timestamp(v);
        }
        if (vector instanceof TimeSecVector v) {
            return (json, row) -> time(json, v.get(row) * 1_000_000_000L);
        }
        if (vector instanceof TimeMilliVector v) {
            return (json, row) -> time(json, v.get(row) * 1_000_000L);
        }
        if (vector instanceof TimeMicroVector v) {
            return (json, row) -> time(json, v.get(row) * 1_000L);
        }
        if (vector instanceof TimeNanoVector v) {
            return (json, row) -> time(json, v.get(row));
        }
        if (vector instanceof DurationVector v) {
            return (json, row) -> {
                Duration duration = v.getObject(row);
                json.writeString(duration.toString());
            };
        }
        if (vector instanceof IntervalDayVector v) {
            return (json, row) -> json.writeString(v.getObject(row).toString());
        }
        if (vector instanceof IntervalYearVector v) {
            return (json, row) -> {
                Period period = v.getObject(row);
                json.writeString(period.normalized().toString());
            };
        }
        // Before lists and structs: a map is a list of structs.
        if (vector instanceof MapVector v) {
            return map(v);
        }
        if (vector instanceof BaseListVector v) {
            return list(v);
        }
        if (vector instanceof StructVector v) {
            return struct(v);
        }
        return (json, row) -> json.writeString(String.valueOf(vector.getObject(row)));
    }

    private static void text(JsonGenerator json, byte[] utf8) throws IOException {
        json.writeUTF8String(utf8, 0, utf8.length);
    }

    private static void integer(JsonGenerator json, long number) throws IOException {
        if (number >= -EXACT && number <= EXACT) {
            json.writeNumber(number);
        } else {
            json.writeString(Long.toString(number));
        }
    }

    private static void time(JsonGenerator json, long nanos) throws IOException {
        json.writeString(DateTimeFormatter.ISO_LOCAL_TIME.format(LocalTime.ofNanoOfDay(nanos)));
    }

    private static Cell timestamp(TimeStampVector vector) {
        ArrowType.Timestamp type = (ArrowType.Timestamp) vector.getField().getType();
        ChronoUnit unit = switch (type.getUnit()) {
            case SECOND -> ChronoUnit.SECONDS;
            case MILLISECOND -> ChronoUnit.MILLIS;
            case MICROSECOND -> ChronoUnit.MICROS;
            case NANOSECOND -> ChronoUnit.NANOS;
        };
        boolean zoned = type.getTimezone() != null;
        return (json, row) -> {
            Instant instant = Instant.EPOCH.plus(vector.get(row), unit);
            json.writeString(
                    zoned
                            ? instant.toString()
                            : DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(
                                    LocalDateTime.ofInstant(instant, ZoneOffset.UTC)));
        };
    }

    private static Cell list(BaseListVector vector) {
        Cell element = of((FieldVector) vector.getChildrenFromFields().get(0));
        return (json, row) -> {
            json.writeStartArray();
            for (int i = vector.getElementStartIndex(row); i < vector.getElementEndIndex(row); i++) {
                element.write(json, i);
            }
            json.writeEndArray();
        };
    }

    private static Cell struct(StructVector vector) {
        List<FieldVector> children = vector.getChildrenFromFields();
        List<Cell> cells = children.stream().map(Cell::of).toList();
        return (json, row) -> {
            json.writeStartObject();
            for (int i = 0; i < cells.size(); i++) {
                json.writeFieldName(children.get(i).getName());
                cells.get(i).write(json, row);
            }
            json.writeEndObject();
        };
    }

    private static Cell map(MapVector vector) {
        StructVector entries = (StructVector) vector.getDataVector();
        FieldVector keys = entries.getChildrenFromFields().get(0);
        Cell key = of(keys);
        Cell value = of(entries.getChildrenFromFields().get(1));
        return (json, row) -> {
            int from = vector.getElementStartIndex(row);
            int to = vector.getElementEndIndex(row);
            if (keys instanceof VarCharVector names) {
                json.writeStartObject();
                for (int i = from; i < to; i++) {
                    json.writeFieldName(String.valueOf(names.getObject(i)));
                    value.write(json, i);
                }
                json.writeEndObject();
                return;
            }
            json.writeStartArray();
            for (int i = from; i < to; i++) {
                json.writeStartObject();
                json.writeFieldName("key");
                key.write(json, i);
                json.writeFieldName("value");
                value.write(json, i);
                json.writeEndObject();
            }
            json.writeEndArray();
        };
    }
}
