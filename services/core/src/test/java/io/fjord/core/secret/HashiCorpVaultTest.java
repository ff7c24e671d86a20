package io.fjord.core.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.fjord.contract.core.secret.SecretReference;
import io.fjord.core.secret.SecretStores.Login;
import io.fjord.core.secret.SecretStores.VaultSettings;
import io.fjord.platform.http.ProblemException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What we make of the answers Vault's documentation tells of; a real Vault is asked in {@link RealVaultIT}. */
class HashiCorpVaultTest {

    private static final String FOUND = """
        {"data": {"data": {"password": "canary", "port": 5432}, "metadata": {"version": 3, "destroyed": false}}}\
        """;
    private static final SecretReference.Vault REFERENCE =
            new SecretReference.Vault("secret", "default/orders", "password", null);

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final AtomicReference<Consumer<HttpServerRequest>> answers = new AtomicReference<>();
    private HttpServer server;
    private @Nullable HashiCorpVault vault;

    @BeforeEach
    void listen() {
        server = get(vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> {
                    asked.add(request.method() + " " + request.uri() + " " + request.getHeader("X-Vault-Token") + " "
                            + request.getHeader("X-Vault-Namespace") + " " + body);
                    answers.get().accept(request);
                }))
                .listen(0, "127.0.0.1"));
        answer(200, FOUND);
    }

    @AfterEach
    void close() {
        if (vault != null) {
            vault.close();
        }
        get(vertx.close());
    }

    @Test
    void a_field_is_read_with_the_token_of_the_file() throws IOException {
        assertThat(get(token("").read(REFERENCE)).reveal()).isEqualTo("canary");

        assertThat(asked)
                .containsExactly(
                        "GET /v1/auth/token/lookup-self s.file null ",
                        "GET /v1/secret/data/default/orders s.file null ");
    }

    @Test
    void a_version_and_a_namespace_are_asked_for() throws IOException {
        HashiCorpVault asking = token("team-a");

        assertThat(get(asking.read(new SecretReference.Vault("kv/team", "a@b/c+d", "port", 2)))
                        .reveal())
                .isEqualTo("5432");

        assertThat(asked).last().isEqualTo("GET /v1/kv/team/data/a%40b/c%2Bd?version=2 s.file team-a ");
    }

    @Test
    void a_value_shows_itself_in_no_text() throws IOException {
        assertThat(get(token("").read(REFERENCE))).asString().doesNotContain("canary");
    }

    @ParameterizedTest
    @CsvSource({
        "400, secret-reference-denied, 422, ''",
        "403, secret-reference-denied, 422, ''",
        "404, secret-reference-not-found, 422, ''",
        "412, secret-store-unavailable, 503, 5",
        "429, secret-store-unavailable, 503, 5",
        "472, secret-store-unavailable, 503, 5",
        "473, secret-store-unavailable, 503, 5",
        "500, secret-store-unavailable, 503, 5",
        "501, secret-store-unavailable, 503, 5",
        "503, secret-store-unavailable, 503, 30"
    })
    void each_status_says_what_to_do(int status, String slug, int ours, String retryAfter) throws IOException {
        HashiCorpVault asking = token("");
        answer(status, "{\"errors\": [\"canary of Vault's own words\"]}");

        ProblemException problem = refused(asking.read(REFERENCE));

        assertThat(problem.problem().slug()).isEqualTo(slug);
        assertThat(problem.problem().status()).isEqualTo(ours);
        assertThat(problem.headers().getOrDefault("Retry-After", "")).isEqualTo(retryAfter);
        assertThat(problem.problem().detail()).doesNotContain("canary");
    }

    @Test
    void a_version_that_was_deleted_is_not_there() throws IOException {
        HashiCorpVault asking = token("");
        answer(404, "{\"data\": {\"data\": null, \"metadata\": {\"deletion_time\": \"2026-11-21T09:00:00Z\"}}}");

        assertThat(refused(asking.read(REFERENCE)).problem().slug()).isEqualTo("secret-reference-not-found");
    }

    @Test
    void a_field_that_is_missing_is_named() throws IOException {
        ProblemException problem =
                refused(token("").read(new SecretReference.Vault("secret", "default/orders", "passwort", null)));

        assertThat(problem.problem().slug()).isEqualTo("secret-reference-not-found");
        assertThat(problem.problem().detail()).contains("'passwort'").doesNotContain("canary");
    }

    @Test
    void a_vault_that_is_down_is_waited_for() throws IOException {
        HashiCorpVault asking = token("");
        get(server.close());

        ProblemException problem = refused(asking.read(REFERENCE));

        assertThat(problem.problem().slug()).isEqualTo("secret-store-unavailable");
        assertThat(problem.headers()).containsEntry("Retry-After", "5");
    }

    @Test
    void a_standby_shows_the_way_and_is_followed_once() throws IOException {
        HashiCorpVault asking = token("");
        answers.set(request -> {
            if (request.getHeader("Host").startsWith("127.0.0.1")) {
                request.response()
                        .setStatusCode(307)
                        .putHeader("Location", "http://localhost:" + server.actualPort() + request.uri())
                        .end();
            } else {
                request.response().end(FOUND);
            }
        });

        assertThat(get(asking.read(REFERENCE)).reveal()).isEqualTo("canary");
    }

    @Test
    void who_logs_in_with_a_role_does_so_once() throws IOException {
        HashiCorpVault asking = role(Login.APPROLE, 3600, true);

        assertThat(get(asking.read(REFERENCE)).reveal()).isEqualTo("canary");
        assertThat(get(asking.read(REFERENCE)).reveal()).isEqualTo("canary");

        assertThat(asked)
                .containsExactly(
                        "POST /v1/auth/approle/login null null {\"role_id\":\"fjord\",\"secret_id\":\"s.file\"}",
                        "GET /v1/secret/data/default/orders s.1 null ",
                        "GET /v1/secret/data/default/orders s.1 null ");
    }

    @Test
    void kubernetes_vouches_for_the_service_account() throws IOException {
        assertThat(get(role(Login.KUBERNETES, 3600, true).read(REFERENCE)).reveal())
                .isEqualTo("canary");

        assertThat(asked)
                .first()
                .isEqualTo("POST /v1/auth/approle/login null null {\"role\":\"fjord\",\"jwt\":\"s.file\"}");
    }

    @Test
    void a_token_that_was_revoked_is_replaced_by_a_new_login() throws IOException {
        HashiCorpVault asking = role(Login.APPROLE, 3600, true);
        get(asking.read(REFERENCE));
        Consumer<HttpServerRequest> before = answers.get();
        answers.set(request -> {
            if ("s.1".equals(request.getHeader("X-Vault-Token"))) {
                request.response().setStatusCode(403).end("{\"errors\": [\"permission denied\"]}");
            } else {
                before.accept(request);
            }
        });

        assertThat(get(asking.read(REFERENCE)).reveal()).isEqualTo("canary");
        assertThat(asked).last().asString().contains("s.2");
    }

    @Test
    void a_lease_is_renewed_before_it_ends() throws IOException {
        HashiCorpVault asking = role(Login.APPROLE, 1, true);
        get(asking.read(REFERENCE));

        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(
                        () -> assertThat(asked).anyMatch(one -> one.startsWith("POST /v1/auth/token/renew-self s.1")));
    }

    @Test
    void a_path_is_of_the_domain_it_begins_with() throws IOException {
        HashiCorpVault asking = token("");

        assertThat(asking.belongsTo("default", REFERENCE)).isTrue();
        assertThat(asking.belongsTo("finance", REFERENCE)).isFalse();
        assertThat(asking.belongsTo("def", REFERENCE)).isFalse();
    }

    // Steps

    private HashiCorpVault token(String namespace) throws IOException {
        return vault(Login.TOKEN, namespace);
    }

    /** Each login is given another token: s.1, s.2 … */
    private HashiCorpVault role(Login login, long seconds, boolean renewable) throws IOException {
        int[] logins = {0};
        answers.set(request -> {
            if (request.path().startsWith("/v1/auth/")) {
                logins[0] += request.path().endsWith("/login") ? 1 : 0;
                request.response()
                        .end("{\"auth\": {\"client_token\": \"s." + logins[0] + "\", \"lease_duration\": " + seconds
                                + ", \"renewable\": " + renewable + "}}");
            } else {
                request.response().end(FOUND);
            }
        });
        return vault(login, "");
    }

    private HashiCorpVault vault(Login login, String namespace) throws IOException {
        Path proof = Files.writeString(folder.resolve("proof"), "s.file\n");
        vault = new HashiCorpVault(
                vertx,
                new VaultSettings(
                        URI.create("http://127.0.0.1:" + server.actualPort()),
                        namespace,
                        login,
                        "approle",
                        "fjord",
                        proof,
                        null,
                        "{domain}/"));
        return vault;
    }

    /** To a read; a token may always look at itself. */
    private void answer(int status, String body) {
        answers.set(request -> {
            boolean self = request.path().endsWith("/lookup-self");
            request.response()
                    .setStatusCode(self ? 200 : status)
                    .end(self ? "{\"data\": {\"ttl\": 0, \"renewable\": false}}" : body);
        });
    }

    static <T> T get(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }

    static ProblemException refused(Future<?> future) {
        Throwable failure = catchThrowable(() -> get(future));
        assertThat(failure).isInstanceOf(CompletionException.class).hasCauseInstanceOf(ProblemException.class);
        return (ProblemException) failure.getCause();
    }
}
