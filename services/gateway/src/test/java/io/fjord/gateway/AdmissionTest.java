package io.fjord.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.platform.http.ProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AdmissionTest {

    private final AtomicLong now = new AtomicLong();
    private final Admission admission = new Admission(new Limits(10, 3, 5), now::get);

    private void pass(long millis) {
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private static ProblemException refused(Runnable asking) {
        try {
            asking.run();
        } catch (ProblemException e) {
            return e;
        }
        throw new AssertionError("It was let in");
    }

    @Test
    void a_burst_is_let_in_and_then_so_many_a_second() {
        for (int i = 0; i < 3; i++) {
            admission.admit("user:a").close();
        }
        ProblemException first = refused(() -> admission.admit("user:a"));
        assertThat(first.problem().slug()).isEqualTo("too-many-requests");
        assertThat(first.problem().status()).isEqualTo(429);
        assertThat(first.problem().detail()).contains("10 requests a second");
        assertThat(first.headers()).containsEntry("Retry-After", "1").containsEntry("RateLimit-Limit", "10");

        pass(99);
        refused(() -> admission.admit("user:a"));
        pass(1);
        admission.admit("user:a").close();
        refused(() -> admission.admit("user:a"));
    }

    @Test
    void one_caller_uses_up_nothing_of_anothers() {
        for (int i = 0; i < 3; i++) {
            admission.admit("user:a").close();
        }
        refused(() -> admission.admit("user:a"));

        admission.admit("user:b").close();
    }

    @Test
    void what_is_under_way_counts_until_it_ends_and_once() {
        List<Admission.Ticket> held = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            held.add(admission.admit("user:a"));
            pass(1_000);
        }
        assertThat(refused(() -> admission.admit("user:a")).problem().detail()).contains("5 requests and streams");

        held.get(0).close();
        held.get(0).close();
        held.set(0, admission.admit("user:a"));
        pass(1_000);
        assertThatThrownBy(() -> admission.admit("user:a")).isInstanceOf(ProblemException.class);
    }

    @Test
    void who_has_long_been_silent_is_forgotten() {
        admission.admit("user:a").close();
        Admission.Ticket open = admission.admit("user:b");
        pass(60_000);

        admission.forgetTheSilent();
        assertThat(admission.remembered()).isEqualTo(1);
        open.close();
        admission.forgetTheSilent();
        assertThat(admission.remembered()).isZero();
    }
}
