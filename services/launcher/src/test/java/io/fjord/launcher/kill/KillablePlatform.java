package io.fjord.launcher.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.Durability;
import io.fjord.embedded.Home;
import io.fjord.embedded.KafkaBroker;
import io.fjord.embedded.KeycloakServer;
import io.fjord.embedded.RunningCode;
import io.fjord.embedded.ServerFailed;
import io.fjord.kernel.CrashPoint;
import io.fjord.testing.TestServers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Broker, database and control plane as processes of their own, each to be killed and started again. */
final class KillablePlatform implements AutoCloseable {

    /** How long anything may take to be well again; it takes seconds, but the machine may be busy. */
    static final Duration PATIENCE = Duration.ofSeconds(150);

    private static final int KILLED = 137;
    private static final String[] WAIT = {"Prefer", "wait=30"};

    /** One copy for all platforms of this JVM, with the classes that the first of them kept. */
    private static final RunningCode CODE = RunningCode.copy(TestServers.newHome("code"));

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final Home kafkaHome = TestServers.newHome("kafka");
    private final KafkaBroker kafka = TestServers.newKafka(kafkaHome);
    // A database that does not wait for the disk may forget what it has acknowledged when it is killed.
    private final Home databaseHome = TestServers.newHome("postgres");
    private final DatabaseServer database = TestServers.newPostgres(databaseHome, Durability.ON_DISK);
    private final Home home = TestServers.newHome("control-plane");
    private final @Nullable KeycloakServer keycloak;
    private final boolean withPipelines;
    private volatile ControlPlaneChild plane;

    private KillablePlatform(boolean withKeycloak, boolean withPipelines) {
        this.withPipelines = withPipelines;
        keycloak = withKeycloak
                ? new KeycloakServer(
                        home,
                        TestServers.freePort(),
                        database.apart(KeycloakServer.NAME, KeycloakServer.EVENT_TABLES),
                        8080,
                        256,
                        false)
                : null;
        plane = child("control-plane");
        database.start();
        kafka.start();
        if (keycloak != null) {
            keycloak.start();
        }
    }

    /** Operator token, personal tokens, grants and policies; nobody logs in. */
    static KillablePlatform withoutKeycloak() {
        return new KillablePlatform(false, false);
    }

    static KillablePlatform withKeycloak() {
        return new KillablePlatform(true, false);
    }

    /** As without Keycloak; the process that pipelines share may be killed too. */
    static KillablePlatform withPipelines() {
        return new KillablePlatform(false, true);
    }

    /** One more control plane on the same servers; close it yourself. */
    ControlPlaneChild child(String name) {
        return new ControlPlaneChild(
                home,
                name,
                TestServers.freePort(),
                kafka,
                database,
                TestServers.objectStore(),
                CODE,
                keycloak == null ? Map.of() : identity(keycloak));
    }

    private Map<String, String> identity(KeycloakServer provider) {
        // Made here, for the control plane reads it before Keycloak has started.
        provider.platformSecret();
        return Map.of(
                "FJORD_OIDC_ISSUER",
                provider.issuer(),
                "FJORD_KEYCLOAK",
                "http://127.0.0.1:" + provider.port(),
                "FJORD_KEYCLOAK_SECRET_FILE",
                home.secretFile("keycloak-fjord-platform").toString(),
                "FJORD_KEYCLOAK_DATABASE_CDC",
                database.cdcAddress().withDatabase(KeycloakServer.NAME).url());
    }

    /** Whom a test may kill. */
    List<Victim> victims() {
        return Stream.of(Victim.values())
                .filter(victim -> victim != Victim.KEYCLOAK || keycloak != null)
                .filter(victim -> victim != Victim.PIPELINES || withPipelines)
                .toList();
    }

    KafkaBroker kafka() {
        return kafka;
    }

    KeycloakServer keycloak() {
        return Objects.requireNonNull(keycloak, "This platform has no Keycloak");
    }

    DatabaseServer database() {
        return database;
    }

    /** Where the database keeps its data; copy it only while it is stopped. */
    Path databaseFolder() {
        return databaseHome.data("postgres");
    }

    /** Where the broker keeps its data. */
    Path kafkaFolder() {
        return kafkaHome.data("kafka");
    }

    ControlPlaneChild plane() {
        return plane;
    }

    /** The process that pipelines share, if it runs. */
    List<ProcessHandle> pipelineDrivers() {
        return new Drivers(plane.pipelines()).alive();
    }

    /** The one that clients turn to from now on. */
    void turnTo(ControlPlaneChild other) {
        plane = other;
    }

    /** Starts the control plane; returns when it is ready. */
    void start(String services) {
        plane.with(services, null, 0).start();
    }

    /**
     * Starts the control plane, makes those who are to call it, and stops it again; it keeps its classes, so that the many
     * starts to come take half as long.
     */
    List<Caller> introduce(String services) {
        plane.with(services, null, 0).archiving().start();
        List<Caller> callers = new ArrayList<>(List.of(operator()));
        made("/api/v1/service-accounts", "{\"name\":\"load\"}");
        admit("service-account:load");
        String token = made("/api/v1/service-accounts/load/tokens", "{\"label\":\"load\"}")
                .path("value")
                .asText();
        callers.add(new Caller("service-account:load", () -> token));
        if (keycloak != null) {
            admit(KeycloakLogin.ACTOR);
            callers.add(new Caller(KeycloakLogin.ACTOR, new KeycloakLogin(keycloak)));
        }
        for (Caller caller : callers) {
            await(caller.actor() + " is let in")
                    .atMost(PATIENCE)
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .until(() ->
                            as(caller, "GET", "/api/v1/clusters/nobody", null).status() == 404);
        }
        plane.stop();
        return callers;
    }

    Caller operator() {
        return new Caller("user:operator", () -> plane.token());
    }

    private void admit(String actor) {
        made(
                "/api/v1/grants?domain=platform",
                "{\"subject\":\"" + actor + "\",\"role\":\"platform-admin\",\"resources\":[\"*/*/*\"]}");
    }

    private JsonNode made(String path, String body) {
        try {
            Answer answer = call("POST", path, body, WAIT);
            assertThat(answer.status())
                    .as(path + " " + answer.body().path("detail"))
                    .isEqualTo(201);
            return answer.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Starts the control plane so that it dies at that point, which may be before it is ready. */
    void startToDie(String services, CrashPoint point, int nth) {
        try {
            plane.with(services, point, nth).start();
        } catch (ServerFailed e) {
            if (plane.isRunning() || plane.exit().join() != KILLED) {
                throw e;
            }
        }
    }

    /** Waits until the control plane has died where it was told to. */
    void awaitDeath() {
        try {
            assertThat(plane.exit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("exit code of the control plane; its log is " + plane.log())
                    .isEqualTo(KILLED);
        } catch (TimeoutException e) {
            throw new AssertionError("The control plane never came to where it should die", e);
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    // Calls

    /** An answer: its status, headers, and body as JSON. */
    record Answer(int status, HttpResponse<String> response, JsonNode body) {
        @Nullable
        String header(String name) {
            return response.headers().firstValue(name).orElse(null);
        }
    }

    /** @param headers names and values in turn */
    Answer as(Caller caller, String method, String path, @Nullable String body, String... headers)
            throws IOException, InterruptedException {
        String[] all = Arrays.copyOf(headers, headers.length + 2);
        all[headers.length] = "Authorization";
        all[headers.length + 1] = "Bearer " + caller.credential().token();
        return call(method, path, body, all);
    }

    /** As the operator. */
    Answer call(String method, String path, @Nullable String body, String... headers)
            throws IOException, InterruptedException {
        ControlPlaneChild at = plane;
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + at.port() + path))
                // Longer than any wait asked for.
                .timeout(Duration.ofSeconds(25))
                .header("Authorization", "Bearer " + at.token())
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        String text = response.body();
        boolean json = response.headers().firstValue("Content-Type").orElse("").contains("json");
        return new Answer(
                response.statusCode(), response, Json.MAPPER.readTree(json && !text.isEmpty() ? text : "null"));
    }

    /** A file as it is; null if there is none. */
    byte @Nullable [] bytes(String path) throws IOException {
        ControlPlaneChild at = plane;
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + at.port() + path))
                .timeout(Duration.ofSeconds(25))
                .header("Authorization", "Bearer " + at.token())
                .build();
        try {
            HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
            if (response.statusCode() != 200 && response.statusCode() != 404) {
                throw new IOException(path + " was answered with " + response.statusCode());
            }
            return response.statusCode() == 200 ? response.body() : null;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Reads what must be there; a control plane that is not well yet is asked again. */
    JsonNode read(String path, String... headers) {
        return answer(path, headers).body();
    }

    Answer answer(String path, String... headers) {
        return await("GET " + path)
                .atMost(PATIENCE)
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> call("GET", path, null, headers), answer -> answer.status() == 200);
    }

    @Override
    public void close() {
        plane.kill();
        pipelineDrivers().forEach(ProcessHandle::destroyForcibly);
        if (keycloak != null) {
            keycloak.kill();
        }
        kafka.kill();
        database.close();
        // Others of this JVM have their files there too.
        TestServers.objectStore().start();
    }
}
