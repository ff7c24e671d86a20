package io.fjord.webhooks.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ScheduleTest {

    @Test
    void it_tries_for_more_than_a_day_and_then_gives_up() {
        Schedule middle = new Schedule(Schedule.usual(), () -> 0.5);
        Duration all = Duration.ZERO;
        int attempts = 1;
        for (Optional<Duration> pause = middle.after(attempts); pause.isPresent(); pause = middle.after(attempts)) {
            all = all.plus(pause.get());
            attempts++;
        }
        assertThat(attempts).isEqualTo(8);
        assertThat(all).isGreaterThan(Duration.ofHours(27));
    }

    @Test
    void each_pause_is_up_to_a_fifth_longer_or_shorter() {
        assertThat(new Schedule(Schedule.usual(), () -> 0.0).after(1)).contains(Duration.ofSeconds(4));
        assertThat(new Schedule(Schedule.usual(), () -> 1.0).after(1)).contains(Duration.ofSeconds(6));
    }

    @Test
    void retry_after_is_seconds_or_a_date_and_a_day_at_most() {
        Instant now = Instant.parse("2026-11-22T02:00:00Z");
        assertThat(Sender.retryAfter("120", now)).contains(Duration.ofSeconds(120));
        assertThat(Sender.retryAfter("Sun, 22 Nov 2026 02:10:00 GMT", now)).contains(Duration.ofMinutes(10));
        assertThat(Sender.retryAfter("999999999", now)).contains(Duration.ofDays(1));
        assertThat(Sender.retryAfter("Sun, 22 Nov 2026 01:00:00 GMT", now)).isEmpty();
        assertThat(Sender.retryAfter("soon", now)).isEmpty();
        assertThat(Sender.retryAfter("-1", now)).isEmpty();
        assertThat(Sender.retryAfter(null, now)).isEmpty();
    }
}
