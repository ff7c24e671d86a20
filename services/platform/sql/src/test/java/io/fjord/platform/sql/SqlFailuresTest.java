package io.fjord.platform.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.mysqlclient.MySQLException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import java.net.ConnectException;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SqlFailuresTest {

    @ParameterizedTest
    @ValueSource(strings = {"08006", "40001", "40P01", "53100", "53300", "55P03", "57P01", "57P03", "25P03", "25006"})
    void postgres_may_be_asked_again(String state) {
        assertThat(SqlFailures.isTransient(new PgException("x", "ERROR", state, "")))
                .isTrue();
        assertThat(SqlFailures.isTransient(new SQLException("x", state))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"23505", "23503", "42P01", "22001", "25P02", "42501", "28P01"})
    void postgres_will_say_the_same_again(String state) {
        assertThat(SqlFailures.isTransient(new PgException("x", "ERROR", state, "")))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {1021, 1040, 1053, 1114, 1205, 1213, 1290, 1836, 1927, 1020})
    void mariadb_may_be_asked_again(int code) {
        assertThat(SqlFailures.isTransient(new MySQLException("x", code, "HY000")))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1062, 1064, 1146, 1406, 1045})
    void mariadb_will_say_the_same_again(int code) {
        assertThat(SqlFailures.isTransient(new MySQLException("x", code, "HY000")))
                .isFalse();
    }

    @Test
    void the_cause_counts() {
        assertThat(SqlFailures.isTransient(new IllegalStateException(new ConnectException("refused"))))
                .isTrue();
        assertThat(SqlFailures.isTransient(ClosedConnectionException.INSTANCE)).isTrue();
        assertThat(SqlFailures.isTransient(new IllegalStateException("Connection")))
                .isFalse();
    }
}
