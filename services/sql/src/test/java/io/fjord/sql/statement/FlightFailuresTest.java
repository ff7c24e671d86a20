package io.fjord.sql.statement;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.sql.statement.FlightFailures.Told;
import java.io.IOException;
import org.apache.arrow.flight.CallStatus;
import org.junit.jupiter.api.Test;

class FlightFailuresTest {

    @Test
    void what_spark_says_of_the_sql_is_told_without_its_plan() {
        Told told = tell(CallStatus.INVALID_ARGUMENT.withDescription(
                "[TABLE_OR_VIEW_NOT_FOUND] The table or view `flights` cannot be found. SQLSTATE: 42P01; line 1 pos 14;\n"
                        + "'Project [*]\n+- 'UnresolvedRelation [flights], [], false\n"));

        assertThat(told.sqlState()).isEqualTo("42P01");
        assertThat(told.problem().slug()).isEqualTo("sql-error");
        assertThat(told.problem().status()).isEqualTo(422);
        assertThat(told.problem().detail())
                .isEqualTo("[TABLE_OR_VIEW_NOT_FOUND] The table or view `flights` cannot be found. SQLSTATE: 42P01; "
                        + "line 1 pos 14");
    }

    @Test
    void our_driver_says_the_sqlstate_first() {
        String spark = "[DIVIDE_BY_ZERO] Division by zero. Use `try_divide`. SQLSTATE: 22012";
        Told known = tell(CallStatus.INVALID_ARGUMENT.withDescription("[22012] " + spark));
        assertThat(known.sqlState()).isEqualTo("22012");
        assertThat(known.problem().detail()).isEqualTo(spark);

        Told general = tell(CallStatus.INVALID_ARGUMENT.withDescription("[HY000] Table is read only"));
        assertThat(general.sqlState()).isEqualTo("HY000");
        assertThat(general.problem().detail()).isEqualTo("Table is read only");
        assertThat(tell(CallStatus.CANCELLED.withDescription("It was cancelled."))
                        .problem()
                        .slug())
                .isEqualTo("statement-cancelled");
    }

    @Test
    void a_syntax_error_keeps_the_line_it_points_into() {
        Told told = tell(
                CallStatus.INTERNAL.withDescription(
                        "\n[PARSE_SYNTAX_ERROR] Syntax error at or near 'selec'. SQLSTATE: 42601 (line 1, pos 0)\n\n== SQL ==\nselec 1\n^^^\n"));

        assertThat(told.sqlState()).isEqualTo("42601");
        assertThat(told.problem().detail())
                .startsWith("[PARSE_SYNTAX_ERROR]")
                .contains("selec 1")
                .contains("^^^");
    }

    @Test
    void a_lost_driver_is_not_an_sql_error() {
        assertThat(tell(CallStatus.UNAVAILABLE.withDescription("io exception"))
                        .problem()
                        .slug())
                .isEqualTo("cluster-lost");
        assertThat(tell(CallStatus.UNAUTHORIZED).problem().slug()).isEqualTo("access-denied");
        assertThat(tell(CallStatus.UNAUTHENTICATED).problem().slug()).isEqualTo("cluster-unreachable");
    }

    @Test
    void what_breaks_inside_is_told_without_class_names() {
        Told told =
                tell(CallStatus.INTERNAL.withDescription("java.lang.NullPointerException: at org.apache.spark.Foo"));

        assertThat(told.problem().status()).isEqualTo(500);
        assertThat(told.problem().detail()).doesNotContain("java.lang");
        assertThat(FlightFailures.tell(new IOException("No space left on device"), "etl")
                        .problem()
                        .slug())
                .isEqualTo("result-store-unavailable");
    }

    private static Told tell(CallStatus status) {
        return FlightFailures.tell(status.toRuntimeException(), "etl");
    }
}
