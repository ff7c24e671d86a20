package io.fjord.launcher.cli;

import java.time.Duration;
import java.time.Instant;

/** Says on the error stream that something goes on, once it has taken over two seconds. */
final class Progress implements AutoCloseable {

    private static final Duration SILENT = Duration.ofSeconds(2);
    private static final boolean TERMINAL = System.console() != null;

    private final String what;
    private final Instant begin = Instant.now();
    private Instant last = begin;
    private boolean shown;

    Progress(String what) {
        this.what = what;
    }

    /** Called every now and then while it goes on. */
    void tick(String state) {
        var now = Instant.now();
        var between = TERMINAL ? Duration.ofMillis(500) : Duration.ofSeconds(10);
        if (Duration.between(begin, now).compareTo(SILENT) < 0
                || (shown && Duration.between(last, now).compareTo(between) < 0)) {
            return;
        }
        var line = what + (state.isEmpty() ? "" : ": " + state) + " (" + seconds() + " s)";
        System.err.print(TERMINAL ? "\r\033[K" + line : line + "\n");
        System.err.flush();
        shown = true;
        last = now;
    }

    long seconds() {
        return Duration.between(begin, Instant.now()).toSeconds();
    }

    static void pause() {
        try {
            Thread.sleep(200);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", e);
        }
    }

    @Override
    public void close() {
        if (shown && TERMINAL) {
            System.err.print("\r\033[K");
            System.err.flush();
        }
    }
}
