package io.fjord.launcher.kill;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.embedded.KeycloakServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;

/** The platform's own client at Keycloak: logs in again before its token runs out, and keeps it while nobody answers there. */
final class KeycloakLogin implements Caller.Credential {

    static final String ACTOR = "service-account:fjord-platform";

    /** Often, so that logins meet dead servers. */
    private static final Duration RENEWED_AFTER = Duration.ofSeconds(20);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final KeycloakServer keycloak;
    private String token = "";
    private Instant renewAt = Instant.MIN;
    private Instant expiresAt = Instant.MIN;

    KeycloakLogin(KeycloakServer keycloak) {
        this.keycloak = keycloak;
    }

    @Override
    public synchronized String token() throws IOException, InterruptedException {
        if (Instant.now().isAfter(renewAt)) {
            try {
                login();
            } catch (IOException e) {
                if (Instant.now().isAfter(expiresAt)) {
                    throw e;
                }
                // The one at hand still counts: Keycloak is not asked about it.
            }
        }
        return token;
    }

    private void login() throws IOException, InterruptedException {
        String form =
                "grant_type=client_credentials&client_id=fjord-platform&client_secret=" + keycloak.platformSecret();
        HttpRequest request = HttpRequest.newBuilder(URI.create(keycloak.issuer() + "/protocol/openid-connect/token"))
                .timeout(Duration.ofSeconds(10))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form))
                .build();
        HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException("Keycloak answered " + answer.statusCode());
        }
        JsonNode body = Json.MAPPER.readTree(answer.body());
        Instant now = Instant.now();
        token = body.path("access_token").asText();
        renewAt = now.plus(RENEWED_AFTER);
        expiresAt = now.plusSeconds(body.path("expires_in").asLong()).minusSeconds(5);
    }
}
