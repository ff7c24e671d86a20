package io.fjord.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LeaseTest {

    @Test
    void it_is_over_when_its_length_has_passed_since_the_last_renewal() {
        // A monotonic clock may stand anywhere, and pass its largest value.
        var now = new AtomicLong(Long.MAX_VALUE - 5);
        var lease = new Lease(Duration.ofNanos(10), now::get);

        now.addAndGet(10);
        assertThat(lease.isOver()).isFalse();
        lease.renew();
        now.addAndGet(10);
        assertThat(lease.isOver()).isFalse();
        now.addAndGet(1);
        assertThat(lease.isOver()).isTrue();
    }
}
