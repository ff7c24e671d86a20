package io.fjord.core.secret;

import static io.fjord.core.secret.HashiCorpVaultTest.get;
import static io.fjord.core.secret.HashiCorpVaultTest.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.core.secret.SecretReference;
import io.fjord.core.secret.SecretStores.KubernetesSettings;
import io.fjord.platform.http.ProblemException;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What we make of the answers of the Kubernetes API, as its reference has them. */
class KubernetesSecretsTest {

    private static final SecretReference.Kubernetes REFERENCE =
            new SecretReference.Kubernetes("lakehouse", "orders", "password");

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private volatile int status = 200;
    private HttpServer server;
    private KubernetesSecrets secrets;

    @BeforeEach
    void listen() throws IOException {
        server = get(vertx.createHttpServer()
                .requestHandler(request -> {
                    asked.add(request.uri() + " " + request.getHeader("Authorization"));
                    request.response()
                            .setStatusCode(status)
                            .end(
                                    status == 200
                                            ? "{\"kind\": \"Secret\", \"metadata\": {\"labels\": {\"fjord.io/domain\":"
                                                    + " \"default\"}}, \"data\": {\"password\": \"Y2FuYXJ5\"}}"
                                            : "{\"kind\": \"Status\", \"message\": \"canary\"}");
                })
                .listen(0, "127.0.0.1"));
        Path token = Files.writeString(folder.resolve("token"), "jwt\n");
        secrets = new KubernetesSecrets(
                vertx, new KubernetesSettings(URI.create("http://127.0.0.1:" + server.actualPort()), token, null));
    }

    @AfterEach
    void close() {
        secrets.close();
        get(vertx.close());
    }

    @Test
    void a_field_is_read_as_the_service_account() {
        assertThat(get(secrets.read("default", REFERENCE)).reveal()).isEqualTo("canary");

        assertThat(asked).containsExactly("/api/v1/namespaces/lakehouse/secrets/orders Bearer jwt");
    }

    @Test
    void a_secret_without_the_label_of_the_domain_is_not_for_it() {
        ProblemException problem = refused(secrets.read("finance", REFERENCE));

        assertThat(problem.problem().slug()).isEqualTo("secret-reference-denied");
        assertThat(problem.problem().detail())
                .contains("fjord.io/domain=finance")
                .doesNotContain("canary");
    }

    @Test
    void a_field_that_is_missing_is_named() {
        ProblemException problem =
                refused(secrets.read("default", new SecretReference.Kubernetes("lakehouse", "orders", "pw")));

        assertThat(problem.problem().slug()).isEqualTo("secret-reference-not-found");
        assertThat(problem.problem().detail()).contains("'pw'");
    }

    @ParameterizedTest
    @CsvSource({
        "401, secret-reference-denied",
        "403, secret-reference-denied",
        "404, secret-reference-not-found",
        "429, secret-store-unavailable",
        "500, secret-store-unavailable",
        "503, secret-store-unavailable"
    })
    void each_status_says_what_to_do(int answered, String slug) {
        status = answered;

        ProblemException problem = refused(secrets.read("default", REFERENCE));

        assertThat(problem.problem().slug()).isEqualTo(slug);
        assertThat(problem.headers().containsKey("Retry-After")).isEqualTo(slug.equals("secret-store-unavailable"));
        assertThat(problem.problem().detail()).doesNotContain("canary");
    }

    @Test
    void an_api_that_is_down_is_waited_for() {
        get(server.close());

        assertThat(refused(secrets.read("default", REFERENCE)).problem().slug()).isEqualTo("secret-store-unavailable");
    }
}
