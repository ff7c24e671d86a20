package io.fjord.webhooks;

import io.vertx.core.Vertx;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Webhooks in a process of their own, to be killed. */
final class WebhooksProcess {

    private final Process process;

    private WebhooksProcess(Process process) {
        this.process = process;
    }

    static WebhooksProcess start(String kafka, String databaseUrl, int gatewayPort) throws IOException {
        return new WebhooksProcess(new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WebhooksProcess.class.getName(),
                        kafka,
                        databaseUrl,
                        Integer.toString(gatewayPort)))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(new File("target/webhooks-processes.log")))
                .start());
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
        vertx.deployVerticle(new WebhooksVerticle(WebhooksContract.config(args[0], args[1], Integer.parseInt(args[2]))))
                .onFailure(failure -> {
                    failure.printStackTrace();
                    Runtime.getRuntime().halt(1);
                });
    }
}
