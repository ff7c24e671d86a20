package io.fjord.runtime.hive;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.apache.hive.service.rpc.thrift.TBinaryColumn;
import org.apache.hive.service.rpc.thrift.TBoolColumn;
import org.apache.hive.service.rpc.thrift.TByteColumn;
import org.apache.hive.service.rpc.thrift.TColumn;
import org.apache.hive.service.rpc.thrift.TColumnDesc;
import org.apache.hive.service.rpc.thrift.TDoubleColumn;
import org.apache.hive.service.rpc.thrift.TI16Column;
import org.apache.hive.service.rpc.thrift.TI32Column;
import org.apache.hive.service.rpc.thrift.TI64Column;
import org.apache.hive.service.rpc.thrift.TPrimitiveTypeEntry;
import org.apache.hive.service.rpc.thrift.TRowSet;
import org.apache.hive.service.rpc.thrift.TStringColumn;
import org.apache.hive.service.rpc.thrift.TTableSchema;
import org.apache.hive.service.rpc.thrift.TTypeDesc;
import org.apache.hive.service.rpc.thrift.TTypeEntry;
import org.apache.hive.service.rpc.thrift.TTypeId;
import org.apache.hive.service.rpc.thrift.TTypeQualifierValue;
import org.apache.hive.service.rpc.thrift.TTypeQualifiers;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.execution.HiveResult;
import org.apache.spark.sql.execution.HiveResult$;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DayTimeIntervalType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.sql.types.YearMonthIntervalType;
import scala.Tuple2;

/** Rows of Spark as columns of Thrift: numbers and bytes as they are, everything else in the words Hive uses. */
final class HiveRows {

    private final StructType schema;
    private final List<Row> rows;
    private final long offset;

    private HiveRows(StructType schema, List<Row> rows, long offset) {
        this.schema = schema;
        this.rows = rows;
        this.offset = offset;
    }

    static HiveRows take(StructType schema, Iterator<Row> source, long offset, int most) {
        var rows = new ArrayList<Row>();
        while (rows.size() < most && source.hasNext()) {
            rows.add(source.next());
        }
        return new HiveRows(schema, rows, offset);
    }

    int size() {
        return rows.size();
    }

    static TRowSet none() {
        var none = new TRowSet(0, List.of());
        none.setColumns(List.of());
        return none;
    }

    TRowSet toThrift() {
        // Read on the statement's thread, so that the session's time zone is the one that counts.
        var words = new Words();
        var columns = new ArrayList<TColumn>();
        var fields = schema.fields();
        for (var i = 0; i < fields.length; i++) {
            columns.add(column(i, fields[i].dataType(), words));
        }
        var set = new TRowSet(offset, List.of());
        set.setColumns(columns);
        return set;
    }

    private TColumn column(int at, DataType type, Words words) {
        var nulls = nulls(at);
        if (type instanceof BooleanType) {
            return TColumn.boolVal(new TBoolColumn(values(at, false, Row::getBoolean), nulls));
        } else if (type instanceof ByteType) {
            return TColumn.byteVal(new TByteColumn(values(at, (byte) 0, Row::getByte), nulls));
        } else if (type instanceof ShortType) {
            return TColumn.i16Val(new TI16Column(values(at, (short) 0, Row::getShort), nulls));
        } else if (type instanceof IntegerType) {
            return TColumn.i32Val(new TI32Column(values(at, 0, Row::getInt), nulls));
        } else if (type instanceof LongType) {
            return TColumn.i64Val(new TI64Column(values(at, 0L, Row::getLong), nulls));
        } else if (type instanceof FloatType) {
            // By its shortest decimal, as Hive does: 0.1f is 0.1, not 0.10000000149011612.
            return TColumn.doubleVal(new TDoubleColumn(
                    values(at, 0.0, (row, i) -> Double.valueOf(Float.toString(row.getFloat(i)))), nulls));
        } else if (type instanceof DoubleType) {
            return TColumn.doubleVal(new TDoubleColumn(values(at, 0.0, Row::getDouble), nulls));
        } else if (type instanceof BinaryType) {
            return TColumn.binaryVal(new TBinaryColumn(
                    values(at, ByteBuffer.allocate(0), (row, i) -> ByteBuffer.wrap((byte[]) row.get(i))), nulls));
        }
        return TColumn.stringVal(new TStringColumn(values(at, "", (row, i) -> words.of(row.get(i), type)), nulls));
    }

    private <T> List<T> values(int at, T nothing, BiFunction<Row, Integer, T> read) {
        var values = new ArrayList<T>(rows.size());
        for (var row : rows) {
            values.add(row.isNullAt(at) ? nothing : read.apply(row, at));
        }
        return values;
    }

    private ByteBuffer nulls(int at) {
        var bits = new byte[(rows.size() + 7) / 8];
        for (var i = 0; i < rows.size(); i++) {
            if (rows.get(i).isNullAt(at)) {
                bits[i / 8] |= (byte) (1 << (i % 8));
            }
        }
        return ByteBuffer.wrap(bits);
    }

    private static final class Words {
        private final HiveResult.TimeFormatters times = HiveResult$.MODULE$.getTimeFormatters();
        private final scala.Function1<byte[], String> bytes = HiveResult$.MODULE$.getBinaryFormatter();

        String of(Object value, DataType type) {
            if (value instanceof String text) {
                return text;
            }
            if (value instanceof BigDecimal number) {
                return number.toPlainString();
            }
            return HiveResult$.MODULE$.toHiveString(new Tuple2<>(value, type), false, times, bytes);
        }
    }

    static TTableSchema schema(StructType schema) {
        var columns = new ArrayList<TColumnDesc>();
        var position = 1;
        for (var field : schema.fields()) {
            var entry = new TPrimitiveTypeEntry(typeId(field.dataType()));
            if (field.dataType() instanceof DecimalType decimal) {
                entry.setTypeQualifiers(new TTypeQualifiers(Map.of(
                        "precision", TTypeQualifierValue.i32Value(decimal.precision()),
                        "scale", TTypeQualifierValue.i32Value(decimal.scale()))));
            }
            var column =
                    new TColumnDesc(field.name(), new TTypeDesc(List.of(TTypeEntry.primitiveEntry(entry))), position++);
            column.setComment(field.getComment().getOrElse(() -> ""));
            columns.add(column);
        }
        return new TTableSchema(columns);
    }

    static TTypeId typeId(DataType type) {
        if (type instanceof BooleanType) {
            return TTypeId.BOOLEAN_TYPE;
        } else if (type instanceof ByteType) {
            return TTypeId.TINYINT_TYPE;
        } else if (type instanceof ShortType) {
            return TTypeId.SMALLINT_TYPE;
        } else if (type instanceof IntegerType) {
            return TTypeId.INT_TYPE;
        } else if (type instanceof LongType) {
            return TTypeId.BIGINT_TYPE;
        } else if (type instanceof FloatType) {
            return TTypeId.FLOAT_TYPE;
        } else if (type instanceof DoubleType) {
            return TTypeId.DOUBLE_TYPE;
        } else if (type instanceof DecimalType) {
            return TTypeId.DECIMAL_TYPE;
        } else if (type instanceof BinaryType) {
            return TTypeId.BINARY_TYPE;
        } else if (type instanceof DateType) {
            return TTypeId.DATE_TYPE;
        } else if (type instanceof TimestampType || type instanceof TimestampNTZType) {
            return TTypeId.TIMESTAMP_TYPE;
        } else if (type instanceof YearMonthIntervalType) {
            return TTypeId.INTERVAL_YEAR_MONTH_TYPE;
        } else if (type instanceof DayTimeIntervalType) {
            return TTypeId.INTERVAL_DAY_TIME_TYPE;
        } else if (type instanceof ArrayType) {
            return TTypeId.ARRAY_TYPE;
        } else if (type instanceof MapType) {
            return TTypeId.MAP_TYPE;
        } else if (type instanceof StructType) {
            return TTypeId.STRUCT_TYPE;
        } else if (type instanceof NullType) {
            return TTypeId.NULL_TYPE;
        }
        return TTypeId.STRING_TYPE;
    }
}
