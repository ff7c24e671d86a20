package io.fjord.core.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Problem.Fault;
import io.fjord.contract.core.pipeline.PipelineColumn;
import io.fjord.contract.core.pipeline.PipelineEngine;
import io.fjord.contract.core.pipeline.PipelineMode;
import io.fjord.contract.core.pipeline.PipelineSource;
import io.fjord.contract.core.pipeline.PipelineSpec;
import io.fjord.contract.core.pipeline.PipelineTarget;
import io.fjord.contract.core.pipeline.PipelineTransform;
import io.fjord.contract.core.pipeline.SchemaEvolution;
import io.fjord.contract.core.pipeline.Watermark;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PipelineFaultsTest {

    private static final List<PipelineColumn> COLUMNS =
            List.of(new PipelineColumn("id", "long", true), new PipelineColumn("at", "timestamptz", false));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT id FROM source",
                "select id, at from `source` where note = 'a; drop table x' ; ",
                "-- it begins\nWITH late AS (SELECT * FROM source) SELECT * FROM late",
                "(SELECT id FROM source) UNION ALL (SELECT -id FROM source)",
                "SELECT window.start, count(*) /* all; */ FROM source GROUP BY window(at, '5 minutes')",
                "SELECT transform(array(id), x -> x + 1)[0] AS id FROM source WHERE note <> 'it''s; \\' '",
            })
    void a_select_from_the_source_is_taken(String sql) {
        assertThat(PipelineSql.fault(sql)).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "-- nothing | must be a SELECT",
                "DROP TABLE source | must be a SELECT, or WITH … SELECT",
                "WITH a AS (SELECT * FROM source) INSERT INTO t SELECT * FROM a | must only select; it has INSERT",
                "SELECT 1 FROM source; DROP TABLE t | must be one statement",
                "SELECT 1 | must select from `source`",
                "SELECT 'source' AS a FROM other | must select from `source`",
                "SELECT (id FROM source | does not close a bracket",
                "SELECT id) FROM source | closes a bracket that was not opened",
                "SELECT 'id FROM source | does not close a '",
                "SELECT id /* all FROM source | does not end a comment",
            })
    void what_is_more_or_less_than_that_is_told(String sql, String fault) {
        assertThat(PipelineSql.fault(sql)).isEqualTo(fault);
    }

    @Test
    void sql_is_for_the_engine_spark_and_says_what_it_yields() {
        PipelineTransform transform = new PipelineTransform("SELECT id FROM source", COLUMNS);

        assertThat(faults(PipelineEngine.SPARK, transform, SchemaEvolution.REFUSE, "at"))
                .isEmpty();
        assertThat(faults(PipelineEngine.DIRECT, transform, SchemaEvolution.ADD_COLUMNS, "id"))
                .extracting(Fault::pointer)
                .containsExactlyInAnyOrder("/transform", "/evolution", "/watermark/column");
        assertThat(faults(PipelineEngine.SPARK, transform, SchemaEvolution.REFUSE, "when"))
                .extracting(Fault::pointer)
                .containsExactly("/watermark/column");
        assertThat(faults(PipelineEngine.SPARK, null, SchemaEvolution.ADD_COLUMNS, "when"))
                .isEmpty();
    }

    private static List<Fault> faults(
            PipelineEngine engine, @Nullable PipelineTransform transform, SchemaEvolution evolution, String watermark) {
        return PipelineFaults.of(
                new PipelineSpec(
                        new PipelineSource("flights", null),
                        new PipelineTarget(null, "travel", "flights", null, null),
                        PipelineMode.APPEND,
                        null,
                        evolution,
                        10,
                        new Watermark(watermark, 60),
                        1,
                        engine,
                        transform),
                null);
    }
}
