package io.fjord.embedded;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The local identity provider: Keycloak 26 on our database, built for it once, with the realm of Fjord. */
public final class KeycloakServer extends ServerProcess {

    /** Its name among the processes. */
    public static final String NAME = "keycloak";

    /** The one realm that people of this Fjord log in to. */
    public static final String REALM = "fjord";

    /** Who is there from the start, by group; each has a password made for this home. */
    public static final Map<String, String> SAMPLE_USERS = sampleUsers();

    /** Where it writes down who logged in and what its administrators did. */
    public static final List<String> EVENT_TABLES = List.of("event_entity", "admin_event_entity");

    private static final Logger log = LoggerFactory.getLogger(KeycloakServer.class);
    private static final String MODULE = "services/platform/embedded/keycloak";
    private static final String VERSION = "keycloak-26.7.3";
    private static final Duration BUILD_WITHIN = Duration.ofMinutes(10);

    private final DatabaseAddress database;
    private final int consolePort;
    private final int heapMegabytes;
    private final boolean keepsClasses;

    /**
     * @param database a database of its own
     * @param consolePort where the console that people log in to is served
     * @param keepsClasses whether its first start takes longer and all others half of the processor's time; what is kept
     *     is written when it is stopped
     */
    public KeycloakServer(
            Home home, int port, DatabaseAddress database, int consolePort, int heapMegabytes, boolean keepsClasses) {
        super(home, NAME, port);
        this.database = database;
        this.consolePort = consolePort;
        this.heapMegabytes = heapMegabytes;
        this.keepsClasses = keepsClasses;
    }

    private static Map<String, String> sampleUsers() {
        var users = new LinkedHashMap<String, String>();
        users.put("ada", "admins");
        users.put("emil", "engineers");
        users.put("anna", "analysts");
        return java.util.Collections.unmodifiableMap(users);
    }

    /** What stands as {@code iss} in its tokens. */
    public String issuer() {
        return issuer(port());
    }

    static String issuer(int port) {
        return "http://127.0.0.1:" + port + "/realms/" + REALM;
    }

    /** What the platform's own client, which may see and manage users, proves itself with. */
    public String platformSecret() {
        return platformSecret(home);
    }

    static String platformSecret(Home home) {
        return home.secret("keycloak-fjord-platform");
    }

    static Path platformSecretFile(Home home) {
        return home.secretFile("keycloak-fjord-platform");
    }

    /** The first password of a sample user; who changes it in Keycloak knows better than we. */
    public static String password(Home home, String user) {
        return home.secret("keycloak-user-" + user);
    }

    /** Of {@code admin} in Keycloak's own realm. */
    public static String adminPassword(Home home) {
        return home.secret("keycloak-admin");
    }

    /** Makes them before anybody reads them, so that two never make the same one. */
    static void makeSecrets(Home home) {
        platformSecret(home);
        adminPassword(home);
        SAMPLE_USERS.keySet().forEach(user -> password(home, user));
    }

    @Override
    protected void prepare() throws IOException {
        var built = built();
        var own = home.data(NAME);
        Files.createDirectories(own.resolve("data/import"));
        // What is built is shared and read only; what Keycloak writes lies in the home.
        for (var shared : List.of("lib", "conf", "providers", "themes")) {
            link(own.resolve(shared), built.resolve(shared));
        }
        Home.writePrivately(own.resolve("data/import").resolve(REALM + "-realm.json"), realm());
        awaitDatabase();
    }

    private static void link(Path link, Path target) throws IOException {
        if (Files.isSymbolicLink(link) && !Files.readSymbolicLink(link).equals(target)) {
            Files.delete(link);
        }
        try {
            Files.createSymbolicLink(link, target);
        } catch (FileAlreadyExistsException e) {
            // It points where it should.
        }
    }

    /** The realm with the secrets of this home; read by Keycloak at its first start only. */
    private String realm() throws IOException {
        String text;
        try (InputStream resource = KeycloakServer.class.getResourceAsStream("keycloak-realm.json")) {
            if (resource == null) {
                throw new ServerFailed("The realm file is missing from Fjord's jar. Build it again.");
            }
            text = new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        }
        text = text.replace("@console-port@", Integer.toString(consolePort))
                .replace("@platform-secret@", platformSecret());
        for (var user : SAMPLE_USERS.keySet()) {
            text = text.replace("@password-" + user + "@", password(home, user));
        }
        return text;
    }

    /** Unpacked and built for the kind of database, which takes as long as several starts: once, not at each. */
    private Path built() throws IOException {
        return Binaries.once(home.binaries(), VERSION + "-" + vendor(), folder -> {
            var zip = Checkout.jar(MODULE, "keycloak-quarkus-dist-");
            Binaries.unpackZip(zip, VERSION + "/", KeycloakServer::isNeeded, folder);
            log.atInfo().addKeyValue("database", vendor()).log("Building Keycloak for its database");
            var command = new ArrayList<>(List.of("nice", "-n", "10"));
            command.addAll(jvm(folder, 384));
            command.addAll(List.of(
                    "-cp",
                    folder.resolve("lib/quarkus-run.jar").toString(),
                    "io.quarkus.bootstrap.runner.QuarkusEntryPoint",
                    "build",
                    "--db=" + vendor(),
                    "--health-enabled=true",
                    // On the one port we have.
                    "--http-management-health-enabled=false"));
            runBuild(Children.diesWithParent("KILL", command), folder);
        });
    }

    private void runBuild(List<String> command, Path folder) throws IOException {
        var building = Children.start(new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile())));
        var deadline = System.nanoTime() + BUILD_WITHIN.toNanos();
        while (building.isAlive()) {
            if (isStopping() || System.nanoTime() > deadline) {
                building.destroyForcibly();
                throw new ServerFailed(
                        isStopping()
                                ? "Keycloak was told to stop while it was built."
                                : "Keycloak was not built within " + BUILD_WITHIN.toMinutes() + " minutes.");
            }
            Children.pause();
        }
        if (building.exitValue() != 0) {
            throw new ServerFailed("Keycloak could not be built; exit code " + building.exitValue() + ". From " + log()
                    + ":\n" + Children.lastWords(log()));
        }
    }

    /** Its command line clients stay away. */
    private static boolean isNeeded(String name) {
        return !name.startsWith("bin/");
    }

    private String vendor() {
        return switch (database.kind()) {
            case POSTGRESQL -> "postgres";
            case MARIADB -> "mariadb";
            case MYSQL -> "mysql";
        };
    }

    /** Without it Keycloak would give up; a database of our own starts beside us. */
    private void awaitDatabase() {
        var deadline = System.nanoTime() + startsWithin().toNanos();
        while (!database.answers()) {
            if (isStopping()) {
                throw new ServerFailed("Keycloak was told to stop before its database answered.");
            }
            if (System.nanoTime() > deadline) {
                throw new ServerFailed("Keycloak's database does not answer on " + database.host() + ":"
                        + database.port() + ". Keycloak starts when it does.");
            }
            Children.pause();
        }
    }

    /** {@inheritDoc} Stopped for the first time, it writes down its classes. */
    @Override
    protected Duration stopsWithin() {
        return Duration.ofSeconds(60);
    }

    /**
     * All of it on one class path, what the build has changed first: Quarkus' own class loader keeps nothing in an archive
     * (JEP 310: those of the JVM alone do), and reads and checks every class again at each start.
     */
    private String classPath() throws IOException {
        var lib = built().resolve("lib");
        var jars = new ArrayList<Path>();
        jars.add(lib.resolve("quarkus/transformed-bytecode.jar"));
        jars.add(lib.resolve("quarkus/generated-bytecode.jar"));
        for (var folder : List.of("app", "lib/main", "lib/boot")) {
            try (var some = Files.list(lib.resolve(folder))) {
                some.filter(file -> file.toString().endsWith(".jar")).sorted().forEach(jars::add);
            }
        }
        return jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    @Override
    protected List<String> command() throws IOException {
        var classPath = classPath();
        var archive = NAME + "-" + vendor();
        // What everything waits for goes first; nobody waits for this but who logs in.
        var command = new ArrayList<>(List.of("nice", "-n", "5"));
        command.addAll(jvm(home.data(NAME), heapMegabytes));
        if (keepsClasses || ClassArchive.isWritten(home.binaries(), archive, classPath)) {
            command.addAll(ClassArchive.options(home.binaries(), archive, classPath));
        }
        command.addAll(List.of(
                // What Quarkus' own entry would have set.
                "-Djava.util.concurrent.ForkJoinPool.common.threadFactory="
                        + "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
                "-cp",
                classPath,
                "org.keycloak.quarkus.runtime.KeycloakMain",
                "start",
                "--optimized",
                "--import-realm",
                "--hostname=http://127.0.0.1:" + port(),
                "--http-enabled=true",
                "--http-host=127.0.0.1",
                "--http-port=" + port(),
                "--cache=local",
                "--db-pool-initial-size=1",
                "--db-pool-min-size=1",
                "--db-pool-max-size=10"));
        return command;
    }

    private static List<String> jvm(Path keycloakHome, int heapMegabytes) {
        var command = new ArrayList<>(List.of(
                java(),
                "-Xmx" + heapMegabytes + "m",
                // As in the control plane.
                "-Xms" + Math.min(128, heapMegabytes) + "m",
                "-XX:NewSize=" + Math.min(64, heapMegabytes / 2) + "m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:MaxMetaspaceSize=224m",
                "-XX:+ExitOnOutOfMemoryError",
                "-Djava.awt.headless=true",
                "-Dfile.encoding=UTF-8",
                "-Duser.language=en",
                "-Dkc.home.dir=" + keycloakHome,
                "-Djboss.server.config.dir=" + keycloakHome.resolve("conf"),
                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager"));
        for (var opened : List.of("java.util", "java.util.concurrent", "java.security", "java.lang")) {
            command.add("--add-opens=java.base/" + opened + "=ALL-UNNAMED");
        }
        return command;
    }

    /** Secrets come this way: everybody may read a command line. */
    @Override
    protected Map<String, String> environment() {
        return Map.of(
                "KC_DB_URL", database.jdbcUrl(),
                "KC_DB_USERNAME", database.user(),
                "KC_DB_PASSWORD", database.password(),
                "KC_BOOTSTRAP_ADMIN_USERNAME", "admin",
                "KC_BOOTSTRAP_ADMIN_PASSWORD", adminPassword(home));
    }

    @Override
    protected Duration startsWithin() {
        return Duration.ofSeconds(300);
    }

    @Override
    protected boolean isReady() {
        return LocalHttp.isReady(port());
    }
}
