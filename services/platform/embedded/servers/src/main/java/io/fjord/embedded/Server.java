package io.fjord.embedded;

import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** A server that runs as a child process: ready when {@code start} returns, gone when {@code stop} returns. */
public interface Server extends AutoCloseable {

    String name();

    /** The port others connect to, on 127.0.0.1. */
    int port();

    /** What the process wrote since it was last started. */
    Path log();

    /**
     * Starts it and waits until it answers; harmless when it runs already.
     *
     * @throws ServerFailed with the reason in plain words
     */
    void start();

    boolean isRunning();

    /** Its process id, while it runs. */
    OptionalLong pid();

    /** Completes with the exit code when the process that runs now ends; at once when none runs. */
    CompletableFuture<Integer> exit();

    /** Asks it to end, ends it the hard way when it does not listen; harmless when it does not run. */
    void stop();

    /** Ends it as a power cut would (SIGKILL), for tests that want to see what survives. */
    void kill();

    /** Sends a signal by name, for instance {@code STOP} and {@code CONT} to freeze and thaw it. */
    void signal(String signal);

    @Override
    default void close() {
        stop();
    }
}
