package io.fjord.ingestion.spark;

import io.fjord.ingestion.CannotGoOn;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.jspecify.annotations.Nullable;

/** Which column of the table each column of the SQL becomes: the one of its name, if nothing is lost on the way. */
final class OutputColumns implements Serializable {

    private static final long serialVersionUID = 1L;

    private static final long MICROS = 1_000_000L;

    /** @param at where it stands in the table */
    private record Column(DataType from, Type to, int at, String name, boolean required) implements Serializable {}

    private final List<Column> columns;

    private OutputColumns(List<Column> columns) {
        this.columns = columns;
    }

    /** What a table is made with for this SQL. */
    static Map<String, Type> types(StructType output) throws CannotGoOn {
        Map<String, Type> all = new LinkedHashMap<>();
        for (StructField field : output.fields()) {
            all.put(field.name(), type(field));
        }
        return all;
    }

    private static Type type(StructField field) throws CannotGoOn {
        DataType type = field.dataType();
        if (type instanceof BooleanType) {
            return Types.BooleanType.get();
        } else if (type instanceof ByteType || type instanceof ShortType || type instanceof IntegerType) {
            return Types.IntegerType.get();
        } else if (type instanceof LongType) {
            return Types.LongType.get();
        } else if (type instanceof FloatType) {
            return Types.FloatType.get();
        } else if (type instanceof DoubleType) {
            return Types.DoubleType.get();
        } else if (type instanceof DecimalType decimal) {
            return Types.DecimalType.of(decimal.precision(), decimal.scale());
        } else if (type instanceof StringType) {
            return Types.StringType.get();
        } else if (type instanceof BinaryType) {
            return Types.BinaryType.get();
        } else if (type instanceof DateType) {
            return Types.DateType.get();
        } else if (type instanceof TimestampType) {
            return Types.TimestampType.withZone();
        } else if (type instanceof TimestampNTZType) {
            return Types.TimestampType.withoutZone();
        }
        throw new CannotGoOn("The SQL yields '" + field.name() + "' as " + type.sql()
                + ", which a pipeline does not write. Select its fields, or make a string of it with to_json.");
    }

    static OutputColumns of(StructType output, Schema table) throws CannotGoOn {
        List<Column> columns = new ArrayList<>();
        for (StructField field : output.fields()) {
            NestedField column = table.findField(field.name());
            if (column == null) {
                throw new CannotGoOn("The SQL yields '" + field.name()
                        + "', for which the table has no column. Add it to the table, or leave it out.");
            }
            Type type = type(field);
            if (!fits(type, column.type())) {
                throw new CannotGoOn("The SQL yields '" + field.name() + "' as " + type + "; the table has "
                        + column.type() + ". Cast it.");
            }
            columns.add(new Column(
                    field.dataType(),
                    column.type(),
                    table.columns().indexOf(column),
                    field.name(),
                    column.isRequired()));
        }
        for (NestedField column : table.columns()) {
            if (column.isRequired()
                    && columns.stream().noneMatch(one -> one.name().equals(column.name()))) {
                throw new CannotGoOn(
                        "The table needs '" + column.name() + "', which the SQL does not yield. Select it.");
            }
        }
        return new OutputColumns(columns);
    }

    private static boolean fits(Type from, Type to) {
        if (from.equals(to)) {
            return true;
        }
        if (from instanceof Types.DecimalType exact && to instanceof Types.DecimalType wider) {
            return wider.scale() >= exact.scale()
                    && wider.precision() - wider.scale() >= exact.precision() - exact.scale();
        }
        return (from.typeId() == Type.TypeID.INTEGER && to.typeId() == Type.TypeID.LONG)
                || (from.typeId() == Type.TypeID.FLOAT && to.typeId() == Type.TypeID.DOUBLE);
    }

    /** @param empty a row of the table with nothing in it */
    Record row(InternalRow row, GenericRecord empty) throws CannotGoOn {
        GenericRecord made = empty.copy();
        for (int i = 0; i < columns.size(); i++) {
            Column column = columns.get(i);
            Object value = row.isNullAt(i) ? null : value(row, i, column);
            if (value == null && column.required()) {
                throw new CannotGoOn("The SQL yields no value for '" + column.name()
                        + "', which the table needs. Use coalesce, or leave such rows out with WHERE.");
            }
            made.set(column.at(), value);
        }
        return made;
    }

    private static @Nullable Object value(InternalRow row, int i, Column column) {
        DataType from = column.from();
        return switch (column.to().typeId()) {
            case BOOLEAN -> row.getBoolean(i);
            case INTEGER -> Math.toIntExact(whole(row, i, from));
            case LONG -> whole(row, i, from);
            case FLOAT -> row.getFloat(i);
            case DOUBLE ->
                from instanceof FloatType ? Double.valueOf(row.getFloat(i)) : Double.valueOf(row.getDouble(i));
            case DECIMAL -> {
                DecimalType exact = (DecimalType) from;
                yield row.getDecimal(i, exact.precision(), exact.scale())
                        .toJavaBigDecimal()
                        .setScale(((Types.DecimalType) column.to()).scale());
            }
            case STRING -> row.getUTF8String(i).toString();
            case BINARY -> ByteBuffer.wrap(row.getBinary(i));
            case DATE -> LocalDate.ofEpochDay(row.getInt(i));
            case TIMESTAMP -> {
                LocalDateTime at = Instant.ofEpochSecond(
                                Math.floorDiv(row.getLong(i), MICROS), Math.floorMod(row.getLong(i), MICROS) * 1000)
                        .atOffset(ZoneOffset.UTC)
                        .toLocalDateTime();
                yield from instanceof TimestampType ? at.atOffset(ZoneOffset.UTC) : at;
            }
            default -> throw new IllegalStateException("No column is let through as " + column.to());
        };
    }

    private static long whole(InternalRow row, int i, DataType from) {
        if (from instanceof ByteType) {
            return row.getByte(i);
        }
        if (from instanceof ShortType) {
            return row.getShort(i);
        }
        return from instanceof IntegerType ? row.getInt(i) : row.getLong(i);
    }
}
