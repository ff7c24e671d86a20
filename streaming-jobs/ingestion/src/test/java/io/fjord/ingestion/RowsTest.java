package io.fjord.ingestion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.ingestion.Rows.Others;
import java.nio.charset.StandardCharsets;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class RowsTest {

    private static final Schema SCHEMA = new Schema(
            NestedField.required(1, "id", Types.LongType.get()), NestedField.optional(2, "at", Types.StringType.get()));

    private static Record row(Others others, String json) throws Exception {
        return new Rows(SCHEMA, others)
                .row(new ConsumerRecord<>("t", 0, 7, null, json.getBytes(StandardCharsets.UTF_8)));
    }

    private static final String MORE =
            "{\"gate\": {\"id\": [1, {\"at\": 2}]}, \"id\": 4, \"seat\": null, \"at\": \"x\"}";

    @Test
    void other_fields_are_left_out_where_that_was_asked_for() throws Exception {
        Record row = row(Others.IGNORE, MORE);
        assertThat(row.getField("id")).isEqualTo(4L);
        assertThat(row.getField("at")).isEqualTo("x");
    }

    @Test
    void other_fields_make_a_record_unfit_or_ask_for_columns() {
        assertThatThrownBy(() -> row(Others.REJECT, MORE))
                .isInstanceOf(Unfit.class)
                .hasMessageContaining("'gate'");
        assertThatThrownBy(() -> row(Others.ADD, MORE))
                .isInstanceOfSatisfying(
                        Rows.NewColumns.class,
                        lacking -> assertThat(lacking.types()).containsOnlyKeys("gate"));
    }

    @Test
    void what_is_wrong_stays_wrong_whatever_becomes_of_others() {
        assertThatThrownBy(() -> row(Others.IGNORE, "{\"gate\": 1}")).isInstanceOf(Unfit.class);
        assertThatThrownBy(() -> row(Others.IGNORE, "{\"id\": \"4\", \"gate\": 1}"))
                .isInstanceOf(Unfit.class);
        assertThatThrownBy(() -> row(Others.IGNORE, "{\"id\": 4, \"gate\": [1}"))
                .isInstanceOf(Unfit.class);
    }
}
