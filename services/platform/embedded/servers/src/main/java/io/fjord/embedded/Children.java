package io.fjord.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Starts child processes that die with this one, and sends signals. */
final class Children {

    /**
     * The kernel sends the death signal when the spawning <em>thread</em> ends, not the process, so one thread that
     * never ends spawns them all.
     */
    private static final ExecutorService SPAWNER = Executors.newSingleThreadExecutor(task -> {
        var thread = new Thread(task, "spawner");
        thread.setDaemon(true);
        return thread;
    });

    private static final boolean DEATH_SIGNALS = succeeds("setpriv", "--pdeathsig", "KILL", "true");

    private Children() {}

    static Process start(ProcessBuilder builder) throws IOException {
        return onSpawner(builder::start);
    }

    /** The same command, ended with {@code signal} when the process that spawns it dies; itself where that cannot be had. */
    static List<String> diesWithParent(String signal, List<String> command) {
        if (!DEATH_SIGNALS) {
            return command;
        }
        var all = new ArrayList<>(List.of("setpriv", "--pdeathsig", signal, "--"));
        all.addAll(command);
        return all;
    }

    static boolean hasDeathSignals() {
        return DEATH_SIGNALS;
    }

    static boolean succeeds(String... command) {
        try {
            var process = start(new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD));
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Runs a command to its end; its output goes to the log, and into the failure when there is one. */
    static void run(String what, ProcessBuilder builder, Path log, String input) throws IOException {
        var process =
                start(builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())));
        try (var stdin = process.outputWriter()) {
            stdin.write(input);
        } catch (IOException e) {
            // It ended before it read everything: its exit code tells more than the broken pipe.
        }
        try {
            if (!process.waitFor(3, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new ServerFailed(what + " did not finish within three minutes. Its log is " + log + ".");
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new ServerFailed(what + " was interrupted.", e);
        }
        if (process.exitValue() != 0) {
            throw new ServerFailed(what + " failed with exit code " + process.exitValue() + ":\n" + lastLines(log, 15));
        }
    }

    static void signal(long pid, String signal) {
        succeeds("kill", "-" + signal, Long.toString(pid));
    }

    /** Asks a process that is not our child to end, and makes it end when it does not. */
    static void end(ProcessIdentity process, String signal, Duration grace) {
        signal(process.pid(), signal);
        var deadline = System.nanoTime() + grace.toNanos();
        while (process.isAlive() && System.nanoTime() < deadline) {
            pause();
        }
        if (process.isAlive()) {
            signal(process.pid(), "KILL");
            var last = System.nanoTime() + Duration.ofSeconds(5).toNanos();
            while (process.isAlive() && System.nanoTime() < last) {
                pause();
            }
        }
    }

    static void pause() {
        try {
            Thread.sleep(25);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ServerFailed("Interrupted while waiting for a process.", e);
        }
    }

    /** What a log says about a failure: its last error if it names one, else its end. */
    static String lastWords(Path log) {
        var end = lastLines(log, 400);
        var error = Math.max(end.lastIndexOf(" ERROR "), end.lastIndexOf(" FATAL "));
        if (error < 0) {
            return lastLines(log, 20);
        }
        var lines = end.substring(end.lastIndexOf('\n', error) + 1).split("\n");
        return String.join("\n", List.of(lines).subList(0, Math.min(20, lines.length)));
    }

    static String lastLines(Path log, int count) {
        try {
            var lines = Files.readAllLines(log, java.nio.charset.StandardCharsets.ISO_8859_1);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - count), lines.size()));
        } catch (IOException e) {
            return "(no log at " + log + ")";
        }
    }

    private static <T> T onSpawner(Callable<T> work) throws IOException {
        try {
            return SPAWNER.submit(work).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("Interrupted while starting a process", e));
        }
    }
}
