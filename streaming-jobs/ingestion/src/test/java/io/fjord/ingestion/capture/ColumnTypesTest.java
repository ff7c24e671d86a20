package io.fjord.ingestion.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ColumnTypesTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "boolean | 0 | 0 | boolean",
                "smallint | 16 | 0 | int",
                "integer | 32 | 0 | int",
                "bigint | 64 | 0 | long",
                "real | 24 | 0 | float",
                "double precision | 53 | 0 | double",
                "numeric | 12 | 2 | decimal(12, 2)",
                "numeric | 0 | 0 | string",
                "numeric | 60 | 2 | string",
                "numeric | 3 | -2 | string",
                "date | 0 | 0 | date",
                "time without time zone | 0 | 0 | string",
                "timestamp without time zone | 0 | 0 | timestamp",
                "timestamp with time zone | 0 | 0 | timestamptz",
                "uuid | 0 | 0 | string",
                "jsonb | 0 | 0 | string",
                "bytea | 0 | 0 | binary",
                "ARRAY | 0 | 0 | string",
                "USER-DEFINED | 0 | 0 | string",
            })
    void of_postgres(String type, int precision, int scale, String expected) {
        assertThat(ColumnTypes.postgres(type, precision, scale)).isEqualTo(expected);
        assertThat(Types.fromPrimitiveString(expected)).isNotNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tinyint | tinyint(1) | 3 | 0 | int",
                "int | int(11) | 10 | 0 | int",
                "int | int(10) unsigned | 10 | 0 | long",
                "bigint | bigint(20) | 19 | 0 | long",
                "bigint | bigint(20) unsigned | 20 | 0 | decimal(20, 0)",
                "decimal | decimal(10,2) | 10 | 2 | decimal(10, 2)",
                "decimal | decimal(65,2) | 65 | 2 | string",
                "bit | bit(1) | 1 | 0 | boolean",
                "bit | bit(9) | 9 | 0 | string",
                "year | year(4) | 0 | 0 | int",
                "datetime | datetime(6) | 0 | 0 | timestamp",
                "timestamp | timestamp | 0 | 0 | timestamptz",
                "time | time | 0 | 0 | string",
                "varbinary | varbinary(16) | 0 | 0 | binary",
                "enum | enum('a') | 0 | 0 | string",
                "json | json | 0 | 0 | string",
            })
    void of_mysql_and_mariadb(String type, String whole, int precision, int scale, String expected) {
        assertThat(ColumnTypes.binlog(type, whole, precision, scale)).isEqualTo(expected);
        assertThat(Types.fromPrimitiveString(expected)).isNotNull();
    }

    @Test
    void a_column_that_fills_rows_that_are_there_or_takes_anothers_place_is_not_followed() {
        SourceColumn id = new SourceColumn("id", "int", false);
        SourceColumn note = new SourceColumn("note", "string", false);
        SourceColumn filled = new SourceColumn("state", "string", true);

        assertThat(ChangeWriter.whyNotFollowed(List.of(id), List.of(id, note))).isNull();
        assertThat(ChangeWriter.whyNotFollowed(List.of(id, note), List.of(id))).isNull();
        assertThat(ChangeWriter.whyNotFollowed(List.of(id, filled), List.of(id, filled)))
                .isNull();
        assertThat(ChangeWriter.whyNotFollowed(List.of(id), List.of(id, filled)))
                .isEqualTo("columns-filled");
        assertThat(ChangeWriter.whyNotFollowed(
                        List.of(id, note), List.of(id, new SourceColumn("text", "string", false))))
                .isEqualTo("columns-renamed");
    }
}
