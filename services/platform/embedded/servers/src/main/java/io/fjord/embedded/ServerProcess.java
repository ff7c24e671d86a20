package io.fjord.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all child servers share: orphans ended, a fresh log, readiness awaited, nothing left behind. */
public abstract class ServerProcess implements Server {

    private static final Logger log = LoggerFactory.getLogger(ServerProcess.class);
    private static final int KEPT_LOGS = 3;

    protected final Home home;
    private final String name;
    private final int port;
    private final AtomicInteger stopping = new AtomicInteger();
    private volatile @Nullable Process process;
    private List<String> command = List.of();
    private boolean ready;

    protected ServerProcess(Home home, String name, int port) {
        this.home = home;
        this.name = name;
        this.port = port;
    }

    /** Brings data and configuration to the state the command needs; called before each start. */
    protected abstract void prepare() throws IOException;

    protected abstract List<String> command() throws IOException;

    protected abstract boolean isReady() throws IOException;

    protected Map<String, String> environment() {
        return Map.of();
    }

    /** The command with what makes it die with us; a server that changes its identity first puts it deeper. */
    protected List<String> boundCommand() throws IOException {
        return Children.diesWithParent("KILL", command());
    }

    /** Whether {@code stop} waits for a start in progress to give up. */
    protected boolean isStopping() {
        return stopping.get() > 0;
    }

    protected String stopSignal() {
        return "TERM";
    }

    protected Duration startsWithin() {
        return Duration.ofSeconds(120);
    }

    protected Duration stopsWithin() {
        return Duration.ofSeconds(10);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public Path log() {
        return home.log(name);
    }

    @Override
    public synchronized void start() {
        if (isRunning()) {
            return;
        }
        var begin = System.nanoTime();
        try {
            home.create();
            endOrphan();
            refuseTakenPort();
            rollLog();
            prepare();
            var started = spawn();
            awaitReady(started);
        } catch (IOException e) {
            throw new ServerFailed("Cannot start " + name + ": " + e.getMessage(), e);
        }
        log.atInfo()
                .addKeyValue("server", name)
                .addKeyValue("port", port)
                .addKeyValue("millis", (System.nanoTime() - begin) / 1_000_000)
                .log("Server is ready");
    }

    private void endOrphan() throws IOException {
        var left = RunFile.read(home, name).map(RunFile::process).filter(ProcessIdentity::isAlive);
        if (left.isPresent()) {
            log.atWarn()
                    .addKeyValue("server", name)
                    .addKeyValue("pid", left.get().pid())
                    .log("An earlier run left this server behind; ending it");
            Children.end(left.get(), stopSignal(), stopsWithin());
        }
        RunFile.delete(home, name);
    }

    /** Without this the server would start, fail to bind, and say so somewhere in its log. */
    private void refuseTakenPort() {
        var deadline = System.nanoTime() + Duration.ofSeconds(2).toNanos();
        while (!isFree(port)) {
            if (System.nanoTime() > deadline) {
                throw new ServerFailed("Port " + port + ", which " + name
                        + " needs, is taken by another program. End that program, or choose another port for " + name
                        + ": `fjord up --help` names the setting.");
            }
            Children.pause();
        }
    }

    private static boolean isFree(int port) {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** A fresh file for each run: a ready line of the last run must not be taken for one of this. */
    private void rollLog() throws IOException {
        var current = log();
        for (int i = KEPT_LOGS; i > 0; i--) {
            var older = i == 1 ? current : current.resolveSibling(current.getFileName() + "." + (i - 1));
            if (Files.exists(older)) {
                Files.move(
                        older,
                        current.resolveSibling(current.getFileName() + "." + i),
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private Process spawn() throws IOException {
        ready = false;
        command = boundCommand();
        var builder = new ProcessBuilder(command)
                .directory(home.root().toFile())
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        builder.environment().putAll(environment());
        var started = Children.start(builder);
        process = started;
        var identity = ProcessIdentity.of(started.pid());
        if (identity.isPresent()) {
            new RunFile(name, identity.get(), port).write(home);
        }
        return started;
    }

    private void awaitReady(Process started) throws IOException {
        var deadline = System.nanoTime() + startsWithin().toNanos();
        while (!isReady()) {
            if (!started.isAlive()) {
                RunFile.delete(home, name);
                throw new ServerFailed(name + " ended with exit code " + started.exitValue()
                        + " before it was ready. From " + log() + ":\n" + Children.lastWords(log()));
            }
            if (isStopping()) {
                throw new ServerFailed(name + " was told to stop before it was ready.");
            }
            if (System.nanoTime() > deadline) {
                stop();
                throw new ServerFailed(name + " was not ready within "
                        + startsWithin().toSeconds() + " seconds. From " + log() + ":\n" + Children.lastWords(log()));
            }
            Children.pause();
        }
        ready = true;
    }

    @Override
    public boolean isRunning() {
        var current = process;
        return current != null && current.isAlive();
    }

    @Override
    public OptionalLong pid() {
        var current = process;
        return current != null && current.isAlive() ? OptionalLong.of(current.pid()) : OptionalLong.empty();
    }

    @Override
    public CompletableFuture<Integer> exit() {
        var current = process;
        return current == null
                ? CompletableFuture.completedFuture(0)
                : current.onExit().thenApply(Process::exitValue);
    }

    @Override
    public void stop() {
        // A start in progress holds the lock until the server is ready; the count tells it to give up.
        stopping.incrementAndGet();
        try {
            end();
        } finally {
            stopping.decrementAndGet();
        }
    }

    private synchronized void end() {
        var current = process;
        if (current == null) {
            return;
        }
        try {
            if (current.isAlive()) {
                Children.signal(current.pid(), stopSignal());
                if (!current.waitFor(stopsWithin().toMillis(), TimeUnit.MILLISECONDS)) {
                    log.atWarn()
                            .addKeyValue("server", name)
                            .addKeyValue("seconds", stopsWithin().toSeconds())
                            .log("Server did not stop in time; killing it");
                    current.destroyForcibly().waitFor();
                }
            }
            if (!ready) {
                ClassArchive.forget(command);
            }
            RunFile.delete(home, name);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ServerFailed("Interrupted while stopping " + name + ".", e);
        } catch (IOException e) {
            throw new ServerFailed("Cannot tidy up after " + name + ": " + e.getMessage(), e);
        }
        process = null;
    }

    @Override
    public void kill() {
        var current = process;
        if (current != null) {
            try {
                current.destroyForcibly().waitFor();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void signal(String signal) {
        pid().ifPresent(pid -> Children.signal(pid, signal));
    }

    protected boolean answersOnPort() {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    protected boolean logContains(String text) throws IOException {
        return Files.exists(log())
                && Files.readString(log(), StandardCharsets.ISO_8859_1).contains(text);
    }

    protected static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }
}
