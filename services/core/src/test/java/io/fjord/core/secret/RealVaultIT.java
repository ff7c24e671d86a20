package io.fjord.core.secret;

import static io.fjord.core.secret.HashiCorpVaultTest.get;
import static io.fjord.core.secret.HashiCorpVaultTest.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fjord.contract.core.secret.SecretReference;
import io.fjord.core.secret.SecretStores.Login;
import io.fjord.core.secret.SecretStores.VaultSettings;
import io.fjord.platform.http.ProblemException;
import io.fjord.testing.TestServers;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A real Vault or OpenBao, where a program {@code vault} or {@code bao} is on the path; skipped elsewhere. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RealVaultIT {

    private static final String ROOT = "fjord-root";

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    static Path folder;

    private @Nullable Process process;
    private URI address;

    @BeforeAll
    void start() throws Exception {
        Optional<Path> program = program();
        assumeTrue(program.isPresent(), "no program 'vault' or 'bao' on the path");
        int port = TestServers.freePort();
        address = URI.create("http://127.0.0.1:" + port);
        process = new ProcessBuilder(
                        program.get().toString(),
                        "server",
                        "-dev",
                        "-dev-no-store-token",
                        "-dev-root-token-id=" + ROOT,
                        "-dev-listen-address=127.0.0.1:" + port)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("vault.log").toFile())
                .start();
        await().atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> call("GET", "/v1/sys/health", null).statusCode() == 200);
        for (String password : List.of("first", "canary")) {
            call(
                    "POST",
                    "/v1/secret/data/default/orders",
                    new JsonObject().put("data", new JsonObject().put("password", password)));
        }
    }

    @AfterAll
    void stop() throws InterruptedException {
        if (process != null) {
            process.destroy();
            process.waitFor();
        }
        get(vertx.close());
    }

    private static Optional<Path> program() {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .flatMap(at -> Stream.of(Path.of(at, "vault"), Path.of(at, "bao")))
                .filter(Files::isExecutable)
                .findFirst();
    }

    @Test
    @Order(1)
    void fields_and_versions_are_read_and_what_is_not_there_is_said() throws IOException {
        HashiCorpVault vault = vault(Login.TOKEN, "", ROOT);

        assertThat(get(vault.read(reference("default/orders", null))).reveal()).isEqualTo("canary");
        assertThat(get(vault.read(reference("default/orders", 1))).reveal()).isEqualTo("first");
        assertThat(slug(vault, reference("default/nothing", null))).isEqualTo("secret-reference-not-found");
        assertThat(slug(vault, reference("default/orders", 9))).isEqualTo("secret-reference-not-found");
        vault.close();
    }

    @Test
    @Order(2)
    void a_role_reads_what_its_policy_allows_and_comes_back_after_it_was_revoked() throws Exception {
        call("POST", "/v1/sys/auth/approle", new JsonObject().put("type", "approle"));
        call(
                "PUT",
                "/v1/sys/policies/acl/fjord",
                new JsonObject().put("policy", "path \"secret/data/default/*\" { capabilities = [\"read\"] }"));
        call(
                "POST",
                "/v1/auth/approle/role/fjord",
                new JsonObject()
                        .put("token_policies", "fjord")
                        .put("token_ttl", "2s")
                        .put("token_max_ttl", "10m"));
        String role = data("GET", "/v1/auth/approle/role/fjord/role-id", null).getString("role_id");
        String secret = data("POST", "/v1/auth/approle/role/fjord/secret-id", new JsonObject())
                .getString("secret_id");
        HashiCorpVault vault = vault(Login.APPROLE, role, secret);

        assertThat(get(vault.read(reference("default/orders", null))).reveal()).isEqualTo("canary");
        assertThat(slug(vault, reference("finance/orders", null))).isEqualTo("secret-reference-denied");

        call("PUT", "/v1/sys/leases/revoke-prefix/auth/approle", new JsonObject());
        assertThat(get(vault.read(reference("default/orders", null))).reveal()).isEqualTo("canary");
        vault.close();
    }

    @Test
    @Order(3)
    void a_sealed_vault_is_waited_for() throws Exception {
        HashiCorpVault vault = vault(Login.TOKEN, "", ROOT);
        get(vault.read(reference("default/orders", null)));
        call("PUT", "/v1/sys/seal", new JsonObject());

        ProblemException problem = refused(vault.read(reference("default/orders", null)));

        assertThat(problem.problem().slug()).isEqualTo("secret-store-unavailable");
        assertThat(problem.problem().detail()).contains("sealed");
        assertThat(problem.headers()).containsKey("Retry-After");
        vault.close();
    }

    // Steps

    private static SecretReference.Vault reference(String path, @Nullable Integer version) {
        return new SecretReference.Vault("secret", path, "password", version);
    }

    private static String slug(HashiCorpVault vault, SecretReference.Vault reference) {
        return refused(vault.read(reference)).problem().slug();
    }

    private HashiCorpVault vault(Login login, String role, String proof) throws IOException {
        Path file = Files.writeString(folder.resolve(login + "-proof"), proof);
        return new HashiCorpVault(
                vertx, new VaultSettings(address, "", login, "approle", role, file, null, "{domain}/"));
    }

    private JsonObject data(String method, String path, @Nullable JsonObject body) throws Exception {
        return new JsonObject(call(method, path, body).body()).getJsonObject("data");
    }

    private HttpResponse<String> call(String method, String path, @Nullable JsonObject body)
            throws IOException, InterruptedException {
        HttpRequest.BodyPublisher sent =
                body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body.encode());
        return http.send(
                HttpRequest.newBuilder(address.resolve(path))
                        .header("X-Vault-Token", ROOT)
                        .method(method, sent)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
