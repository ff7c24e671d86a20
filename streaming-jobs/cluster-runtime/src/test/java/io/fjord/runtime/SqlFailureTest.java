package io.fjord.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class SqlFailureTest {

    @Test
    void it_keeps_the_words_and_drops_the_stack_and_the_plan() {
        assertThat(SqlFailure.of(new IllegalStateException("It broke.\n\tat io.fjord.X.y(X.java:1)")))
                .isEqualTo(new SqlFailure("HY000", "It broke."));
        assertThat(SqlFailure.of(new IllegalStateException("No column 'x';\n'Project ['x]\n+- OneRowRelation")))
                .isEqualTo(new SqlFailure("HY000", "No column 'x'"));
        assertThat(SqlFailure.of(new RuntimeException("outer", new IllegalStateException("the cause"))))
                .isEqualTo(new SqlFailure("HY000", "the cause"));
        assertThat(SqlFailure.of(new CancellationException("It was cancelled.")))
                .isEqualTo(new SqlFailure("HY008", "It was cancelled."));
        assertThat(SqlFailure.of(new NullPointerException()).message()).isNotBlank();
    }
}
