package io.fjord.core.secret;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.contract.core.secret.SecretReference;
import io.fjord.core.secret.SecretStores.KubernetesSettings;
import io.fjord.kernel.SecretValue;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Secrets of Kubernetes, read as our service account. One is a domain's if it says so itself, in the label
 * {@code fjord.io/domain}: else who may create a secret in one domain could refer to all that our account can read.
 */
final class KubernetesSecrets {

    static final String DOMAIN = "fjord.io/domain";

    private static final Logger log = LoggerFactory.getLogger(KubernetesSecrets.class);

    private static final long TIMEOUT_MILLIS = 5_000;
    private static final Duration SOON = Duration.ofSeconds(5);

    private final Vertx vertx;
    private final KubernetesSettings settings;
    private final WebClient client;

    KubernetesSecrets(Vertx vertx, KubernetesSettings settings) {
        this.vertx = vertx;
        this.settings = settings;
        WebClientOptions options = new WebClientOptions()
                .setName("kubernetes")
                .setUserAgent("fjord")
                .setFollowRedirects(false)
                .setConnectTimeout((int) TIMEOUT_MILLIS);
        if (settings.authorities() != null) {
            options.setTrustOptions(
                    new PemTrustOptions().addCertPath(settings.authorities().toString()));
        }
        this.client = WebClient.create(vertx, options);
    }

    void close() {
        client.close();
    }

    Future<SecretValue> read(String domain, SecretReference.Kubernetes reference) {
        return vertx.fileSystem()
                .readFile(settings.token().toString())
                .compose(token -> client.getAbs(settings.address() + "/api/v1/namespaces/" + reference.namespace()
                                + "/secrets/" + reference.name())
                        .timeout(TIMEOUT_MILLIS)
                        .putHeader("Accept", "application/json")
                        .bearerTokenAuthentication(
                                token.toString(StandardCharsets.UTF_8).strip())
                        .send())
                .recover(failure -> {
                    log.atWarn()
                            .addKeyValue("failure", failure.getClass().getSimpleName())
                            .log("The Kubernetes API does not answer");
                    return Future.failedFuture(
                            SecretProblems.storeUnavailable("The Kubernetes API does not answer", SOON));
                })
                .compose(answer -> answered(domain, reference, answer));
    }

    private static Future<SecretValue> answered(
            String domain, SecretReference.Kubernetes reference, HttpResponse<Buffer> answer) {
        String what = "The Kubernetes secret '" + reference.namespace() + "/" + reference.name() + "'";
        return switch (answer.statusCode()) {
            case 200 -> field(domain, json(answer), reference, what);
            case 404 -> Future.failedFuture(SecretProblems.referenceNotFound(what + " is not there"));
            case 400, 401, 403 ->
                Future.failedFuture(
                        SecretProblems.referenceDenied(what + " may not be read by Fjord (status " + answer.statusCode()
                                + "). Bind a role that allows 'get' on it to the service account of core."));
            default ->
                Future.failedFuture(SecretProblems.storeUnavailable(
                        "The Kubernetes API answers with status " + answer.statusCode(), SOON));
        };
    }

    private static Future<SecretValue> field(
            String domain, JsonNode secret, SecretReference.Kubernetes reference, String what) {
        String of = secret.path("metadata").path("labels").path(DOMAIN).asText();
        if (!of.equals(domain)) {
            return Future.failedFuture(SecretProblems.referenceDenied(what + " is not for domain '" + domain
                    + "'. Whoever owns it allows it with the label " + DOMAIN + "=" + domain + "."));
        }
        JsonNode value = secret.path("data").path(reference.key());
        if (!value.isTextual()) {
            return Future.failedFuture(
                    SecretProblems.referenceNotFound(what + " has no field '" + reference.key() + "'"));
        }
        try {
            return Future.succeededFuture(
                    SecretValue.of(new String(Base64.getDecoder().decode(value.textValue()), StandardCharsets.UTF_8)));
        } catch (IllegalArgumentException e) {
            return Future.failedFuture(
                    SecretProblems.storeUnavailable("The Kubernetes API answers with what is no base64", SOON));
        }
    }

    private static JsonNode json(HttpResponse<Buffer> answer) {
        try {
            Buffer body = answer.body();
            return body == null ? Json.MAPPER.missingNode() : Json.MAPPER.readTree(body.getBytes());
        } catch (IOException e) {
            return Json.MAPPER.missingNode();
        }
    }
}
