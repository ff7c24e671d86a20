package io.fjord.core.secret;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.contract.core.secret.SecretReference;
import io.fjord.core.secret.SecretStores.Login;
import io.fjord.core.secret.SecretStores.VaultSettings;
import io.fjord.kernel.SecretValue;
import io.fjord.platform.http.ProblemException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HashiCorp Vault, or OpenBao, over its HTTP API: reads single fields of a key-value engine, version 2, and keeps the token it
 * reads with alive. What Vault says beside status codes is not passed on: it may repeat what was asked.
 */
final class HashiCorpVault {

    private static final Logger log = LoggerFactory.getLogger(HashiCorpVault.class);

    private static final long TIMEOUT_MILLIS = 5_000;
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration WHEN_UNSEALED = Duration.ofSeconds(30);

    private final Vertx vertx;
    private final VaultSettings settings;
    private final WebClient client;

    /** Of the token in use, or on its way; null before the first. */
    private volatile @Nullable Future<String> token;

    private volatile long timer = -1;

    HashiCorpVault(Vertx vertx, VaultSettings settings) {
        this.vertx = vertx;
        this.settings = settings;
        WebClientOptions options = new WebClientOptions()
                .setName("vault")
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
        vertx.cancelTimer(timer);
        client.close();
    }

    /** Whether the path is one that a secret of that domain may refer to. */
    boolean belongsTo(String domain, SecretReference.Vault reference) {
        return reference.path().startsWith(prefix(domain))
                && reference.path().length() > prefix(domain).length();
    }

    String prefix(String domain) {
        return settings.prefix().replace("{domain}", domain);
    }

    Future<SecretValue> read(SecretReference.Vault reference) {
        return read(reference, true);
    }

    private Future<SecretValue> read(SecretReference.Vault reference, boolean loginAgain) {
        String where = "/v1/" + encoded(reference.mount()) + "/data/" + encoded(reference.path())
                + (reference.version() == null ? "" : "?version=" + reference.version());
        Future<String> with = token();
        return with.compose(known -> send(HttpMethod.GET, where, known, null)).compose(answer -> {
            if (answer.statusCode() == 403 && loginAgain && settings.login() != Login.TOKEN) {
                // The token may have been revoked, or have run out unseen.
                forget(with);
                return read(reference, false);
            }
            return answered(reference, answer);
        });
    }

    private static Future<SecretValue> answered(SecretReference.Vault reference, HttpResponse<Buffer> answer) {
        String what = "Vault's secret '" + reference.mount() + "/" + reference.path() + "'";
        return switch (answer.statusCode()) {
            case 200 -> field(json(answer).path("data").path("data"), reference, what);
            case 404 ->
                Future.failedFuture(SecretProblems.referenceNotFound(
                        what + (reference.version() == null ? "" : ", version " + reference.version() + ",")
                                + " is not there, or was deleted; its engine must be key-value, version 2"));
            case 400, 401, 403, 405 ->
                Future.failedFuture(SecretProblems.referenceDenied("Vault does not let Fjord read '" + reference.mount()
                        + "/" + reference.path() + "' (status " + answer.statusCode()
                        + "). Have a Vault policy allow 'read' on '" + reference.mount() + "/data/" + reference.path()
                        + "' to the role Fjord logs in with."));
            default -> Future.failedFuture(unavailable(answer));
        };
    }

    private static Future<SecretValue> field(JsonNode fields, SecretReference.Vault reference, String what) {
        JsonNode value = fields.path(reference.key());
        if (value.isMissingNode() || value.isNull()) {
            return Future.failedFuture(
                    SecretProblems.referenceNotFound(what + " has no field '" + reference.key() + "'"));
        }
        return Future.succeededFuture(SecretValue.of(value.isContainerNode() ? value.toString() : value.asText()));
    }

    /** Sealed, standing by, out of breath: all of that passes. */
    private static ProblemException unavailable(HttpResponse<Buffer> answer) {
        int status = answer.statusCode();
        String seconds = answer.getHeader("Retry-After");
        Duration wait = seconds != null && seconds.matches("[0-9]{1,4}")
                ? Duration.ofSeconds(Long.parseLong(seconds))
                : status == 503 ? WHEN_UNSEALED : SOON;
        String why = switch (status) {
            case 412 -> "Vault has not caught up with itself yet";
            case 429 -> "Vault stands by or takes no more requests for now";
            case 472 -> "This Vault is a secondary for disaster recovery and serves nobody";
            case 473 -> "This Vault stands by";
            case 501 -> "Vault is not initialized";
            case 503 -> "Vault is sealed or in maintenance; somebody must unseal it";
            default -> "Vault answers with status " + status;
        };
        return SecretProblems.storeUnavailable(why, wait);
    }

    // The token

    private synchronized Future<String> token() {
        Future<String> known = token;
        if (known == null || known.failed()) {
            known = settings.login() == Login.TOKEN ? given() : login();
            token = known;
        }
        return known;
    }

    private synchronized void forget(@Nullable Future<String> old) {
        if (old == token) {
            token = null;
        }
    }

    private Future<String> proof() {
        return vertx.fileSystem()
                .readFile(settings.proof().toString())
                .map(text -> text.toString(StandardCharsets.UTF_8).strip())
                .recover(failure -> {
                    log.atError().setCause(failure).log("What Fjord proves itself to Vault with cannot be read");
                    return Future.failedFuture(SecretProblems.storeUnavailable(
                            "Fjord cannot log in to Vault: the file with its credential cannot be read", SOON));
                });
    }

    /** As it is given, renewed as long as Vault allows it. */
    private Future<String> given() {
        return proof().compose(text -> send(HttpMethod.GET, "/v1/auth/token/lookup-self", text, null)
                .compose(answer -> {
                    if (answer.statusCode() == 200) {
                        JsonNode data = json(answer).path("data");
                        keepAlive(
                                text,
                                data.path("ttl").asLong(),
                                data.path("renewable").asBoolean());
                        return Future.succeededFuture(text);
                    }
                    // A token that may not even look at itself can still read.
                    return answer.statusCode() == 403
                            ? Future.succeededFuture(text)
                            : Future.failedFuture(unavailable(answer));
                }));
    }

    private Future<String> login() {
        return proof().compose(secret -> {
                    JsonObject body = settings.login() == Login.APPROLE
                            ? new JsonObject().put("role_id", settings.role()).put("secret_id", secret)
                            : new JsonObject().put("role", settings.role()).put("jwt", secret);
                    return send(HttpMethod.POST, "/v1/auth/" + encoded(settings.mount()) + "/login", null, body);
                })
                .compose(answer -> {
                    int status = answer.statusCode();
                    if (status != 200) {
                        return Future.failedFuture(
                                status == 400 || status == 401 || status == 403 || status == 404
                                        ? SecretProblems.referenceDenied("Vault does not let Fjord log in (status "
                                                + status
                                                + "). Have the platform's operator look at FJORD_VAULT_ROLE and"
                                                + " its credential.")
                                        : unavailable(answer));
                    }
                    JsonNode auth = json(answer).path("auth");
                    String fresh = auth.path("client_token").asText();
                    keepAlive(
                            fresh,
                            auth.path("lease_duration").asLong(),
                            auth.path("renewable").asBoolean());
                    return Future.succeededFuture(fresh);
                });
    }

    /** @param seconds it lives for; 0 for ever */
    private void keepAlive(String living, long seconds, boolean renewable) {
        vertx.cancelTimer(timer);
        if (seconds > 0) {
            timer = vertx.setTimer(Math.max(1_000, seconds * 1_000 * 2 / 3), id -> renew(living, renewable));
        }
    }

    private void renew(String living, boolean renewable) {
        Future<String> old = token;
        Future<Boolean> renewed = renewable
                ? send(HttpMethod.POST, "/v1/auth/token/renew-self", living, new JsonObject())
                        .map(answer -> {
                            JsonNode auth = json(answer).path("auth");
                            long seconds = auth.path("lease_duration").asLong();
                            if (answer.statusCode() != 200 || seconds <= 0) {
                                return false;
                            }
                            keepAlive(living, seconds, auth.path("renewable").asBoolean());
                            return true;
                        })
                : Future.succeededFuture(false);
        renewed.onComplete(done -> {
            if (done.failed() || !done.result()) {
                forget(old);
                if (settings.login() == Login.TOKEN) {
                    log.atWarn()
                            .log("The token for Vault could not be renewed and will run out; give Fjord another one");
                }
            }
        });
    }

    // The wire

    private Future<HttpResponse<Buffer>> send(
            HttpMethod method, String path, @Nullable String with, @Nullable JsonObject body) {
        return send(method, settings.address(), path, with, body).compose(answer -> {
            String elsewhere = answer.getHeader("Location");
            if (answer.statusCode() != 307 || elsewhere == null) {
                return Future.succeededFuture(answer);
            }
            // A standby sends us to the active one; never from https to a line everybody reads.
            URI active = URI.create(elsewhere);
            return Objects.equals(active.getScheme(), settings.address().getScheme())
                    ? send(method, URI.create(active.getScheme() + "://" + active.getRawAuthority()), path, with, body)
                    : Future.succeededFuture(answer);
        });
    }

    private Future<HttpResponse<Buffer>> send(
            HttpMethod method, URI to, String path, @Nullable String with, @Nullable JsonObject body) {
        HttpRequest<Buffer> request = client.requestAbs(method, to + path)
                .timeout(TIMEOUT_MILLIS)
                // Vault's own agent demands it, against requests that a browser or a proxy was talked into.
                .putHeader("X-Vault-Request", "true");
        if (with != null) {
            request.putHeader("X-Vault-Token", with);
        }
        if (!settings.namespace().isBlank()) {
            request.putHeader("X-Vault-Namespace", settings.namespace());
        }
        return (body == null ? request.send() : request.sendJsonObject(body)).recover(failure -> {
            log.atWarn()
                    .addKeyValue("failure", failure.getClass().getSimpleName())
                    .log("Vault does not answer");
            return Future.failedFuture(SecretProblems.storeUnavailable("Vault does not answer", SOON));
        });
    }

    private static JsonNode json(HttpResponse<Buffer> answer) {
        try {
            Buffer body = answer.body();
            return body == null ? Json.MAPPER.missingNode() : Json.MAPPER.readTree(body.getBytes());
        } catch (IOException e) {
            return Json.MAPPER.missingNode();
        }
    }

    private static String encoded(String path) {
        return Arrays.stream(path.split("/"))
                .map(part -> URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
    }
}
