package io.fjord.ingestion.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.debezium.data.Bits;
import io.debezium.time.Date;
import io.debezium.time.MicroTime;
import io.debezium.time.MicroTimestamp;
import io.debezium.time.Timestamp;
import io.debezium.time.ZonedTimestamp;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ChangeValuesTest {

    @Test
    void values_are_written_as_they_are_read_back() {
        assertThat(json(Schema.INT64_SCHEMA, 9_007_199_254_740_993L)).isEqualTo("9007199254740993");
        assertThat(json(Schema.FLOAT64_SCHEMA, 0.1)).isEqualTo("0.1");
        assertThat(json(Schema.FLOAT64_SCHEMA, Double.NaN)).isEqualTo("\"NaN\"");
        assertThat(json(Schema.BOOLEAN_SCHEMA, true)).isEqualTo("true");
        assertThat(json(Schema.STRING_SCHEMA, "a \"b\" ø")).isEqualTo("\"a \\\"b\\\" ø\"");
        assertThat(json(Decimal.schema(0), new BigDecimal("18446744073709551615")))
                .isEqualTo("\"18446744073709551615\"");
        assertThat(json(Schema.OPTIONAL_STRING_SCHEMA, null)).isEqualTo("null");
        assertThat(json(SchemaBuilder.string().optional().defaultValue("open").build(), null))
                .isEqualTo("null");
        assertThat(json(Schema.BYTES_SCHEMA, ByteBuffer.wrap(new byte[] {1, 2})))
                .isEqualTo("\"AQI=\"");
    }

    @Test
    void times_keep_their_microseconds_also_before_1970() {
        assertThat(json(Date.schema(), -1)).isEqualTo("\"1969-12-31\"");
        assertThat(json(MicroTimestamp.schema(), 1_500_000L)).isEqualTo("\"1970-01-01T00:00:01.500\"");
        assertThat(json(MicroTimestamp.schema(), -1L)).isEqualTo("\"1969-12-31T23:59:59.999999\"");
        assertThat(json(Timestamp.schema(), 60_000L)).isEqualTo("\"1970-01-01T00:01\"");
        assertThat(json(ZonedTimestamp.schema(), "2026-11-22T08:00:00.123456Z"))
                .isEqualTo("\"2026-11-22T08:00:00.123456Z\"");
    }

    @Test
    void a_time_of_mysql_may_be_a_span() {
        assertThat(json(MicroTime.schema(), 3_661_000_000L)).isEqualTo("\"01:01:01\"");
        assertThat(json(MicroTime.schema(), 3_600_000_000L)).isEqualTo("\"01:00:00\"");
        assertThat(json(MicroTime.schema(), -3_020_399_000_001L)).isEqualTo("\"-838:59:59.000001\"");
    }

    @Test
    void arrays_are_json_and_bits_are_digits() {
        assertThat(json(SchemaBuilder.array(Schema.OPTIONAL_STRING_SCHEMA).build(), List.of("a", "b")))
                .isEqualTo("[\"a\",\"b\"]");
        assertThat(json(Bits.schema(5), new byte[] {0b10110})).isEqualTo("\"10110\"");
    }

    @Test
    void what_could_not_be_had_is_nothing_and_what_is_not_carried_is_left_out() {
        assertThat(json(Schema.STRING_SCHEMA, "__debezium_unavailable_value")).isEqualTo("null");
        Schema two = SchemaBuilder.struct()
                .field("a", Schema.INT32_SCHEMA)
                .field("b", Schema.INT32_SCHEMA)
                .build();
        assertThat(new String(
                        ChangeValues.json(new Struct(two).put("a", 1).put("b", 2), "b"::equals),
                        StandardCharsets.UTF_8))
                .isEqualTo("{\"b\":2}");
    }

    private static String json(Schema schema, @Nullable Object value) {
        Schema row = SchemaBuilder.struct().field("v", schema).build();
        String json =
                new String(ChangeValues.json(new Struct(row).put("v", value), name -> true), StandardCharsets.UTF_8);
        return json.substring("{\"v\":".length(), json.length() - 1);
    }
}
