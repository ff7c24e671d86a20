package io.fjord.ingestion.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.ingestion.CannotGoOn;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.Test;

class OutputColumnsTest {

    private static final long AT =
            OffsetDateTime.parse("1969-12-31T23:59:59.5Z").toInstant().toEpochMilli() * 1000;

    @Test
    void each_column_becomes_the_one_of_its_name_and_nothing_is_lost() throws Exception {
        Schema table = new Schema(
                NestedField.optional(1, "more", Types.StringType.get()),
                NestedField.optional(2, "n", Types.LongType.get()),
                NestedField.optional(3, "name", Types.StringType.get()),
                NestedField.optional(4, "price", Types.DecimalType.of(12, 4)),
                NestedField.optional(5, "at", Types.TimestampType.withZone()),
                NestedField.optional(6, "here", Types.TimestampType.withoutZone()),
                NestedField.optional(7, "day", Types.DateType.get()));
        OutputColumns columns = OutputColumns.of(
                struct(
                        field("name", DataTypes.StringType),
                        field("n", DataTypes.ShortType),
                        field("price", DataTypes.createDecimalType(8, 2)),
                        field("at", DataTypes.TimestampType),
                        field("here", DataTypes.TimestampNTZType),
                        field("day", DataTypes.DateType)),
                table);

        Record row = columns.row(
                new GenericInternalRow(new Object[] {
                    UTF8String.fromString("Ida"), (short) 7, Decimal.apply(new BigDecimal("12.50"), 8, 2), AT, AT, -1
                }),
                GenericRecord.create(table));

        assertThat(row.getField("more")).isNull();
        assertThat(row.getField("n")).isEqualTo(7L);
        assertThat(row.getField("name")).isEqualTo("Ida");
        assertThat(row.getField("price")).isEqualTo(new BigDecimal("12.5000"));
        assertThat(row.getField("at")).isEqualTo(OffsetDateTime.parse("1969-12-31T23:59:59.5Z"));
        assertThat(row.getField("here")).isEqualTo(LocalDateTime.parse("1969-12-31T23:59:59.5"));
        assertThat(row.getField("day")).isEqualTo(LocalDate.parse("1969-12-31"));
    }

    @Test
    void what_would_lose_something_is_refused_with_what_to_do() {
        refused(field("n", DataTypes.LongType), Types.IntegerType.get(), "Cast it");
        refused(field("n", DataTypes.DoubleType), Types.FloatType.get(), "Cast it");
        refused(field("n", DataTypes.createDecimalType(12, 4)), Types.DecimalType.of(12, 2), "Cast it");
        refused(field("n", DataTypes.TimestampType), Types.TimestampType.withoutZone(), "Cast it");
        refused(field("m", DataTypes.LongType), Types.LongType.get(), "no column");
        refused(field("n", DataTypes.createArrayType(DataTypes.LongType)), Types.LongType.get(), "to_json");
        assertThatThrownBy(() ->
                        OutputColumns.of(struct(), new Schema(NestedField.required(1, "n", Types.LongType.get()))))
                .isInstanceOf(CannotGoOn.class)
                .hasMessageContaining("Select it");
    }

    @Test
    void a_needed_value_that_is_not_there_is_told() throws Exception {
        Schema table = new Schema(NestedField.required(1, "n", Types.LongType.get()));
        OutputColumns columns = OutputColumns.of(struct(field("n", DataTypes.LongType)), table);

        assertThatThrownBy(() -> columns.row(new GenericInternalRow(new Object[] {null}), GenericRecord.create(table)))
                .isInstanceOf(CannotGoOn.class)
                .hasMessageContaining("coalesce");
    }

    private static void refused(StructField yielded, Type column, String why) {
        assertThatThrownBy(() -> OutputColumns.of(struct(yielded), new Schema(NestedField.optional(1, "n", column))))
                .isInstanceOf(CannotGoOn.class)
                .hasMessageContaining(why);
    }

    private static StructType struct(StructField... fields) {
        return DataTypes.createStructType(fields);
    }

    private static StructField field(String name, DataType type) {
        return DataTypes.createStructField(name, type, true);
    }
}
