package io.fjord.load;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Iceberg's own server from its test fixtures, the catalog's peer: a process of its own with the options of the control plane, its
 * rows in the same database and its files in the same object store.
 */
final class ReferenceCatalog implements AutoCloseable {

    private static final String MAIN = "org.apache.iceberg.rest.RESTCatalogServer";
    private static final int CONNECTIONS = 8;

    private final Process process;
    private final int port;

    private ReferenceCatalog(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Returns when it answers. */
    static ReferenceCatalog start(LocalPlatform platform) throws IOException, SQLException, InterruptedException {
        try (Connection database = platform.database();
                Statement statement = database.createStatement()) {
            statement.execute("create schema if not exists reference");
        }
        int port = LocalPlatform.freePort();
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
        platform.controlPlaneCommand().stream()
                .filter(option -> option.startsWith("-Xm") || option.matches("-XX:\\+Use[A-Za-z]*GC"))
                .forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(platform.home().resolve("logs/reference.log").toFile());
        builder.environment().putAll(settings(platform, port));
        ReferenceCatalog catalog = new ReferenceCatalog(builder.start(), port);
        Runtime.getRuntime().addShutdownHook(new Thread(catalog.process::destroyForcibly));
        catalog.awaitReady();
        return catalog;
    }

    /** In its spelling, a dash is two underscores and a dot is one. */
    private static Map<String, String> settings(LocalPlatform platform, int port) throws IOException {
        URI database = platform.address("FJORD_DATABASE");
        String[] user = database.getUserInfo().split(":", 2);
        Map<String, String> plane = platform.controlPlaneEnvironment();
        return Map.ofEntries(
                Map.entry("CATALOG_REST_PORT", Integer.toString(port)),
                Map.entry(
                        "CATALOG_URI",
                        "jdbc:postgresql://" + database.getHost() + ":" + database.getPort() + database.getPath()
                                + "?currentSchema=reference"),
                Map.entry("CATALOG_JDBC_USER", user[0]),
                Map.entry("CATALOG_JDBC_PASSWORD", user[1]),
                Map.entry("CATALOG_JDBC_SCHEMA__VERSION", "V1"),
                Map.entry("CATALOG_CLIENTS", Integer.toString(CONNECTIONS)),
                Map.entry("CATALOG_WAREHOUSE", "s3://lakehouse/reference"),
                Map.entry("CATALOG_IO__IMPL", "org.apache.iceberg.aws.s3.S3FileIO"),
                Map.entry("CATALOG_S3_ENDPOINT", plane.getOrDefault("FJORD_S3", "")),
                Map.entry("CATALOG_S3_PATH__STYLE__ACCESS", "true"),
                Map.entry("CATALOG_S3_ACCESS__KEY__ID", plane.getOrDefault("FJORD_S3_ACCESS_KEY", "")),
                Map.entry("CATALOG_S3_SECRET__ACCESS__KEY", plane.getOrDefault("FJORD_S3_SECRET_KEY", "")),
                Map.entry("CATALOG_CLIENT_REGION", "us-east-1"));
    }

    private void awaitReady() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (System.nanoTime() < deadline && process.isAlive()) {
            try (LeanHttp http = new LeanHttp(port, null)) {
                if (http.get("/v1/config").status() == 200) {
                    return;
                }
            } catch (IOException e) {
                // Not listening yet.
            }
            Thread.sleep(50);
        }
        process.destroyForcibly();
        throw new IOException("The reference catalog does not answer; see logs/reference.log in the home");
    }

    CatalogServer server() {
        return new CatalogServer(port, null, "/v1", process.pid());
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }
}
