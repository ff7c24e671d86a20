package io.fjord.launcher.cli;

import io.fjord.embedded.Home;
import io.fjord.embedded.ServerFailed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Who is logged in with this home, and the tokens that prove it.
 *
 * @param refreshToken empty when the provider gave none
 */
record SavedLogin(
        String issuer, String clientId, String user, String accessToken, String refreshToken, Instant expiresAt) {

    /** A token that has less time left could run out on its way. */
    private static final Duration MARGIN = Duration.ofSeconds(20);

    @Override
    public String toString() {
        return "SavedLogin[" + user + " at " + issuer + "]";
    }

    IdentityProvider provider() {
        return new IdentityProvider(issuer, clientId);
    }

    static Optional<SavedLogin> read(Home home) {
        try {
            var file = file(home);
            if (!Files.exists(file)) {
                return Optional.empty();
            }
            var json = ApiClient.JSON.readTree(Files.readString(file));
            return Optional.of(new SavedLogin(
                    json.path("issuer").asText(),
                    json.path("clientId").asText(),
                    json.path("user").asText(),
                    json.path("accessToken").asText(),
                    json.path("refreshToken").asText(),
                    Instant.parse(json.path("expiresAt").asText())));
        } catch (IOException | java.time.format.DateTimeParseException e) {
            throw new ServerFailed("The login in " + file(home) + " cannot be read; `fjord logout` forgets it.", e);
        }
    }

    void write(Home home) throws IOException {
        Home.writePrivately(
                file(home),
                ApiClient.JSON
                        .createObjectNode()
                        .put("issuer", issuer)
                        .put("clientId", clientId)
                        .put("user", user)
                        .put("accessToken", accessToken)
                        .put("refreshToken", refreshToken)
                        .put("expiresAt", expiresAt.toString())
                        .toString());
    }

    /** @return whether there was one */
    static boolean forget(Home home) throws IOException {
        return Files.deleteIfExists(file(home));
    }

    /** The access token of whoever is logged in, renewed if it has run out; empty when nobody is. */
    static Optional<String> token(Home home) {
        var saved = read(home);
        if (saved.isEmpty() || saved.get().lasts()) {
            return saved.map(SavedLogin::accessToken);
        }
        // Two commands at once must not both spend a refresh token that counts once.
        try (var channel = FileChannel.open(
                        home.secretFile("login.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var lock = channel.lock()) {
            var now = read(home);
            if (!lock.isValid() || now.isEmpty() || now.get().lasts()) {
                return now.map(SavedLogin::accessToken);
            }
            var renewed = now.get().renewed();
            renewed.write(home);
            return Optional.of(renewed.accessToken);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot renew the login in " + file(home) + ": " + e.getMessage(), e);
        }
    }

    private boolean lasts() {
        return Instant.now().plus(MARGIN).isBefore(expiresAt);
    }

    private SavedLogin renewed() {
        var otherwise = " Log in again with `fjord login`, or go on as operator after `fjord logout`.";
        if (refreshToken.isEmpty()) {
            throw new ServerFailed("The login of " + user + " has run out." + otherwise);
        }
        try {
            var renewed = provider().renew(refreshToken);
            return renewed.refreshToken.isEmpty()
                    ? new SavedLogin(issuer, clientId, user, renewed.accessToken, refreshToken, renewed.expiresAt)
                    : renewed;
        } catch (IdentityProvider.Refused e) {
            throw new ServerFailed("The login of " + user + " has ended: " + e.getMessage() + "." + otherwise, e);
        } catch (ServerFailed e) {
            throw new ServerFailed(
                    "The login of " + user + " has run out and cannot be renewed. " + e.getMessage() + otherwise, e);
        }
    }

    private static Path file(Home home) {
        return home.secretFile("login.json");
    }
}
