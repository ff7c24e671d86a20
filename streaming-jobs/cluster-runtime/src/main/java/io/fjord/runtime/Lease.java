package io.fjord.runtime;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** A driver nobody asks after any more ends itself; the clock is monotonic, so a corrected wall clock ends nobody. */
final class Lease {

    private final long length;
    private final LongSupplier nanoTime;
    private volatile long renewedAt;

    Lease(Duration length, LongSupplier nanoTime) {
        this.length = length.toNanos();
        this.nanoTime = nanoTime;
        this.renewedAt = nanoTime.getAsLong();
    }

    void renew() {
        renewedAt = nanoTime.getAsLong();
    }

    boolean isOver() {
        return nanoTime.getAsLong() - renewedAt > length;
    }

    /** Looks four times a second whether it is over. */
    void watch(ScheduledExecutorService timer, Runnable whenOver) {
        var unused = timer.scheduleAtFixedRate(
                () -> {
                    if (isOver()) {
                        whenOver.run();
                    }
                },
                250,
                250,
                TimeUnit.MILLISECONDS);
    }
}
