package io.fjord.sql.result;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonGenerator;
import io.fjord.codec.Json;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.DurationVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.IntervalYearVector;
import org.apache.arrow.vector.NullVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.TimeStampMicroVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.complex.impl.UnionListWriter;
import org.apache.arrow.vector.complex.impl.UnionMapWriter;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CellTest {

    private final RootAllocator allocator = new RootAllocator(16 << 20);

    @AfterEach
    void nothingLeaks() {
        allocator.close();
    }

    @Test
    void integers_are_numbers_as_long_as_every_reader_has_them_exactly() {
        ArrowType bigint = new ArrowType.Int(64, true);
        expect(bigint, "bigint", "9007199254740991", v -> ((BigIntVector) v).setSafe(0, 9007199254740991L));
        expect(bigint, "bigint", "\"9007199254740992\"", v -> ((BigIntVector) v).setSafe(0, 9007199254740992L));
        expect(bigint, "bigint", "-9007199254740991", v -> ((BigIntVector) v).setSafe(0, -9007199254740991L));
        expect(bigint, "bigint", "\"-9223372036854775808\"", v -> ((BigIntVector) v).setSafe(0, Long.MIN_VALUE));
        expect(new ArrowType.Int(32, true), "int", "-7", v -> ((IntVector) v).setSafe(0, -7));
        expect(new ArrowType.Int(16, true), "smallint", "-7", v -> ((SmallIntVector) v).setSafe(0, -7));
        expect(new ArrowType.Int(8, true), "tinyint", "-7", v -> ((TinyIntVector) v).setSafe(0, -7));
    }

    @Test
    void floating_point_numbers_are_numbers_unless_they_are_none() {
        ArrowType type = new ArrowType.FloatingPoint(org.apache.arrow.vector.types.FloatingPointPrecision.DOUBLE);
        expect(type, "double", "0.1", v -> ((Float8Vector) v).setSafe(0, 0.1));
        expect(type, "double", "\"NaN\"", v -> ((Float8Vector) v).setSafe(0, Double.NaN));
        expect(type, "double", "\"-Infinity\"", v -> ((Float8Vector) v).setSafe(0, Double.NEGATIVE_INFINITY));
        ArrowType single = new ArrowType.FloatingPoint(org.apache.arrow.vector.types.FloatingPointPrecision.SINGLE);
        expect(single, "float", "0.1", v -> ((Float4Vector) v).setSafe(0, 0.1f));
    }

    @Test
    void decimals_are_strings() {
        expect(
                new ArrowType.Decimal(38, 10, 128),
                "decimal(38,10)",
                "\"12345678901234567890.1234567890\"",
                v -> ((DecimalVector) v).setSafe(0, new BigDecimal("12345678901234567890.1234567890")));
        expect(
                new ArrowType.Decimal(10, 8, 128),
                "decimal(10,8)",
                "\"0.00000001\"",
                v -> ((DecimalVector) v).setSafe(0, new BigDecimal("0.00000001")));
    }

    @Test
    void times_are_rfc_3339() {
        expect(
                new ArrowType.Timestamp(TimeUnit.MICROSECOND, "UTC"),
                "timestamp",
                "\"2026-11-21T09:00:00.123456Z\"",
                v -> ((TimeStampMicroTZVector) v).setSafe(0, 1795251600123456L));
        expect(
                new ArrowType.Timestamp(TimeUnit.MICROSECOND, "UTC"),
                "timestamp",
                "\"1969-12-31T23:59:59.999999Z\"",
                v -> ((TimeStampMicroTZVector) v).setSafe(0, -1));
        expect(
                new ArrowType.Timestamp(TimeUnit.MICROSECOND, null),
                "timestamp_ntz",
                "\"2026-11-21T09:00:00\"",
                v -> ((TimeStampMicroVector) v).setSafe(0, 1795251600000000L));
        expect(
                new ArrowType.Date(org.apache.arrow.vector.types.DateUnit.DAY),
                "date",
                "\"1969-12-31\"",
                v -> ((DateDayVector) v).setSafe(0, -1));
        expect(
                new ArrowType.Time(TimeUnit.MICROSECOND, 64),
                "time",
                "\"09:00:00\"",
                v -> ((TimeMicroVector) v).setSafe(0, 32400000000L));
        expect(
                new ArrowType.Duration(TimeUnit.MICROSECOND),
                "interval",
                "\"PT1.5S\"",
                v -> ((DurationVector) v).setSafe(0, 1500000));
        expect(
                new ArrowType.Interval(IntervalUnit.YEAR_MONTH),
                "interval",
                "\"P1Y2M\"",
                v -> ((IntervalYearVector) v).setSafe(0, 14));
    }

    @Test
    void text_binary_booleans_and_nothing() {
        expect(
                new ArrowType.Utf8(),
                "string",
                "\"a\\\"b\\n€\"",
                v -> ((VarCharVector) v).setSafe(0, "a\"b\n€".getBytes(StandardCharsets.UTF_8)));
        expect(new ArrowType.Utf8(), "string", "null", v -> v.setNull(0));
        expect(
                new ArrowType.Binary(),
                "binary",
                "\"AQID\"",
                v -> ((VarBinaryVector) v).setSafe(0, new byte[] {1, 2, 3}));
        expect(new ArrowType.Bool(), "boolean", "true", v -> ((BitVector) v).setSafe(0, 1));
        try (NullVector nothing = new NullVector("x", 1)) {
            assertThat(json(nothing)).isEqualTo("null");
        }
    }

    @Test
    void lists_structs_and_maps_are_json() {
        Field item = Field.nullable("element", new ArrowType.Int(64, true));
        Field list = new Field("l", FieldType.nullable(new ArrowType.List()), List.of(item));
        expect(list, "array<bigint>", "[1,\"9007199254740993\"]", v -> {
            UnionListWriter writer = ((ListVector) v).getWriter();
            writer.setPosition(0);
            writer.startList();
            writer.bigInt().writeBigInt(1);
            writer.bigInt().writeBigInt(9007199254740993L);
            writer.endList();
        });
        Field struct = new Field(
                "s",
                FieldType.nullable(new ArrowType.Struct()),
                List.of(Field.nullable("a", new ArrowType.Int(32, true)), Field.nullable("b", new ArrowType.Utf8())));
        expect(struct, "struct<a:int,b:string>", "{\"a\":5,\"b\":null}", v -> {
            StructVector vector = (StructVector) v;
            vector.setIndexDefined(0);
            ((IntVector) vector.getChild("a")).setSafe(0, 5);
            vector.getChild("b").setNull(0);
        });
        expect(map(new ArrowType.Utf8()), "map<string,int>", "{\"k\":3}", v -> {
            UnionMapWriter writer = ((MapVector) v).getWriter();
            writer.setPosition(0);
            writer.startMap();
            writer.startEntry();
            writer.key().varChar().writeVarChar("k");
            writer.value().integer().writeInt(3);
            writer.endEntry();
            writer.endMap();
        });
        expect(map(new ArrowType.Int(32, true)), "map<int,int>", "[{\"key\":7,\"value\":3}]", v -> {
            UnionMapWriter writer = ((MapVector) v).getWriter();
            writer.setPosition(0);
            writer.startMap();
            writer.startEntry();
            writer.key().integer().writeInt(7);
            writer.value().integer().writeInt(3);
            writer.endEntry();
            writer.endMap();
        });
    }

    private static Field map(ArrowType key) {
        Field entries = new Field(
                "entries",
                FieldType.notNullable(new ArrowType.Struct()),
                List.of(Field.notNullable("key", key), Field.nullable("value", new ArrowType.Int(32, true))));
        return new Field("m", FieldType.nullable(new ArrowType.Map(false)), List.of(entries));
    }

    private void expect(ArrowType type, String name, String json, Consumer<FieldVector> fill) {
        expect(Field.nullable("x", type), name, json, fill);
    }

    private void expect(Field field, String name, String json, Consumer<FieldVector> fill) {
        try (FieldVector vector = field.createVector(allocator)) {
            vector.allocateNew();
            fill.accept(vector);
            vector.setValueCount(1);
            assertThat(json(vector)).isEqualTo(json);
        }
        assertThat(Column.of(new Schema(List.of(field))).get(0).type()).isEqualTo(name);
    }

    private static String json(FieldVector vector) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        VectorSchemaRoot root = new VectorSchemaRoot(List.of(vector));
        try (JsonGenerator json = Json.MAPPER.getFactory().createGenerator(out, JsonEncoding.UTF8)) {
            Cell.of(root).get(0).write(json, 0);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
