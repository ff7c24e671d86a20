package io.fjord.platform.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import io.fjord.codec.Json;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The public keys of an issuer, kept: asked for anew when a token names one that is not among them, and every so often, so that
 * one taken back is noticed. While the issuer does not answer, those that are known go on counting.
 */
final class IssuerKeys {

    private static final Logger log = LoggerFactory.getLogger(IssuerKeys.class);

    /** Tokens with made-up keys must not become a flood at the issuer. */
    private static final Duration AT_MOST_EVERY = Duration.ofSeconds(5);

    private static final Duration FRESH = Duration.ofMinutes(10);
    private static final long TIMEOUT_MILLIS = 3_000;
    private static final int LARGEST = 1 << 20;

    private final OidcTokens.Settings settings;
    private final Clock clock;
    private final WebClient client;

    private volatile Keys keys = new Keys(List.of());
    private volatile Instant askedAt = Instant.EPOCH;
    private volatile boolean answered;
    private @Nullable Future<Void> asking;

    private record Keys(List<JWK> all, Set<String> fingerprints) {
        Keys(List<JWK> all) {
            this(all, Set.copyOf(all.stream().map(IssuerKeys::fingerprint).toList()));
        }
    }

    IssuerKeys(Vertx vertx, OidcTokens.Settings settings, Clock clock) {
        this.settings = settings;
        this.clock = clock;
        this.client = WebClient.create(
                vertx,
                new WebClientOptions()
                        .setConnectTimeout((int) TIMEOUT_MILLIS)
                        .setFollowRedirects(false)
                        .setName("issuer-keys"));
    }

    /** Whether the issuer still has it, as far as is known. */
    boolean has(String fingerprint) {
        refreshIfOld();
        return keys.fingerprints().contains(fingerprint);
    }

    /**
     * Those a token with this header can be signed with; none if the issuer has no such key.
     *
     * @return fails with 503 if the issuer would have to be asked and does not answer
     */
    Future<List<JWK>> of(JWSHeader header) {
        List<JWK> found = among(header);
        if (!found.isEmpty()) {
            refreshIfOld();
            return Future.succeededFuture(found);
        }
        if (clock.instant().isBefore(askedAt.plus(AT_MOST_EVERY))) {
            Future<Void> underWay = underWay();
            return underWay != null ? underWay.transform(done -> afterAsking(header)) : afterAsking(header);
        }
        return ask().transform(done -> afterAsking(header));
    }

    private Future<List<JWK>> afterAsking(JWSHeader header) {
        List<JWK> found = among(header);
        return !found.isEmpty() || answered
                ? Future.succeededFuture(found)
                : Future.failedFuture(HttpProblems.issuerUnreachable(settings.issuer()));
    }

    private List<JWK> among(JWSHeader header) {
        return new JWKSelector(JWKMatcher.forJWSHeader(header)).select(new JWKSet(keys.all()));
    }

    private void refreshIfOld() {
        if (clock.instant().isAfter(askedAt.plus(FRESH))) {
            ask().onFailure(failure -> {});
        }
    }

    private synchronized @Nullable Future<Void> underWay() {
        return asking;
    }

    /** Once, however many want it at the same time. */
    private synchronized Future<Void> ask() {
        Future<Void> underWay = asking;
        if (underWay != null) {
            return underWay;
        }
        askedAt = clock.instant();
        Future<Void> now = address().compose(this::fetch).onComplete(done -> {
            synchronized (this) {
                asking = null;
            }
            answered = done.succeeded();
            if (done.failed()) {
                log.atWarn()
                        .addKeyValue("issuer", settings.issuer())
                        .addKeyValue("cause", String.valueOf(done.cause().getMessage()))
                        .log("The issuer's keys cannot be had; those known go on counting");
            }
        });
        if (!now.isComplete()) {
            asking = now;
        }
        return now;
    }

    private Future<String> address() {
        if (!settings.keysAddress().isBlank()) {
            return Future.succeededFuture(settings.keysAddress());
        }
        // OpenID Connect Discovery 1.0, section 4: without the issuer's last slash.
        String issuer = settings.issuer();
        String base = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
        return get(base + "/.well-known/openid-configuration").map(body -> {
            JsonNode document = Json.read(body.toString(), JsonNode.class);
            if (!issuer.equals(document.path("issuer").asText())) {
                throw new IllegalStateException("The discovery document is that of another issuer, "
                        + document.path("issuer").asText());
            }
            return document.path("jwks_uri").asText();
        });
    }

    private Future<Void> fetch(String address) {
        return get(address).map(body -> {
            try {
                List<JWK> found = JWKSet.parse(body.toString()).getKeys().stream()
                        .filter(key -> !key.isPrivate())
                        .toList();
                if (found.isEmpty()) {
                    throw new IllegalStateException("There is no public key at " + address);
                }
                keys = new Keys(found);
                return null;
            } catch (ParseException e) {
                throw new IllegalStateException("What is at " + address + " is no key set", e);
            }
        });
    }

    private Future<Buffer> get(String address) {
        return client.getAbs(address).timeout(TIMEOUT_MILLIS).send().map(IssuerKeys::body);
    }

    private static Buffer body(HttpResponse<Buffer> response) {
        Buffer body = response.body();
        if (response.statusCode() != 200 || body == null || body.length() > LARGEST) {
            throw new IllegalStateException("It answered with status " + response.statusCode());
        }
        return body;
    }

    /** The same for the same key under the same name. */
    static String fingerprint(JWK key) {
        try {
            return key.getKeyID() + " " + key.computeThumbprint();
        } catch (JOSEException e) {
            throw new IllegalStateException("A key that has no thumbprint (RFC 7638)", e);
        }
    }
}
