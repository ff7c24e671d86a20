package io.fjord.load;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A control plane started by a scenario beside the one under supervision: same code and options, other services. */
final class ServedPlane implements AutoCloseable {

    private static final String SERVICES = "--services=";
    private static final String MAIN = "io.fjord.launcher.ControlPlane";

    private final Process process;
    private final int port;

    private ServedPlane(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Returns when it is ready. */
    static ServedPlane start(LocalPlatform platform, String services, Map<String, String> settings)
            throws IOException, InterruptedException {
        return start(platform, command(platform, services), settings);
    }

    /** A program among the tests of the launcher, which puts services together in another way; with the same options. */
    static ServedPlane program(LocalPlatform platform, String name, String services, Map<String, String> settings)
            throws IOException, InterruptedException {
        List<String> command = command(platform, services);
        command.set(command.indexOf("-cp") + 1, ModuleProgram.classPath(platform, "services/launcher"));
        command.set(command.indexOf(MAIN), name);
        command.removeIf(argument -> argument.startsWith("-XX:SharedArchiveFile"));
        return start(platform, command, settings);
    }

    private static List<String> command(LocalPlatform platform, String services) throws IOException {
        List<String> command = new ArrayList<>();
        for (String argument : platform.controlPlaneCommand()) {
            // Writing the archive of classes is the other's; it would make the end of this one slow.
            if (!argument.startsWith("-XX:ArchiveClassesAtExit")) {
                command.add(argument.startsWith(SERVICES) ? SERVICES + services : argument);
            }
        }
        return command;
    }

    private static ServedPlane start(LocalPlatform platform, List<String> command, Map<String, String> settings)
            throws IOException, InterruptedException {
        int port = Integer.parseInt(settings.getOrDefault("FJORD_PORT", Integer.toString(LocalPlatform.freePort())));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        platform.home().resolve("logs/served.log").toFile()));
        builder.environment().clear();
        builder.environment().putAll(platform.controlPlaneEnvironment());
        // The mark by which the supervisor knows what its own control plane started.
        builder.environment().remove("IO_FJORD_INSTANCE");
        builder.environment().put("FJORD_PORT", Integer.toString(port));
        builder.environment().putAll(settings);
        ServedPlane plane = new ServedPlane(builder.start(), port);
        Runtime.getRuntime().addShutdownHook(new Thread(plane.process::destroyForcibly));
        plane.awaitReady();
        return plane;
    }

    private void awaitReady() throws IOException, InterruptedException {
        HttpClient http =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health/ready"))
                .timeout(Duration.ofSeconds(2))
                .build();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
        while (System.nanoTime() < deadline && process.isAlive()) {
            try {
                if (http.send(request, BodyHandlers.discarding()).statusCode() == 200) {
                    return;
                }
            } catch (IOException e) {
                // Not listening yet.
            }
            Thread.sleep(50);
        }
        process.destroyForcibly();
        throw new IOException("The control plane did not become ready; see logs/served.log in the home");
    }

    int port() {
        return port;
    }

    long pid() {
        return process.pid();
    }

    /** Holds the process, so that commands gather on the log as they do while a control plane is down. */
    void pause() throws IOException, InterruptedException {
        signal("STOP");
    }

    void resume() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String signal) throws IOException, InterruptedException {
        int code = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                .start()
                .waitFor();
        if (code != 0) {
            throw new IOException("kill -" + signal + " " + process.pid() + " failed");
        }
    }

    @Override
    public void close() throws InterruptedException {
        if (!process.isAlive()) {
            System.err.println("The control plane had ended by itself with exit code " + process.exitValue());
        }
        process.destroy();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }
}
