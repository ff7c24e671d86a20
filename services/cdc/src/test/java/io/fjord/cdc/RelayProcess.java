package io.fjord.cdc;

import io.fjord.contract.Topics;
import io.fjord.platform.kafka.KafkaConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A relay in a process of its own, to be killed. */
final class RelayProcess implements AutoCloseable {

    private final Process process;

    private RelayProcess(Process process) {
        this.process = process;
    }

    static RelayProcess start(RelayConfig config, Map<String, String> environment) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                RelayProcess.class.getName(),
                config.kafka().bootstrap(),
                config.database(),
                String.join(",", config.services())));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(new File("target/relay-processes.log")));
        builder.environment().putAll(environment);
        return new RelayProcess(builder.start());
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** As a power cut would. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor(10, TimeUnit.SECONDS);
    }

    int exitCode() {
        return process.exitValue();
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }

    /** Ends with the process that started it, whatever becomes of that. */
    public static void main(String[] args) {
        ProcessHandle.current().parent().ifPresent(parent -> {
            var end = parent.onExit().thenRun(() -> Runtime.getRuntime().halt(1));
            if (end.isDone()) {
                Runtime.getRuntime().halt(1);
            }
        });
        System.out.println("relay of " + Topics.events(args[2]));
        new Relay(
                        new RelayConfig(new KafkaConfig(args[0]), args[1], List.of(args[2].split(","))),
                        new SimpleMeterRegistry())
                .run();
    }
}
