package io.fjord.runtime.flight;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlannedStatementTest {

    @Test
    void parameters_in_texts_and_comments_are_text() {
        assertThat(PlannedStatement.parameters("SELECT 1")).isZero();
        assertThat(PlannedStatement.parameters("SELECT ?, x FROM t WHERE a = ? -- ?"))
                .isEqualTo(2);
        assertThat(PlannedStatement.parameters("SELECT '?', \"?\", `?`, /* ? */ ?"))
                .isEqualTo(1);
    }
}
