package io.fjord.runtime;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A real driver process, started as the operator starts it; one is shared by all tests of this module. */
final class RunningDriver {

    static final String SECRET = "a-secret-of-this-cluster";
    static final List<String> JVM_FLAGS = List.of(
            "-XX:+IgnoreUnrecognizedVMOptions",
            "--add-modules=jdk.incubator.vector",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.lang.invoke=ALL-UNNAMED",
            "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
            "--add-opens=java.base/java.io=ALL-UNNAMED",
            "--add-opens=java.base/java.net=ALL-UNNAMED",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
            "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
            "--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.cs=ALL-UNNAMED",
            "--add-opens=java.base/sun.security.action=ALL-UNNAMED",
            "--add-opens=java.base/sun.util.calendar=ALL-UNNAMED",
            "--add-opens=java.security.jgss/sun.security.krb5=ALL-UNNAMED",
            "-Djdk.reflect.useDirectMethodHandle=false",
            "-Dio.netty.tryReflectionSetAccessible=true",
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1");

    private static final Path TARGET = Path.of("target").toAbsolutePath();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static RunningDriver shared;

    private final Process process;
    private final Path workDir;
    private final Path log;

    private RunningDriver(Process process, Path workDir, Path log) {
        this.process = process;
        this.workDir = workDir;
        this.log = log;
    }

    /** With an Iceberg catalog "lakehouse" in a directory, as the default, and "guarded", which wants to know who asks. */
    static synchronized RunningDriver shared() throws IOException {
        if (shared == null) {
            shared = start(config -> {}).awaitEndpoints();
        }
        return shared;
    }

    static RunningDriver start(Consumer<ObjectNode> change) throws IOException {
        Files.createDirectories(TARGET.resolve("drivers"));
        var workDir = Files.createTempDirectory(TARGET.resolve("drivers"), "driver");
        var file = workDir.resolve("driver.json");
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        var config = config(workDir);
        change.accept(config);
        Files.writeString(file, config.toString());
        var log = workDir.resolve("driver.log");
        var process = java(
                TARGET.resolve("classes") + File.pathSeparator + classPath("class-path.txt"),
                log,
                "-Xmx640m",
                "io.fjord.runtime.ClusterRuntime",
                "--config",
                file.toString());
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        return new RunningDriver(process, workDir, log);
    }

    static ObjectNode config(Path workDir) throws IOException {
        var config = JSON.createObjectNode();
        config.put("clusterId", "0197-etl").put("domain", "default").put("name", "etl");
        config.put("generation", 3).put("attempt", 1).put("cores", 2).put("memoryMiB", 1024);
        config.put("gateway", TestControlPlane.shared().url());
        config.put("secret", SECRET).put("workDir", workDir.toString());
        config.put("controlPort", 0)
                .put("connectPort", 0)
                .put("hiveHttpPort", 0)
                .put("flightPort", 0);
        config.put("leaseSeconds", 3600);
        config.putObject("catalogs")
                .putObject("guarded")
                .put("uri", TestControlPlane.shared().url() + "/iceberg")
                .put("warehouse", "default");
        config.putObject("sparkConf")
                .put("spark.sql.catalog.lakehouse", "org.apache.iceberg.spark.SparkCatalog")
                .put("spark.sql.catalog.lakehouse.type", "hadoop")
                .put(
                        "spark.sql.catalog.lakehouse.warehouse",
                        workDir.resolve("tables").toString())
                .put("spark.sql.catalog.lakehouse.cache-enabled", "false")
                .put("spark.sql.defaultCatalog", "lakehouse");
        return config;
    }

    static String classPath(String file) throws IOException {
        return Files.readString(TARGET.resolve(file)).strip();
    }

    static Process java(String classPath, Path log, String... arguments) throws IOException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM_FLAGS);
        command.add("-cp");
        command.add(classPath);
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    RunningDriver awaitEndpoints() {
        await("the driver listens")
                .atMost(Duration.ofSeconds(120))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> {
                    if (!process.isAlive()) {
                        throw new IllegalStateException("The driver ended: " + log());
                    }
                    return Files.exists(workDir.resolve("endpoints.json"));
                });
        return this;
    }

    Path workDir() {
        return workDir;
    }

    long pid() {
        return process.pid();
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    int awaitEnd() throws InterruptedException {
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            throw new IllegalStateException("The driver still runs.");
        }
        return process.exitValue();
    }

    JsonNode endpoints() throws IOException {
        return JSON.readTree(workDir.resolve("endpoints.json").toFile());
    }

    /** The host and port of one of the endpoints. */
    String address(String endpoint) throws IOException {
        return URI.create(endpoints().get(endpoint).textValue()).getAuthority();
    }

    HttpResponse<String> control(String method, String path, String authorization) throws Exception {
        return control(method, path, authorization, "");
    }

    HttpResponse<String> control(String method, String path, String authorization, String body) throws Exception {
        var request = HttpRequest.newBuilder(
                        URI.create(endpoints().get("controlUrl").textValue() + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        try {
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            // The server hangs up on connections that were idle, and a POST is not sent again by itself.
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    /** As the operator does when who may what has changed; those who are here. */
    JsonNode tellOfChange() throws Exception {
        var answer = control("POST", "/driver/access", "Bearer " + SECRET, "{\"position\":\"iam=1:7\"}");
        if (answer.statusCode() != 200) {
            throw new IllegalStateException(answer.body());
        }
        return JSON.readTree(answer.body()).path("actors");
    }

    JsonNode state() throws Exception {
        return JSON.readTree(control("GET", "/driver", "Bearer " + SECRET).body());
    }

    void awaitNoStatement() {
        await("no statement runs")
                .atMost(Duration.ofSeconds(60))
                .until(() -> state().get("activeStatements").intValue() == 0);
    }

    void awaitStatement() {
        await("a statement runs")
                .atMost(Duration.ofSeconds(60))
                .until(() -> state().get("activeStatements").intValue() > 0);
    }
}
