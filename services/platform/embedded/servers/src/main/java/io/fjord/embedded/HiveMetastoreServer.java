package io.fjord.embedded;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The local Hive Metastore: 2.3.10, which Spark's own client speaks, in a database of its own. */
public final class HiveMetastoreServer extends ServerProcess {

    /** Its name among the processes. */
    public static final String NAME = "hive-metastore";

    /** Its database, and what its changes are captured under. */
    public static final String DATABASE = "hive";

    /** What a table is made of; whose changes are captured. */
    public static final List<String> CAPTURED_TABLES = List.of(
            "DBS",
            "DATABASE_PARAMS",
            "TBLS",
            "TABLE_PARAMS",
            "SDS",
            "SERDES",
            "COLUMNS_V2",
            "PARTITION_KEYS",
            "PARTITIONS");

    private static final String MODULE = "services/platform/embedded/hive-metastore";

    private final DatabaseAddress database;
    private final int heapMegabytes;

    /** @param database a database of its own */
    public HiveMetastoreServer(Home home, int port, DatabaseAddress database, int heapMegabytes) {
        super(home, NAME, port);
        this.database = database;
        this.heapMegabytes = heapMegabytes;
    }

    /** A database of its own in a server of ours, with all its changes captured. */
    public static DatabaseAddress databaseIn(DatabaseServer server) {
        return server.apart(DATABASE, CAPTURED_TABLES, DatabaseServer.Captured.ALL_CHANGES);
    }

    /** Where clients find it. */
    public String uri() {
        return uri(port());
    }

    static String uri(int port) {
        return "thrift://127.0.0.1:" + port;
    }

    /** Where tables without a place of their own lie, for it and for all who use it. */
    public static Path warehouse(Home home) {
        return home.data(NAME).resolve("warehouse");
    }

    @Override
    protected void prepare() throws IOException {
        Files.createDirectories(warehouse(home));
        Files.createDirectories(home.binaries());
        awaitDatabase();
    }

    /** A database of our own starts beside us. */
    private void awaitDatabase() {
        var deadline = System.nanoTime() + startsWithin().toNanos();
        while (!database.answers()) {
            if (isStopping()) {
                throw new ServerFailed("The Hive Metastore was told to stop before its database answered.");
            }
            if (System.nanoTime() > deadline) {
                throw new ServerFailed("The Hive Metastore's database does not answer on " + database.host() + ":"
                        + database.port() + ". The metastore starts when it does.");
            }
            Children.pause();
        }
    }

    @Override
    protected List<String> command() throws IOException {
        var classPath = classPath();
        var command = new ArrayList<>(List.of(
                java(),
                "-Xms48m",
                "-Xmx" + heapMegabytes + "m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:MaxMetaspaceSize=128m",
                "-XX:+ExitOnOutOfMemoryError",
                "-Djava.awt.headless=true",
                "-Dfile.encoding=UTF-8",
                "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"),
                "--add-opens=java.base/java.net=ALL-UNNAMED",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED"));
        command.addAll(ClassArchive.options(home.binaries(), NAME, classPath));
        command.addAll(List.of("-cp", classPath, "io.fjord.embedded.hive.HiveMetastore"));
        return command;
    }

    /** Its own jar, and what it wrote down at {@code package}. */
    private static String classPath() throws IOException {
        var target = Checkout.root().resolve(MODULE).resolve("target");
        var entries = new ArrayList<String>();
        if (Files.isDirectory(target)) {
            try (var built = Files.list(target)) {
                built.filter(file -> String.valueOf(file.getFileName()).matches("fjord-.*(?<!-tests|-sources)\\.jar"))
                        .map(Path::toString)
                        .forEach(entries::add);
            }
        }
        entries.add(Checkout.classPath(MODULE));
        return String.join(File.pathSeparator, entries);
    }

    /** Secrets come this way: everybody may read a command line. */
    @Override
    protected Map<String, String> environment() {
        return Map.of(
                "FJORD_HIVE_JDBC_URL", database.jdbcUrl(),
                "FJORD_HIVE_USER", database.user(),
                "FJORD_HIVE_PASSWORD", database.password(),
                "FJORD_HIVE_PORT", Integer.toString(port()),
                "FJORD_HIVE_WAREHOUSE", warehouse(home).toUri().toString());
    }

    @Override
    protected Duration startsWithin() {
        return Duration.ofSeconds(120);
    }

    @Override
    protected boolean isReady() {
        return answersOnPort();
    }
}
