package io.fjord.controlpolicies.opa;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.controlpolicies.opa.RequestNumbers.Range;
import io.fjord.controlpolicies.opa.RequestNumbers.Seen;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What is missing of an agent's sequence. */
class RequestNumbersTest {

    private static Seen told(RequestNumbers before, Long... numbers) {
        return before.with(new TreeSet<>(List.of(numbers)));
    }

    @Test
    void a_dense_sequence_has_no_gap() {
        Seen first = told(RequestNumbers.NONE, 3L, 4L);
        Seen second = told(first.now(), 5L, 6L);

        assertThat(first.now()).isEqualTo(new RequestNumbers(4, List.of()));
        assertThat(second.now()).isEqualTo(new RequestNumbers(6, List.of()));
        assertThat(second.gaps()).isEmpty();
    }

    @Test
    void what_is_missing_may_come_with_the_next() {
        Seen first = told(RequestNumbers.NONE, 1L, 2L, 6L, 9L);
        assertThat(first.gaps()).isEmpty();
        assertThat(first.now().awaited()).containsExactly(new Range(3, 5), new Range(7, 8));

        Seen second = told(first.now(), 4L, 7L, 8L, 10L);

        assertThat(second.gaps()).containsExactly(new Range(3, 3), new Range(5, 5));
        assertThat(second.now()).isEqualTo(new RequestNumbers(10, List.of()));
    }

    @Test
    void what_is_told_again_changes_nothing() {
        RequestNumbers now = told(RequestNumbers.NONE, 1L, 2L, 5L).now();

        Seen again = told(now, 1L, 2L);

        assertThat(again.now().highest()).isEqualTo(5);
        assertThat(again.gaps()).containsExactly(new Range(3, 4));
        assertThat(told(again.now(), 5L, 6L).gaps()).isEmpty();
    }

    @Test
    void it_is_kept_as_text() {
        RequestNumbers numbers = new RequestNumbers(9, List.of(new Range(3, 5), new Range(7, 7)));

        assertThat(RequestNumbers.of(9, numbers.awaitedJson())).isEqualTo(numbers);
        assertThat(RequestNumbers.of(0, "[]")).isEqualTo(RequestNumbers.NONE);
    }
}
