package io.fjord.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import io.fjord.contract.core.cluster.Endpoints;
import io.fjord.kernel.CrashPoint;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drivers as processes of this machine, each in a folder {@code <clusters>/<clusterId>/<generation>-<attempt>} that says who
 * it is: so the next operator finds and adopts it. That a driver listens is seen by its endpoints file appearing.
 */
final class ProcessBackend implements ClusterBackend {

    private static final Logger log = LoggerFactory.getLogger(ProcessBackend.class);
    private static final String ENDPOINTS = "endpoints.json";
    private static final String PROCESS = "process.json";
    private static final String SETTINGS = "driver.json";
    private static final int KEPT_FOLDERS = 5;

    private final Vertx vertx;
    private final Context context;
    private final OperatorConfig config;
    private final WorkerExecutor worker;
    private final WatchService watch;
    private final Map<Driver.Key, ProcessHandle> watched = new ConcurrentHashMap<>();
    private volatile BiConsumer<String, Change> listener = (id, change) -> {};

    ProcessBackend(Vertx vertx, OperatorConfig config) throws IOException {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.config = config;
        this.worker = vertx.createSharedWorkerExecutor("spark-operator", 2);
        Files.createDirectories(config.clustersFolder());
        this.watch = config.clustersFolder().getFileSystem().newWatchService();
        Thread watcher = new Thread(this::watch, "driver-watch");
        watcher.setDaemon(true);
        watcher.start();
    }

    @Override
    public void listener(BiConsumer<String, Change> told) {
        this.listener = told;
    }

    @Override
    public Future<Map<String, Driver>> drivers() {
        return worker.executeBlocking(
                () -> {
                    Map<String, Driver> found = new HashMap<>();
                    for (Path folder : folders()) {
                        Driver.Key key = key(folder);
                        Optional<ProcessHandle> process = process(folder);
                        if (key != null && process.isPresent()) {
                            observe(key, folder, process.get());
                            Driver older = found.get(key.clusterId());
                            Driver driver = driver(key, folder);
                            // Two at once can only be an old one on its way out: the older is shown, so that it is
                            // ended first.
                            if (older == null || compare(key, older.key()) < 0) {
                                found.put(key.clusterId(), driver);
                            }
                        }
                    }
                    return found;
                },
                false);
    }

    @Override
    public Future<Void> start(DriverSpec spec) {
        return worker.executeBlocking(
                () -> {
                    Path folder = folder(spec.key());
                    Files.createDirectories(folder);
                    Files.deleteIfExists(folder.resolve(ENDPOINTS));
                    Path settings = folder.resolve(SETTINGS);
                    writeSecretly(settings, Json.bytes(config.driverSettings(spec, folder)));
                    ProcessBuilder builder = new ProcessBuilder(config.driverCommand(spec, settings))
                            .directory(folder.toFile())
                            .redirectInput(ProcessBuilder.Redirect.from(
                                    Path.of("/dev/null").toFile()))
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(
                                    folder.resolve("driver.log").toFile()));
                    builder.environment().keySet().removeIf(name -> name.startsWith("FJORD_"));
                    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
                    Process process;
                    try {
                        process = builder.start();
                    } catch (IOException e) {
                        Files.deleteIfExists(settings);
                        throw e;
                    }
                    ObjectNode who = Json.MAPPER.createObjectNode();
                    who.put("pid", process.pid());
                    who.put("startedAt", startOf(process.toHandle()));
                    writeSecretly(folder.resolve(PROCESS), Json.bytes(who));
                    CrashPoint.WHILE_A_DRIVER_STARTS.here();
                    observe(spec.key(), folder, process.toHandle());
                    forgetOldFolders(spec.key());
                    return null;
                },
                false);
    }

    @Override
    public Future<Void> stop(Driver.Key key) {
        return worker.executeBlocking(
                () -> {
                    Optional<ProcessHandle> process = process(folder(key));
                    if (process.isPresent()) {
                        log.atInfo().addKeyValue("driver", key).log("A driver is ended");
                        process.get().destroy();
                        try {
                            process.get().onExit().get(10, TimeUnit.SECONDS);
                        } catch (TimeoutException e) {
                            process.get().destroyForcibly();
                            process.get().onExit().get(10, TimeUnit.SECONDS);
                        }
                    }
                    return null;
                },
                false);
    }

    @Override
    public Future<Void> close() {
        try {
            watch.close();
        } catch (IOException e) {
            log.atWarn().setCause(e).log("The watch on driver folders did not close");
        }
        return worker.close();
    }

    // Who is there

    private List<Path> folders() throws IOException {
        List<Path> all = new ArrayList<>();
        try (Stream<Path> clusters = Files.list(config.clustersFolder())) {
            for (Path cluster : clusters.filter(Files::isDirectory).toList()) {
                try (Stream<Path> drivers = Files.list(cluster)) {
                    drivers.filter(folder -> Files.exists(folder.resolve(PROCESS)))
                            .forEach(all::add);
                }
            }
        }
        return all;
    }

    private Path folder(Driver.Key key) {
        return config.clustersFolder().resolve(key.clusterId()).resolve(key.generation() + "-" + key.attempt());
    }

    private static Driver.@Nullable Key key(Path folder) {
        String[] parts = folder.getFileName().toString().split("-");
        try {
            return new Driver.Key(
                    Objects.requireNonNull(folder.getParent()).getFileName().toString(),
                    Long.parseLong(parts[0]),
                    Integer.parseInt(parts[1]));
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            return null;
        }
    }

    private static int compare(Driver.Key a, Driver.Key b) {
        return a.generation() != b.generation()
                ? Long.compare(a.generation(), b.generation())
                : Integer.compare(a.attempt(), b.attempt());
    }

    /** The living process of a folder; a process id that was given to another program since does not count. */
    static Optional<ProcessHandle> process(Path folder) throws IOException {
        Path file = folder.resolve(PROCESS);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        JsonNode who = Json.MAPPER.readTree(file.toFile());
        return ProcessHandle.of(who.path("pid").asLong())
                .filter(ProcessHandle::isAlive)
                .filter(process -> startOf(process).equals(who.path("startedAt").asText()));
    }

    static String startOf(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toString).orElse("");
    }

    private static Driver driver(Driver.Key key, Path folder) throws IOException {
        Path file = folder.resolve(ENDPOINTS);
        if (!Files.exists(file)) {
            return new Driver(key, null, null);
        }
        JsonNode at = Json.MAPPER.readTree(file.toFile());
        return new Driver(
                key,
                at.path("controlUrl").asText(),
                new Endpoints(
                        at.path("sparkConnectUrl").asText(),
                        at.path("hiveHttpUrl").asText(),
                        at.path("flightUrl").asText()));
    }

    // What happens to them

    private void observe(Driver.Key key, Path folder, ProcessHandle process) throws IOException {
        if (watched.putIfAbsent(key, process) != null) {
            return;
        }
        folder.register(watch, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
        var unused = process.onExit().thenAccept(gone -> {
            watched.remove(key);
            forget(folder.resolve(SETTINGS));
            tell(key, true, lastWords(folder));
        });
        if (Files.exists(folder.resolve(ENDPOINTS))) {
            tell(key, false, "listens");
        }
    }

    /** A driver deletes its settings once it has read them; one that did not come so far leaves secrets behind. */
    private static void forget(Path settings) {
        try {
            Files.deleteIfExists(settings);
        } catch (IOException e) {
            log.atWarn().setCause(e).log("The settings of a driver that ended could not be deleted");
        }
    }

    private void watch() {
        try {
            while (true) {
                WatchKey changed = watch.take();
                boolean listens = changed.pollEvents().stream()
                        .anyMatch(event -> ENDPOINTS.equals(String.valueOf(event.context())));
                Driver.Key key = key((Path) changed.watchable());
                if (listens && key != null) {
                    tell(key, false, "listens");
                }
                changed.reset();
            }
        } catch (ClosedWatchServiceException e) {
            // the operator stops
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tell(Driver.Key key, boolean ended, String reason) {
        context.runOnContext(go -> listener.accept(key.clusterId(), new Change(key, ended, reason)));
    }

    /** The last line a driver wrote, which says why it ended; never more than a sentence. */
    private static String lastWords(Path folder) {
        try {
            List<String> lines = Files.readAllLines(folder.resolve("driver.log"));
            for (int i = lines.size() - 1; i >= 0; i--) {
                String line = lines.get(i).strip();
                if (!line.isEmpty()) {
                    return "The driver ended: " + (line.length() > 300 ? line.substring(0, 300) + "…" : line);
                }
            }
        } catch (IOException e) {
            log.atDebug().setCause(e).log("A driver's log cannot be read");
        }
        return "The driver ended without a word";
    }

    private void forgetOldFolders(Driver.Key newest) throws IOException {
        Path cluster = Objects.requireNonNull(folder(newest).getParent());
        List<Path> old;
        try (Stream<Path> all = Files.list(cluster)) {
            old = all.filter(folder -> key(folder) != null)
                    .sorted(Comparator.comparing(
                            (Path folder) -> Objects.requireNonNull(key(folder)), ProcessBackend::compare))
                    .toList();
        }
        for (Path folder : old.subList(0, Math.max(0, old.size() - KEPT_FOLDERS))) {
            if (process(folder).isEmpty()) {
                try (Stream<Path> files = Files.walk(folder)) {
                    for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                        Files.delete(file);
                    }
                }
            }
        }
    }

    static void writeSecretly(Path file, byte[] content) throws IOException {
        Path draft = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(draft);
        Files.createFile(draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(draft, content, StandardOpenOption.WRITE);
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
