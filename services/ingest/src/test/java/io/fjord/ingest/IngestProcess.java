package io.fjord.ingest;

import io.vertx.core.Vertx;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Ingest in a process of its own, to be killed. */
final class IngestProcess {

    private final Process process;

    private IngestProcess(Process process) {
        this.process = process;
    }

    static IngestProcess start(String kafka, String databaseUrl) throws IOException {
        return new IngestProcess(new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        IngestProcess.class.getName(),
                        kafka,
                        databaseUrl))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(new File("target/ingest-processes.log")))
                .start());
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** As a power cut would. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor(10, TimeUnit.SECONDS);
    }

    /** Ends with the process that started it, whatever becomes of that. */
    public static void main(String[] args) {
        ProcessHandle.current().parent().ifPresent(parent -> {
            var end = parent.onExit().thenRun(() -> Runtime.getRuntime().halt(1));
            if (end.isDone()) {
                Runtime.getRuntime().halt(1);
            }
        });
        Vertx vertx = Vertx.vertx();
        vertx.deployVerticle(new IngestVerticle(IngestServer.config(args[0], args[1], 64L << 20)))
                .onFailure(failure -> {
                    failure.printStackTrace();
                    Runtime.getRuntime().halt(1);
                });
    }
}
