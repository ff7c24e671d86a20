package io.fjord.embedded;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps one server running: notices its end and starts it again, waiting longer each time it does not last. */
final class Supervised {

    /** What it is doing. */
    enum State {
        STARTING,
        RUNNING,
        WAITING,
        STOPPED
    }

    private static final Logger log = LoggerFactory.getLogger(Supervised.class);
    private static final Duration FIRST_WAIT = Duration.ofMillis(250);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
    /** A run this long counts as a good one: the next end is waited for shortly again. */
    private static final Duration LASTING = Duration.ofSeconds(60);

    private final Server server;

    // All guarded by this.
    private State state = State.STOPPED;
    private Instant since = Instant.now();
    private int restarts;
    private int shortRuns;
    private boolean restartAsked;
    private boolean stopping;
    private @Nullable String problem;

    Supervised(Server server) {
        this.server = server;
    }

    record Snapshot(
            Server server,
            State state,
            Instant since,
            int restarts,
            @Nullable String problem) {}

    synchronized Snapshot snapshot() {
        return new Snapshot(server, state, since, restarts, problem);
    }

    Server server() {
        return server;
    }

    /** The first start: what fails now is told to whoever asked for it, not tried again. */
    void start() {
        become(State.STARTING);
        server.start();
        become(State.RUNNING);
        var keeper = new Thread(this::keepRunning, "keep-" + server.name());
        keeper.setDaemon(true);
        keeper.start();
    }

    /** A start that nobody waits for: what fails is told by the snapshot and tried again. */
    void startBeside() {
        become(State.STARTING);
        var keeper = new Thread(
                () -> {
                    try {
                        server.start();
                        running();
                    } catch (RuntimeException e) {
                        failed(e);
                    }
                    keepRunning();
                },
                "keep-" + server.name());
        keeper.setDaemon(true);
        keeper.start();
    }

    private void keepRunning() {
        while (true) {
            var code = server.exit().join();
            if (!waitBeforeRestart(code)) {
                return;
            }
            try {
                server.start();
                running();
            } catch (RuntimeException e) {
                failed(e);
            }
        }
    }

    /** False when it is not to be started again. */
    private synchronized boolean waitBeforeRestart(int code) {
        if (stopping) {
            return false;
        }
        restarts++;
        if (state == State.RUNNING && Instant.now().isAfter(since.plus(LASTING))) {
            shortRuns = 0;
        }
        var wait = restartAsked ? Duration.ZERO : FIRST_WAIT.multipliedBy(1L << Math.min(shortRuns, 10));
        wait = wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
        shortRuns++;
        if (!restartAsked) {
            log.atWarn()
                    .addKeyValue("server", server.name())
                    .addKeyValue("exitCode", code)
                    .addKeyValue("restartsInMillis", wait.toMillis())
                    .log("Server ended by itself; starting it again");
        }
        restartAsked = false;
        become(State.WAITING);
        try {
            var end = System.nanoTime() + wait.toNanos();
            for (var left = wait.toNanos(); left > 0 && !stopping; left = end - System.nanoTime()) {
                wait(left / 1_000_000, (int) (left % 1_000_000));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        if (stopping) {
            return false;
        }
        become(State.STARTING);
        return true;
    }

    private synchronized void running() {
        problem = null;
        become(State.RUNNING);
    }

    private synchronized void failed(RuntimeException e) {
        problem = e.getMessage();
        if (!stopping) {
            log.atError().addKeyValue("server", server.name()).log("Server cannot be started: {}", problem);
        }
    }

    private synchronized void become(State next) {
        state = next;
        since = Instant.now();
    }

    /** Ends it and lets it be started again at once. */
    void restart() {
        synchronized (this) {
            restartAsked = true;
        }
        server.stop();
    }

    void stop() {
        synchronized (this) {
            stopping = true;
            notifyAll();
        }
        server.stop();
        become(State.STOPPED);
    }
}
