package io.fjord.sql.statement;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.sql.cluster.Clusters;
import org.junit.jupiter.api.Test;

class StatementQueueTest {

    private static final Address A = Clusters.address("default", "a");
    private static final Address B = Clusters.address("default", "b");

    @Test
    void first_come_first_served_up_to_the_bound() {
        StatementQueue queue = new StatementQueue(2, 10, 100);
        submit(queue, A, "1", "2", "3", "4");

        assertThat(queue.next()).contains("1");
        assertThat(queue.next()).contains("2");
        assertThat(queue.next()).isEmpty();
        queue.leave(A, "1");
        assertThat(queue.next()).contains("3");
        assertThat(queue.next()).isEmpty();
    }

    @Test
    void clusters_take_turns() {
        StatementQueue queue = new StatementQueue(8, 10, 3);
        submit(queue, A, "a1", "a2", "a3");
        submit(queue, B, "b1");

        assertThat(queue.next()).contains("a1");
        assertThat(queue.next()).contains("b1");
        assertThat(queue.next()).contains("a2");
        assertThat(queue.next()).isEmpty();
        queue.leave(B, "b1");
        assertThat(queue.next()).contains("a3");
    }

    @Test
    void a_full_line_admits_nobody() {
        StatementQueue queue = new StatementQueue(1, 1, 100);
        submit(queue, A, "1", "2");

        assertThat(queue.admit(A)).isFalse();
        assertThat(queue.admit(B)).isTrue();
        assertThat(queue.next()).contains("1");
        assertThat(queue.admit(A)).isFalse();
        queue.leave(A, "2");
        assertThat(queue.admit(A)).isTrue();
        queue.dismiss(A);
        queue.leave(A, "1");
        queue.leave(A, "1");
        submit(queue, A, "3", "4");
        assertThat(queue.next()).contains("3");
    }

    private static void submit(StatementQueue queue, Address cluster, String... ids) {
        for (String id : ids) {
            assertThat(queue.admit(cluster)).isTrue();
            queue.add(cluster, id);
        }
    }
}
