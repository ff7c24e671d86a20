package io.fjord.cdc.capture;

import io.fjord.capture.EngineRun;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Captures again and again until it is stopped, and looks less often the longer that fails; each trouble is told once. */
final class CaptureLoop implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(CaptureLoop.class);

    static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration ABSENT = Duration.ofSeconds(2);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(15);

    private final String name;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Once once;
    private @Nullable String told;

    /** A time of capturing. */
    interface Once {
        /** @return false when there is nothing to capture yet, or another does */
        boolean run(CaptureLoop loop) throws SQLException, ExecutionException, InterruptedException;
    }

    /** @param name of the capture, for the log */
    CaptureLoop(String name, Once once) {
        this.name = name;
        this.once = once;
    }

    /** Ends it; returns when it has ended or half a minute has passed. */
    void stop() throws InterruptedException {
        stop.countDown();
        if (!ended.await(30, TimeUnit.SECONDS)) {
            log.atWarn().addKeyValue("capture", name).log("The capture did not stop in time");
        }
    }

    @Override
    public void run() {
        try {
            Duration wait = LOOK;
            while (!stopped()) {
                try {
                    wait = once.run(this) ? LOOK : ABSENT;
                } catch (SQLException | ExecutionException | RuntimeException e) {
                    tell("The capture waits: " + (e instanceof ExecutionException ? e.getCause() : e));
                    wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait.multipliedBy(2);
                }
                pause(wait);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            ended.countDown();
        }
    }

    /** Returns when the stream hands on what it gets, or never will. */
    void awaitPolling(EngineRun stream) throws InterruptedException {
        while (!stream.isPolling() && !stream.isOver() && !stopped()) {
            pause(Duration.ofMillis(100));
        }
    }

    /** It goes well: the next trouble is a new one. */
    void well(String what) {
        told = null;
        log.atInfo().addKeyValue("capture", name).log(what);
    }

    void tell(String what) {
        if (!what.equals(told)) {
            log.atWarn().addKeyValue("capture", name).log(what);
        }
        told = what;
    }

    boolean stopped() {
        return stop.getCount() == 0;
    }

    void pause(Duration time) throws InterruptedException {
        if (stop.await(time.toMillis(), TimeUnit.MILLISECONDS)) {
            log.atDebug().log("Stopping");
        }
    }
}
