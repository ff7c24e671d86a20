package io.fjord.launcher.kill;

import io.fjord.embedded.ClassArchive;
import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Home;
import io.fjord.embedded.KafkaBroker;
import io.fjord.embedded.ObjectStore;
import io.fjord.embedded.RunningCode;
import io.fjord.embedded.ServerProcess;
import io.fjord.kernel.CrashPoint;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The control plane as a process of its own, which can be told where to die. */
final class ControlPlaneChild extends ServerProcess {

    private static final String ARCHIVE = "control-plane";

    private final KafkaBroker kafka;
    private final DatabaseServer database;
    private final ObjectStore store;
    private final RunningCode code;
    private final Map<String, String> more;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
    private String services = "all";
    private String readyAt = "/health/services";
    private @Nullable String crashAt;
    private boolean archiving;

    /** @param more settings, by environment variable */
    ControlPlaneChild(
            Home home,
            String name,
            int port,
            KafkaBroker kafka,
            DatabaseServer database,
            ObjectStore store,
            RunningCode code,
            Map<String, String> more) {
        super(home, name, port);
        this.kafka = kafka;
        this.database = database;
        this.store = store;
        this.code = code;
        this.more = more;
    }

    /** How it starts the next time. */
    ControlPlaneChild with(String services, @Nullable CrashPoint point, int nth) {
        this.services = services;
        this.crashAt = point == null ? null : point + ":" + nth;
        this.archiving = false;
        return this;
    }

    /** Keeps its classes for the next start when it is stopped in order; one that dies cannot. */
    ControlPlaneChild archiving() {
        archiving = true;
        return this;
    }

    /** Counts as started when it lives, though it does not work yet. */
    ControlPlaneChild readyWhenAlive() {
        readyAt = "/health/live";
        return this;
    }

    String token() {
        return home.secret("operator-token");
    }

    /** Where the operator keeps what its drivers are told. */
    Path clusters() {
        return home.root().resolve("clusters");
    }

    /** Where it keeps what the driver of pipelines is told. */
    Path pipelines() {
        return home.root().resolve("pipelines");
    }

    @Override
    protected void prepare() {
        home.secret("operator-token");
        home.key("master-key");
    }

    @Override
    protected List<String> command() {
        List<String> command = new ArrayList<>(List.of(
                java(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                // Starts often and lives briefly.
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "--add-opens=java.base/java.nio=ALL-UNNAMED"));
        String classPath = code.classPath();
        if (archiving || ClassArchive.isWritten(code.folder(), ARCHIVE, classPath)) {
            command.addAll(ClassArchive.options(code.folder(), ARCHIVE, classPath));
        }
        command.addAll(List.of("-cp", classPath, "io.fjord.launcher.ControlPlane", "--services=" + services));
        return command;
    }

    @Override
    protected Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        environment.put("FJORD_HOME", home.root().toString());
        environment.put("FJORD_PORT", String.valueOf(port()));
        environment.put("FJORD_KAFKA", kafka.bootstrapServers());
        environment.put("FJORD_DATABASE", database.address().url());
        environment.put("FJORD_DATABASE_CDC", database.cdcAddress().url());
        environment.put("FJORD_S3", store.endpoint());
        environment.put("FJORD_S3_ACCESS_KEY", store.accessKey());
        environment.put("FJORD_S3_SECRET_KEY", store.secretKey());
        environment.put("FJORD_TOKEN_FILE", home.secretFile("operator-token").toString());
        environment.put("FJORD_MASTER_KEY_FILE", home.secretFile("master-key").toString());
        environment.put(
                "FJORD_RUNTIME_CLASS_PATH_FILE", code.runtimeClassPathFile().toString());
        environment.put(
                "FJORD_INGESTION_CLASS_PATH_FILE", code.ingestionClassPathFile().toString());
        // Receivers of webhooks listen here.
        environment.put("FJORD_WEBHOOKS_NETWORKS", "127.0.0.0/8");
        environment.put("FJORD_WEBHOOKS_HTTP", "true");
        environment.putAll(more);
        if (crashAt != null) {
            environment.put("FJORD_CRASH_AT", crashAt);
        }
        return environment;
    }

    /** Longer than it needs, for it also writes its classes then. */
    @Override
    protected Duration stopsWithin() {
        return Duration.ofSeconds(60);
    }

    @Override
    protected Duration startsWithin() {
        return Duration.ofSeconds(180);
    }

    @Override
    protected boolean isReady() {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + readyAt))
                .timeout(Duration.ofSeconds(2))
                .build();
        try {
            return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
