package io.fjord.webhooks.delivery;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/**
 * When a delivery that failed is tried again: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h after one another, each up to a fifth
 * sooner or later so that endpoints that come back are not met by all at once; given up after more than a day.
 */
public final class Schedule {

    private static final double JITTER = 0.2;

    private final List<Duration> pauses;
    private final DoubleSupplier chance;

    /** @param chance numbers from 0 to 1 */
    public Schedule(List<Duration> pauses, DoubleSupplier chance) {
        this.pauses = List.copyOf(pauses);
        this.chance = chance;
    }

    public static List<Duration> usual() {
        return List.of(
                Duration.ofSeconds(5),
                Duration.ofMinutes(5),
                Duration.ofMinutes(30),
                Duration.ofHours(2),
                Duration.ofHours(5),
                Duration.ofHours(10),
                Duration.ofHours(10));
    }

    /** How long to wait after so many attempts; empty when it was the last. */
    Optional<Duration> after(int attempts) {
        if (attempts < 1 || attempts > pauses.size()) {
            return Optional.empty();
        }
        double factor = 1 - JITTER + 2 * JITTER * chance.getAsDouble();
        return Optional.of(Duration.ofMillis(Math.round(pauses.get(attempts - 1).toMillis() * factor)));
    }
}
