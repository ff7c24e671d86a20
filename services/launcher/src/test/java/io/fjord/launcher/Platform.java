package io.fjord.launcher;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.embedded.Checkout;
import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.KafkaBroker;
import io.fjord.testing.TestServers;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The whole control plane in this JVM on a broker and a database of its own, for end-to-end tests. */
public final class Platform implements AutoCloseable {

    static final String TOKEN = "fjord_test_token_of_this_run_0123456789";

    private final HttpClient http = HttpClient.newHttpClient();
    private final KafkaBroker kafka = TestServers.newKafka(TestServers.newHome("kafka"));
    private final DatabaseServer database;
    private final Path home;
    private final ControlPlaneSettings settings;
    private Vertx vertx;
    private URI base;

    private Platform(DatabaseServer database, String services, Map<String, String> more) throws Exception {
        this.database = database;
        database.start();
        kafka.start();
        home = TestServers.newHome("platform").root();
        Path token = Files.writeString(home.resolve("token"), TOKEN);
        Path key = Files.writeString(home.resolve("key"), Base64.getEncoder().encodeToString(new byte[32]));
        int port = TestServers.freePort();
        Path root = Checkout.root();
        Map<String, String> environment = new HashMap<>();
        environment.put("FJORD_HOME", home.toString());
        environment.put("FJORD_PORT", String.valueOf(port));
        environment.put("FJORD_KAFKA", kafka.bootstrapServers());
        environment.put("FJORD_DATABASE", database.address().url());
        environment.put("FJORD_DATABASE_CDC", database.cdcAddress().url());
        environment.put("FJORD_S3", TestServers.objectStore().endpoint());
        environment.put("FJORD_S3_ACCESS_KEY", TestServers.objectStore().accessKey());
        environment.put("FJORD_S3_SECRET_KEY", TestServers.objectStore().secretKey());
        environment.put("FJORD_S3_DERIVED_KEYS", "true");
        environment.put("FJORD_TOKEN_FILE", token.toString());
        environment.put("FJORD_MASTER_KEY_FILE", key.toString());
        environment.put(
                "FJORD_RUNTIME_CLASSES",
                root.resolve("streaming-jobs/cluster-runtime/target/classes").toString());
        environment.put(
                "FJORD_RUNTIME_CLASS_PATH_FILE",
                root.resolve("streaming-jobs/cluster-runtime/target/class-path.txt")
                        .toString());
        environment.put(
                "FJORD_INGESTION_CLASS_PATH_FILE",
                classPath(root, home, "ingestion").toString());
        environment.put(
                "FJORD_INGESTION_SPARK_CLASS_PATH_FILE",
                classPath(root, home, "ingestion-spark").toString());
        environment.putAll(more);
        settings = ControlPlaneSettings.of(services, environment);
        startServices();
    }

    /** What was compiled last, before the libraries. */
    private static Path classPath(Path root, Path home, String job) throws IOException {
        Path target = root.resolve("streaming-jobs").resolve(job).resolve("target");
        Path libraries = target.resolve("class-path.txt");
        String all = target.resolve("classes")
                + java.io.File.pathSeparator
                + (Files.exists(libraries) ? Files.readString(libraries).strip() : "");
        return Files.writeString(home.resolve(job + "-class-path"), all);
    }

    /** Its broker. */
    public String kafka() {
        return kafka.bootstrapServers();
    }

    void startServices() throws Exception {
        vertx = Vertx.vertx(ControlPlane.options());
        ControlPlane plane = ControlPlane.start(vertx, settings)
                .toCompletionStage()
                .toCompletableFuture()
                .get(120, TimeUnit.SECONDS);
        base = URI.create("http://127.0.0.1:" + plane.port());
    }

    /** Broker and database go on. */
    void stopServices() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    static Platform start(DatabaseServer database, String services) {
        return start(database, services, Map.of());
    }

    /** @param more settings, by environment variable */
    public static Platform start(DatabaseServer database, String services, Map<String, String> more) {
        try {
            return new Platform(database, services, more);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (Exception e) {
            throw new IllegalStateException("The platform did not start", e);
        }
    }

    public URI base() {
        return base;
    }

    /** An answer: its status, headers, and body as JSON. */
    public record Answer(int status, HttpResponse<String> response, JsonNode body) {
        public String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    /** The Spark drivers that run. Their command line is too long to be seen whole, so their folders are asked. */
    List<ProcessHandle> drivers() {
        return processes("clusters");
    }

    /** The one that pipelines share, if it runs. */
    List<ProcessHandle> pipelineDrivers() {
        return processes("pipelines");
    }

    private List<ProcessHandle> processes(String folder) {
        Path all = home.resolve(folder);
        if (!Files.exists(all)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(all)) {
            List<ProcessHandle> found = new ArrayList<>();
            for (Path file : files.filter(f -> f.endsWith("process.json")).toList()) {
                ProcessHandle.of(Json.MAPPER.readTree(file.toFile()).path("pid").asLong())
                        .filter(ProcessHandle::isAlive)
                        .ifPresent(found::add);
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The files of all servers that have the text in them as it is: topics, tables, write-ahead logs, spools. */
    List<Path> filesWith(String text) {
        String wanted = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        List<Path> found = new ArrayList<>();
        try {
            Files.walkFileTree(home.getParent(), new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    try {
                        if (attributes.isRegularFile()
                                && new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(wanted)) {
                            found.add(file);
                        }
                    } catch (NoSuchFileException e) {
                        // Servers at work put files away.
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                    if (failure instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw failure;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    /** A request as the operator makes it. */
    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(base.resolve(path)).header("Authorization", "Bearer " + TOKEN);
    }

    /** @param headers names and values in turn */
    public Answer call(String method, String path, String body, String... headers) {
        try {
            HttpRequest.Builder request = request(path)
                    .timeout(Duration.ofSeconds(90))
                    .method(
                            method,
                            body == null
                                    ? HttpRequest.BodyPublishers.noBody()
                                    : HttpRequest.BodyPublishers.ofString(body));
            if (body != null) {
                request.header("Content-Type", "application/json");
            }
            for (int i = 0; i < headers.length; i += 2) {
                request.setHeader(headers[i], headers[i + 1]);
            }
            HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            String text = response.body();
            return new Answer(response.statusCode(), response, Json.MAPPER.readTree(text.isEmpty() ? "null" : text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** For what is no JSON. */
    String text(String path) {
        try {
            return http.send(request(path).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public Answer get(String path, String... headers) {
        return call("GET", path, null, headers);
    }

    public Answer post(String path, String body, String... headers) {
        return call("POST", path, body, headers);
    }

    /** Drivers outlive a control plane; they must not outlive the test. */
    @Override
    public void close() throws Exception {
        drivers().forEach(ProcessHandle::destroyForcibly);
        pipelineDrivers().forEach(ProcessHandle::destroyForcibly);
        stopServices();
        kafka.close();
        database.close();
    }
}
