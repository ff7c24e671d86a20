package io.fjord.core.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Problem.Fault;
import io.fjord.contract.core.pipeline.DatabaseKind;
import io.fjord.contract.core.pipeline.DatabaseSource;
import io.fjord.contract.core.pipeline.PipelineColumn;
import io.fjord.contract.core.pipeline.PipelineEngine;
import io.fjord.contract.core.pipeline.PipelineMode;
import io.fjord.contract.core.pipeline.PipelinePosition;
import io.fjord.contract.core.pipeline.PipelineSource;
import io.fjord.contract.core.pipeline.PipelineSpec;
import io.fjord.contract.core.pipeline.PipelineTarget;
import io.fjord.contract.core.pipeline.PipelineTransform;
import io.fjord.contract.core.pipeline.SchemaEvolution;
import io.fjord.contract.core.pipeline.SecretName;
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
        assertThat(SelectCheck.fault(sql)).isNull();
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
        assertThat(SelectCheck.fault(sql)).isEqualTo(fault);
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

    @Test
    void a_database_is_copied_as_it_is() {
        assertThat(faults(source("db.example.org", "shop-password", "public.orders"), PipelineMode.UPSERT, null, 1))
                .isEmpty();
        assertThat(faults(source("2001:db8::7", "sales/secret/shop", "orders"), PipelineMode.UPSERT, null, 1))
                .isEmpty();
        assertThat(PipelineFaults.of(
                        new PipelineSource(null, null, source("db", "p", "orders")), PipelinePosition.earliest()))
                .isEmpty();
        assertThat(PipelineFaults.of(
                        new PipelineSource(null, null, source("db", "p", "orders")),
                        new PipelinePosition("latest", null, null, null)))
                .hasSize(1);
    }

    @Test
    void all_that_is_wrong_with_a_database_is_told_at_once() {
        assertThat(faults(
                        source("user@db:5432/x", "p4ss word", "orders; drop table x", "b"),
                        PipelineMode.APPEND,
                        List.of("id"),
                        4))
                .extracting(Fault::pointer)
                .containsExactlyInAnyOrder(
                        "/source/database/host",
                        "/source/database/password/secret",
                        "/source/database/tables",
                        "/source/database/tables/0",
                        "/mode",
                        "/keys",
                        "/parallelism");
        for (String host :
                List.of("0x7f000001", "2130706433", "127.1", "0177.0.0.1", "http://db", "db:5432", "db/..", "")) {
            assertThat(faults(source(host, "p", "orders"), PipelineMode.UPSERT, null, 1))
                    .as(host)
                    .extracting(Fault::pointer)
                    .containsExactly("/source/database/host");
        }
    }

    private static DatabaseSource source(String host, String secret, String... tables) {
        return new DatabaseSource(
                DatabaseKind.POSTGRESQL, host, null, "shop", "fjord", new SecretName(secret), List.of(tables), null);
    }

    private static List<Fault> faults(
            DatabaseSource source, PipelineMode mode, @Nullable List<String> keys, int parallelism) {
        return PipelineFaults.of(
                new PipelineSpec(
                        new PipelineSource(null, null, source),
                        new PipelineTarget(null, "travel", "orders", null, null),
                        mode,
                        keys,
                        SchemaEvolution.ADD_COLUMNS,
                        10,
                        null,
                        parallelism),
                null);
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
