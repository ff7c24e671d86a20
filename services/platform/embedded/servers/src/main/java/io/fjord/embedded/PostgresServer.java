package io.fjord.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The local PostgreSQL 18: durable, ready for logical replication, every login with a password. */
public final class PostgresServer extends ServerProcess implements DatabaseServer {

    /**
     * Of the hash a password is kept as. 4096 (RFC 7677) slow down who guesses at passwords; these are 256 random bits, and every
     * connection works through the same number, a quarter of what a control plane does while it starts.
     */
    private static final String ITERATIONS = "scram_iterations=64";

    private static final String RESOURCE = "/postgres-linux-x86_64.txz";
    private static final String VERSION = "postgres-18.6";
    private static final int NOBODY = 65534;

    /** Of {@code postmaster.pid}, from 0 (pidfile.h). */
    private static final int SHARED_MEMORY_LINE = 6;

    private final Durability durability;
    private final Map<String, Apart> apart = new TreeMap<>();

    private record Apart(List<String> tables, Captured captured) {}

    public PostgresServer(Home home, int port, Durability durability) {
        super(home, "postgres", port);
        this.durability = durability;
    }

    @Override
    public DatabaseAddress address() {
        return as("fjord", "postgres-fjord");
    }

    @Override
    public DatabaseAddress cdcAddress() {
        return as("fjord_cdc", "postgres-cdc");
    }

    @Override
    public DatabaseAddress adminAddress() {
        return as("postgres", "postgres-admin");
    }

    @Override
    public DatabaseAddress apart(String name, List<String> tables, Captured captured) {
        apart.put(name, new Apart(List.copyOf(tables), captured));
        return as(name, "postgres-" + name).withDatabase(name);
    }

    private DatabaseAddress as(String user, String secret) {
        return new DatabaseAddress(
                DatabaseAddress.Kind.POSTGRESQL, user, home.secret(secret), "127.0.0.1", port(), "fjord");
    }

    @Override
    protected void prepare() throws IOException {
        initialise();
        forgetStalePidFile();
        for (var one : apart.entrySet()) {
            createApart(one.getKey(), one.getValue());
        }
    }

    /** Makes the data folder with roles and database, without starting the server. */
    public void initialise() throws IOException {
        home.create();
        if (Files.exists(data().resolve("PG_VERSION"))) {
            return;
        }
        // Built aside and renamed, so that an interrupted first start leaves nothing that looks finished.
        var fresh = data().resolveSibling("postgres.new");
        Trees.delete(fresh);
        Files.createDirectories(
                fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        chownForNobody(fresh);
        initdb(fresh);
        createRolesAndDatabase(fresh);
        Files.move(fresh, data(), StandardCopyOption.ATOMIC_MOVE);
    }

    private void initdb(Path folder) throws IOException {
        var password = home.secretFile("postgres-initdb");
        Home.writePrivately(password, home.secret("postgres-admin") + "\n");
        try {
            if (becomesNobody()) {
                chown(password);
            }
            var command = new ArrayList<>(List.of(
                    bin("initdb"),
                    "--pgdata=" + folder,
                    "--username=postgres",
                    "--pwfile=" + password,
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--set=" + ITERATIONS,
                    "--no-instructions"));
            if (durability == Durability.NONE) {
                command.add("--no-sync");
            }
            Children.run("Making the PostgreSQL data folder", builder(asAllowedUser(command)), log(), "");
        } finally {
            Files.delete(password);
        }
    }

    /** In single-user mode, so that no server without passwords is ever reachable. */
    private void createRolesAndDatabase(Path folder) throws IOException {
        var single = List.of(bin("postgres"), "--single", "-F", "-j", "-c", ITERATIONS, "-D", folder.toString());
        var roles = String.join(
                ";\n\n",
                "CREATE ROLE fjord LOGIN PASSWORD '" + home.secret("postgres-fjord") + "'",
                "CREATE ROLE fjord_cdc LOGIN REPLICATION PASSWORD '" + home.secret("postgres-cdc") + "'",
                "CREATE DATABASE fjord OWNER fjord",
                "");
        // What the services create, the capture may read: no migration has to remember to say so.
        var grants = String.join(
                ";\n\n",
                "REVOKE ALL ON DATABASE fjord FROM PUBLIC",
                "GRANT CONNECT ON DATABASE fjord TO fjord_cdc",
                "ALTER DEFAULT PRIVILEGES FOR ROLE fjord GRANT USAGE ON SCHEMAS TO fjord_cdc",
                "ALTER DEFAULT PRIVILEGES FOR ROLE fjord GRANT SELECT ON TABLES TO fjord_cdc",
                "");
        Children.run("Creating PostgreSQL's roles", builder(asAllowedUser(append(single, "postgres"))), log(), roles);
        Children.run("Granting PostgreSQL's rights", builder(asAllowedUser(append(single, "fjord"))), log(), grants);
    }

    /** Also in a folder made before anybody asked for it, hence not beside the others. */
    private void createApart(String name, Apart own) throws IOException {
        // In the data folder, so that it goes where that goes.
        var done = data().resolve("fjord." + name);
        if (Files.exists(done)) {
            return;
        }
        var single = List.of(bin("postgres"), "--single", "-F", "-j", "-c", ITERATIONS, "-D", data().toString());
        // What an interrupted run left is said again: single-user mode tells the error and goes on.
        var statements = String.join(
                ";\n\n",
                "CREATE ROLE " + name,
                "ALTER ROLE " + name + " LOGIN PASSWORD '" + home.secret("postgres-" + name) + "'",
                "CREATE DATABASE " + name + " OWNER " + name,
                "REVOKE ALL ON DATABASE " + name + " FROM PUBLIC",
                "GRANT CONNECT ON DATABASE " + name + " TO fjord_cdc",
                "");
        // The program makes its tables when it pleases, and nobody but a superuser may let another role see them: so
        // the database does, at that moment, for these tables and no other.
        var tables = own.tables().stream()
                .map(table -> "'public." + quoted(table) + "'")
                .collect(Collectors.joining(", "));
        var published = own.captured() == Captured.ALL_CHANGES ? "insert, update, delete, truncate" : "insert";
        var publication = "fjord_" + name;
        var grants = String.join(
                ";\n\n",
                "GRANT USAGE ON SCHEMA public TO fjord_cdc",
                "CREATE PUBLICATION " + publication + " WITH (publish = '" + published + "')",
                """
                CREATE OR REPLACE FUNCTION public.fjord_capture() RETURNS event_trigger
                LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
                DECLARE made record;
                BEGIN
                  FOR made IN SELECT object_identity AS name FROM pg_event_trigger_ddl_commands()
                      WHERE command_tag = 'CREATE TABLE' AND object_identity IN (%s) LOOP
                    EXECUTE 'GRANT SELECT ON ' || made.name || ' TO fjord_cdc';
                    EXECUTE 'ALTER PUBLICATION %s ADD TABLE ' || made.name;
                  END LOOP;
                END $$""".formatted(tables, publication),
                "CREATE EVENT TRIGGER fjord_capture ON ddl_command_end WHEN TAG IN ('CREATE TABLE')"
                        + " EXECUTE FUNCTION public.fjord_capture()",
                "");
        var what = "Making PostgreSQL's database " + name;
        Children.run(what, builder(asAllowedUser(append(single, "postgres"))), log(), statements);
        if (!own.tables().isEmpty()) {
            Children.run(what, builder(asAllowedUser(append(single, name))), log(), grants);
        }
        Files.writeString(done, "");
    }

    /** As PostgreSQL itself writes a name. */
    private static String quoted(String table) {
        return table.matches("[a-z0-9_]+") ? table : '"' + table + '"';
    }

    /**
     * PostgreSQL refuses to start when the process id in its pid file lives, whoever that is by now: after a reboot, or
     * in a new container, often somebody else.
     */
    private void forgetStalePidFile() throws IOException {
        var file = data().resolve("postmaster.pid");
        if (!Files.exists(file)) {
            return;
        }
        var lines = Files.readAllLines(file);
        var pid = lines.isEmpty() ? "0" : lines.get(0).strip();
        var executable = Path.of("/proc/" + pid + "/cmdline");
        var ours = Files.exists(executable) && Files.readString(executable).contains(data().toString());
        if (ours) {
            ProcessIdentity.of(Long.parseLong(pid))
                    .ifPresent(orphan -> Children.end(orphan, stopSignal(), stopsWithin()));
        }
        if (lines.size() > SHARED_MEMORY_LINE) {
            awaitLastBackend(lines.get(SHARED_MEMORY_LINE).strip().split("\\s+"));
        }
        Files.deleteIfExists(file);
    }

    /**
     * Who was killed leaves backends behind that go when they notice; while one of them is attached to the shared memory,
     * PostgreSQL refuses to start.
     *
     * @param segment key and id, as in {@code postmaster.pid}
     */
    private void awaitLastBackend(String[] segment) throws IOException {
        var deadline = System.nanoTime() + startsWithin().toNanos();
        while (segment.length == 2 && isAttached(segment[0], segment[1]) && System.nanoTime() < deadline) {
            if (isStopping()) {
                throw new ServerFailed("PostgreSQL was told to stop before the last of its old processes had ended.");
            }
            Children.pause();
        }
    }

    /** As {@code /proc/sysvipc/shm} has it (proc_sysvipc(5)): key, id, …, the seventh the number of those attached. */
    private static boolean isAttached(String key, String id) throws IOException {
        var all = Path.of("/proc/sysvipc/shm");
        return Files.exists(all)
                && Files.readAllLines(all).stream()
                        .map(line -> line.strip().split("\\s+"))
                        .anyMatch(one ->
                                one.length > 6 && one[0].equals(key) && one[1].equals(id) && !one[6].equals("0"));
    }

    @Override
    protected List<String> command() throws IOException {
        var durable = durability == Durability.ON_DISK ? "on" : "off";
        var command = new ArrayList<>(List.of(bin("postgres"), "-D", data().toString()));
        Stream.of(
                        "listen_addresses=127.0.0.1",
                        "port=" + port(),
                        "unix_socket_directories=",
                        "max_connections=100",
                        "shared_buffers=64MB",
                        "fsync=" + durable,
                        // Always: logical replication sees only what was flushed, and the log writer alone takes 200
                        // ms.
                        "synchronous_commit=on",
                        "full_page_writes=" + durable,
                        "wal_level=logical",
                        "max_wal_senders=8",
                        "max_replication_slots=8",
                        "max_slot_wal_keep_size=1GB",
                        "max_wal_size=256MB",
                        "idle_in_transaction_session_timeout=30s",
                        "password_encryption=scram-sha-256",
                        "log_timezone=UTC",
                        "timezone=UTC")
                .forEach(setting -> command.addAll(List.of("-c", setting)));
        return command;
    }

    @Override
    protected List<String> boundCommand() throws IOException {
        // QUIT: the postmaster takes its backends with it; after KILL a busy one could outlive it for a while.
        return asAllowedUser(Children.diesWithParent("QUIT", command()));
    }

    @Override
    protected Map<String, String> environment() {
        return Map.of("LC_ALL", "C", "TZ", "UTC");
    }

    @Override
    protected String stopSignal() {
        // "Fast": TERM would wait for clients to leave by themselves.
        return "INT";
    }

    @Override
    protected Duration startsWithin() {
        return Duration.ofSeconds(180);
    }

    @Override
    protected boolean isReady() throws IOException {
        var file = data().resolve("postmaster.pid");
        if (!Files.exists(file)) {
            return false;
        }
        var lines = Files.readAllLines(file);
        return lines.size() >= 8 && lines.get(7).strip().equals("ready") && answersOnPort();
    }

    private Path data() {
        return home.data("postgres");
    }

    private String bin(String program) throws IOException {
        return Binaries.once(home.binaries(), VERSION, folder -> {
                    try (var resource = PostgresServer.class.getResourceAsStream(RESOURCE)) {
                        if (resource == null) {
                            throw new ServerFailed(
                                    "There are no PostgreSQL binaries for this machine ("
                                            + System.getProperty("os.arch")
                                            + "). Name a PostgreSQL of yours with FJORD_DATABASE=postgresql://user:password@host:port/database.");
                        }
                        Binaries.unpackTxz(resource, folder);
                    }
                })
                .resolve("bin")
                .resolve(program)
                .toString();
    }

    private ProcessBuilder builder(List<String> command) {
        var builder = new ProcessBuilder(command).directory(home.root().toFile());
        builder.environment().putAll(environment());
        return builder;
    }

    /** PostgreSQL refuses to run as root: a user namespace takes the name away and leaves the files ours. */
    private static List<String> asAllowedUser(List<String> command) {
        if (!IS_ROOT) {
            return command;
        }
        var all = new ArrayList<>(
                CAN_UNSHARE
                        ? List.of("unshare", "-U", "--")
                        : List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups", "--"));
        all.addAll(command);
        return all;
    }

    private static boolean becomesNobody() {
        return IS_ROOT && !CAN_UNSHARE;
    }

    private static void chownForNobody(Path folder) throws IOException {
        if (becomesNobody()) {
            chown(folder);
        }
    }

    private static void chown(Path path) throws IOException {
        Files.setAttribute(path, "unix:uid", NOBODY);
        Files.setAttribute(path, "unix:gid", NOBODY);
    }

    private static List<String> append(List<String> command, String last) {
        return Stream.concat(command.stream(), Stream.of(last)).toList();
    }

    private static boolean isRoot() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid") instanceof Integer uid && uid == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static final boolean IS_ROOT = isRoot();
    private static final boolean CAN_UNSHARE = IS_ROOT && Children.succeeds("unshare", "-U", "true");
}
