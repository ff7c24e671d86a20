package io.fjord.embedded;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Owns a home's broker, database, object store and control plane: starts them, keeps them, takes them down. */
public final class Supervisor implements AutoCloseable {

    /** Its name among the run files. */
    public static final String NAME = "supervisor";

    /** The variable that tells it which copy of the code it was itself started from. */
    public static final String CODE = "FJORD_CODE";

    private static final Logger log = LoggerFactory.getLogger(Supervisor.class);
    private static final Duration DRIVER_GRACE = Duration.ofSeconds(10);

    private final Home home;
    private final FileLock lock;
    private final List<Supervised> servers;
    private final List<Supervised> beside;
    private final @Nullable Supervised controlPlane;
    private final HttpServer door;
    private final Instant startedAt = Instant.now();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Executor threads = Executors.newCachedThreadPool(task -> {
        var thread = new Thread(task, "supervisor");
        thread.setDaemon(true);
        return thread;
    });

    /**
     * Takes the home; the servers start with {@link #start}.
     *
     * @param servers started first, all at the same time
     * @param controlPlane started when they are ready
     * @throws ServerFailed when another supervisor has the home
     */
    public Supervisor(Home home, List<? extends Server> servers, @Nullable Server controlPlane) {
        this(home, servers, List.of(), controlPlane);
    }

    /** @param beside kept running too, but nothing waits for them */
    Supervisor(
            Home home, List<? extends Server> servers, List<? extends Server> beside, @Nullable Server controlPlane) {
        this.home = home.create();
        this.lock = lock(home).orElseThrow(() -> new ServerFailed("Another supervisor runs " + home.root() + "."));
        this.servers = servers.stream().map(Supervised::new).toList();
        this.beside = beside.stream().map(Supervised::new).toList();
        this.controlPlane = controlPlane == null ? null : new Supervised(controlPlane);
        try {
            Files.deleteIfExists(problemFile(home));
            this.door = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The supervisor of a home as its settings want it. */
    static Supervisor of(Settings settings, RunningCode code) {
        var home = Home.at(settings.home()).create();
        remember(home, settings);
        var servers = new ArrayList<Server>();

        String kafka;
        if (settings.kafka().isPresent()) {
            kafka = settings.kafka().get();
        } else {
            var broker =
                    new KafkaBroker(home, settings.kafkaPort(), settings.kafkaControllerPort(), settings.kafkaHeap());
            servers.add(broker);
            kafka = broker.bootstrapServers();
        }

        DatabaseAddress database;
        DatabaseAddress cdc;
        var keycloakDatabase = settings.identity().database();
        var keycloakCdc = settings.identity().databaseCdc();
        var hiveDatabase = settings.hive().database();
        var hiveCdc = settings.hive().databaseCdc();
        if (settings.database().isPresent()) {
            database = settings.database().get();
            cdc = settings.databaseCdc().orElse(database);
        } else {
            DatabaseServer own = settings.db() == Settings.Db.MARIADB
                    ? new MariadbServer(home, settings.databasePort(), Durability.ON_DISK)
                    : new PostgresServer(home, settings.databasePort(), Durability.ON_DISK);
            servers.add(own);
            database = own.address();
            cdc = own.cdcAddress();
            if (settings.runsKeycloak() && keycloakDatabase.isEmpty()) {
                keycloakDatabase = Optional.of(own.apart(KeycloakServer.NAME, KeycloakServer.EVENT_TABLES));
                keycloakCdc = Optional.of(cdc.withDatabase(KeycloakServer.NAME));
            }
            if (settings.runsHiveMetastore() && hiveDatabase.isEmpty()) {
                hiveDatabase = Optional.of(HiveMetastoreServer.databaseIn(own));
                hiveCdc = Optional.of(cdc.withDatabase(HiveMetastoreServer.DATABASE));
            }
        }

        Settings.S3 s3;
        if (settings.s3().isPresent()) {
            s3 = settings.s3().get();
        } else {
            var store = new ObjectStore(home, settings.s3Port(), settings.s3Heap());
            servers.add(store);
            s3 = new Settings.S3(store.endpoint(), store.accessKey(), store.secretKey());
        }

        var controlPlane = new ControlPlaneProcess(
                home,
                settings,
                code,
                new ControlPlaneProcess.Addresses(
                        kafka,
                        database,
                        cdc,
                        s3,
                        keycloakCdc,
                        settings.runsHiveMetastore() ? hiveCdc : Optional.empty()));
        var beside = new ArrayList<Server>();
        if (settings.runsKeycloak() && keycloakDatabase.isPresent()) {
            KeycloakServer.makeSecrets(home);
            beside.add(new KeycloakServer(
                    home,
                    settings.identity().port(),
                    keycloakDatabase.get(),
                    settings.port(),
                    settings.identity().heap(),
                    true));
        }
        if (settings.runsHiveMetastore() && hiveDatabase.isPresent()) {
            beside.add(new HiveMetastoreServer(
                    home,
                    settings.hive().port(),
                    hiveDatabase.get(),
                    settings.hive().heap()));
        }
        return new Supervisor(home, servers, beside, controlPlane);
    }

    /** The database is part of what a home is: its journal and the topics written from it belong together. */
    private static void remember(Home home, Settings settings) {
        var file = home.root().resolve("settings");
        var kind = settings.database()
                .map(address -> address.kind().scheme())
                .orElse(settings.db().word());
        try {
            var remembered = new Properties();
            if (Files.exists(file)) {
                try (var reader = Files.newBufferedReader(file)) {
                    remembered.load(reader);
                }
            }
            var before = remembered.getProperty("db", kind);
            if (!before.equals(kind)) {
                throw new ServerFailed("The home " + home.root() + " was made with " + before + " and cannot change to "
                        + kind + ". Start it without --db, or give the other database a home of its own: FJORD_HOME="
                        + home.root() + "-" + kind + ".");
            }
            if (!Files.exists(file)) {
                Home.writePrivately(file, "# What this home was made with.\ndb=" + kind + "\n");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The database a home was made with, if it has been started before. */
    public static Optional<String> rememberedDb(Path home) {
        var file = home.resolve("settings");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        var remembered = new Properties();
        try (var reader = Files.newBufferedReader(file)) {
            remembered.load(reader);
        } catch (IOException e) {
            return Optional.empty();
        }
        return Optional.ofNullable(remembered.getProperty("db"));
    }

    /** Where a supervisor that could not start says why. */
    public static Path problemFile(Home home) {
        return home.run().resolve("problem.txt");
    }

    private static Optional<FileLock> lock(Home home) {
        try {
            var channel =
                    FileChannel.open(home.run().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            var lock = channel.tryLock();
            if (lock == null) {
                channel.close();
            }
            return Optional.ofNullable(lock);
        } catch (java.nio.channels.OverlappingFileLockException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Starts everything and returns when it is ready.
     *
     * @throws ServerFailed when something cannot be started; what has been started is left for {@link #close}
     */
    public void start() {
        openDoor();
        endOrphans(home);
        beside.forEach(Supervised::startBeside);
        var starts = servers.stream()
                .map(server -> CompletableFuture.runAsync(server::start, threads))
                .toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(starts).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ServerFailed failed) {
                throw failed;
            }
            throw e;
        }
        if (controlPlane != null && !closed.get()) {
            controlPlane.start();
        }
    }

    private void openDoor() {
        var token = home.secret("supervisor-token");
        door.createContext("/", exchange -> {
            try (exchange) {
                var given = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
                if (!MessageDigest.isEqual(
                        given.getBytes(StandardCharsets.UTF_8), ("Bearer " + token).getBytes(StandardCharsets.UTF_8))) {
                    answer(exchange, 401, "{}");
                } else {
                    handle(exchange);
                }
            }
        });
        door.setExecutor(threads);
        door.start();
        try {
            new RunFile(
                            NAME,
                            ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow(),
                            door.getAddress().getPort())
                    .write(home);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        var request =
                exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
        if (request.equals("GET /status")) {
            answer(exchange, 200, status());
        } else if (request.equals("GET /progress")) {
            answer(exchange, 200, progress());
        } else if (request.equals("POST /stop")) {
            answer(exchange, 202, "{}");
            // In a thread of its own: the exit waits for the shutdown hook, and that for this exchange.
            new Thread(() -> System.exit(0), "stop").start();
        } else if (request.startsWith("POST /restart/")) {
            var name = request.substring("POST /restart/".length());
            var one = all().stream()
                    .filter(supervised -> supervised.server().name().equals(name))
                    .findFirst();
            one.ifPresent(Supervised::restart);
            answer(exchange, one.isPresent() ? 202 : 404, "{}");
        } else {
            answer(exchange, 404, "{}");
        }
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private List<Supervised> all() {
        var all = new ArrayList<>(servers);
        all.addAll(beside);
        if (controlPlane != null) {
            all.add(controlPlane);
        }
        return all;
    }

    /** Whether everything is ready that the rest cannot do without. */
    public boolean isReady() {
        return all().stream()
                .filter(one -> !beside.contains(one))
                .allMatch(one -> one.snapshot().state() == Supervised.State.RUNNING);
    }

    /** How often a server was started again. */
    public int restarts(String name) {
        return all().stream()
                .map(Supervised::snapshot)
                .filter(one -> one.server().name().equals(name))
                .mapToInt(Supervised.Snapshot::restarts)
                .sum();
    }

    /** What {@code up} asks for all the time: without memory and drivers, which take looking through all processes. */
    private String progress() {
        return "{\"ready\":%b,\"processes\":[%s]}".formatted(isReady(), describeAll(false));
    }

    private String describeAll(boolean memory) {
        return all().stream().map(one -> describe(one.snapshot(), memory)).collect(Collectors.joining(","));
    }

    private String status() {
        var processes = describeAll(true);
        var controlPlanePid =
                controlPlane == null ? -1 : controlPlane.server().pid().orElse(-1);
        var drivers = ControlPlaneProcess.drivers(home, controlPlanePid).stream()
                .map(driver -> "{\"pid\":%d,\"memory\":%d}".formatted(driver.pid(), Proc.memory(driver.pid())))
                .collect(Collectors.joining(","));
        return "{\"pid\":%d,\"since\":\"%s\",\"memory\":%d,\"ready\":%b,\"processes\":[%s],\"drivers\":[%s]}"
                .formatted(
                        ProcessHandle.current().pid(),
                        startedAt,
                        Proc.memory(ProcessHandle.current().pid()),
                        isReady(),
                        processes,
                        drivers);
    }

    private static String describe(Supervised.Snapshot one, boolean memory) {
        var pid = one.server().pid().orElse(0);
        return "{\"name\":\"%s\",\"state\":\"%s\",\"since\":\"%s\",\"pid\":%d,\"port\":%d,\"memory\":%d,\"restarts\":%d,\"problem\":%s}"
                .formatted(
                        one.server().name(),
                        one.state().name().toLowerCase(java.util.Locale.ROOT),
                        one.since(),
                        pid,
                        one.server().port(),
                        memory ? memory(one.server(), pid) : 0,
                        one.restarts(),
                        quoted(one.problem()));
    }

    /** PostgreSQL is many processes; the children of the control plane are drivers and counted apart. */
    private static long memory(Server server, long pid) {
        if (pid == 0) {
            return 0;
        }
        var own = Proc.memory(pid);
        if (server instanceof PostgresServer) {
            own += ProcessHandle.of(pid).stream()
                    .flatMap(ProcessHandle::children)
                    .mapToLong(child -> Proc.memory(child.pid()))
                    .sum();
        }
        return own;
    }

    private static String quoted(@Nullable String text) {
        if (text == null) {
            return "null";
        }
        var json = new StringBuilder("\"");
        for (var c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ') {
                json.append("\\u%04x".formatted((int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }

    /** Control plane first, then its drivers, then the servers they all use; harmless twice. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        // They use the servers, as the control plane does.
        var besideStopped = CompletableFuture.allOf(beside.stream()
                .map(server -> CompletableFuture.runAsync(server::stop, threads))
                .toArray(CompletableFuture<?>[]::new));
        if (controlPlane != null) {
            controlPlane.stop();
            endDrivers(home);
        }
        besideStopped.join();
        CompletableFuture.allOf(servers.stream()
                        .map(server -> CompletableFuture.runAsync(server::stop, threads))
                        .toArray(CompletableFuture<?>[]::new))
                .join();
        door.stop(0);
        try {
            RunFile.delete(home, NAME);
            lock.acquiredBy().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        log.atInfo().log("Everything has stopped");
    }

    private static void endDrivers(Home home) {
        ControlPlaneProcess.drivers(home, -1).parallelStream()
                .forEach(driver -> Children.end(driver, "TERM", DRIVER_GRACE));
    }

    /** What an earlier supervisor that was killed left running, drivers excepted: a new control plane adopts those. */
    private static void endOrphans(Home home) {
        try (var files = Files.list(home.run())) {
            for (var file :
                    files.filter(path -> path.toString().endsWith(".json")).toList()) {
                var name = String.valueOf(file.getFileName()).replaceFirst("\\.json$", "");
                var process = RunFile.read(home, name).map(RunFile::process).filter(ProcessIdentity::isAlive);
                if (name.equals(NAME)) {
                    continue;
                }
                if (process.isPresent()) {
                    log.atWarn()
                            .addKeyValue("server", name)
                            .addKeyValue("pid", process.get().pid())
                            .log("An earlier run left this process behind; ending it");
                    Children.end(process.get(), name.equals("postgres") ? "INT" : "TERM", Duration.ofSeconds(15));
                }
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** For a home whose supervisor was killed: ends what is left of it, drivers too. */
    public static void sweep(Home home) {
        if (!Files.isDirectory(home.run())) {
            return;
        }
        endOrphans(home);
        if (Files.exists(home.secretFile("instance"))) {
            endDrivers(home);
        }
        try {
            RunFile.delete(home, NAME);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs until told to stop; what it needs to know comes by {@code FJORD_…} variables. */
    public static void main(String[] args) {
        Home home = null;
        try {
            var settings = Settings.read(System.getenv(), Checkout.root());
            home = Home.at(settings.home()).create();
            var given = System.getenv().getOrDefault(CODE, "");
            var code = given.isEmpty() ? RunningCode.copy(home) : new RunningCode(Path.of(given));
            var supervisor = Supervisor.of(settings, code);
            code.forgetOthers(home);
            Runtime.getRuntime().addShutdownHook(new Thread(supervisor::close, "take-down"));
            supervisor.start();
            log.atInfo().addKeyValue("port", settings.port()).log("Fjord is ready");
            Thread.currentThread().join();
        } catch (ServerFailed | IllegalArgumentException e) {
            tell(home, String.valueOf(e.getMessage()));
            System.exit(1);
        } catch (InterruptedException e) {
            System.exit(0);
        }
    }

    private static void tell(@Nullable Home home, String problem) {
        log.atError().log(problem);
        if (home != null) {
            try {
                Home.writePrivately(problemFile(home), problem + "\n");
            } catch (IOException e) {
                log.atError().setCause(e).log("The problem could not be written down");
            }
        }
    }
}
