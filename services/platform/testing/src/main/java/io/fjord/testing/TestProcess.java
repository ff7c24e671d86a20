package io.fjord.testing;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program on the class path of the tests in a process of its own, to be killed. */
public final class TestProcess implements AutoCloseable {

    private final Process process;

    private TestProcess(Process process) {
        this.process = process;
    }

    /**
     * What it says is in {@code target/<its name>.log}.
     *
     * @param program has a {@code main}, which begins with {@link #endWithParent}
     */
    public static TestProcess start(Class<?> program, String... arguments) throws IOException {
        return start(program, Map.of(), arguments);
    }

    /** @param environment on top of ours */
    public static TestProcess start(Class<?> program, Map<String, String> environment, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(new File("target/" + program.getSimpleName() + ".log")));
        builder.environment().putAll(environment);
        return new TestProcess(builder.start());
    }

    /** Whatever becomes of the process that started it. */
    public static void endWithParent() {
        ProcessHandle.current().parent().ifPresent(parent -> {
            var end = parent.onExit().thenRun(() -> Runtime.getRuntime().halt(1));
            if (end.isDone()) {
                Runtime.getRuntime().halt(1);
            }
        });
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Of one that has ended. */
    public int exitCode() {
        return process.exitValue();
    }

    /** As a power cut would. */
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor(10, TimeUnit.SECONDS);
    }

    /** Kills it. */
    @Override
    public void close() throws InterruptedException {
        kill();
    }
}
