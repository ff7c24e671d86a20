package io.fjord.launcher.cli;

import io.fjord.embedded.Checkout;
import io.fjord.embedded.Home;
import io.fjord.embedded.RunFile;
import io.fjord.embedded.ServerFailed;
import io.fjord.embedded.Settings;
import io.fjord.embedded.SupervisorClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The Fjord the command line is about: its settings, its home, and the way in. */
public record LocalFjord(Settings settings, Home home, Map<String, String> environment) {

    /** As the environment says. */
    public static LocalFjord here() {
        return with(Map.of());
    }

    /** As the environment says, but for what was given on the command line. */
    static LocalFjord with(Map<String, String> given) {
        var environment = new HashMap<>(System.getenv());
        environment.putAll(given);
        var settings = Settings.read(environment, Checkout.root());
        return new LocalFjord(settings, Home.at(settings.home()), environment);
    }

    Optional<SupervisorClient> supervisor() {
        return SupervisorClient.of(home);
    }

    public ApiClient api() {
        return new ApiClient("http://127.0.0.1:" + port(), this::token);
    }

    /** The port it runs on, else the port it would run on. */
    int port() {
        return RunFile.read(home, "control-plane")
                .filter(file -> file.process().isAlive())
                .map(RunFile::port)
                .orElse(settings.port());
    }

    Path tokenFile() {
        var given = environment.getOrDefault("FJORD_TOKEN_FILE", "");
        return given.isBlank() ? home.secretFile("operator-token") : Path.of(given);
    }

    /** Of whoever is logged in, else the operator's. */
    String token() {
        return environment.getOrDefault("FJORD_TOKEN_FILE", "").isBlank()
                ? SavedLogin.token(home).orElseGet(this::operatorToken)
                : operatorToken();
    }

    String operatorToken() {
        try {
            if (!Files.exists(tokenFile())) {
                throw new ServerFailed("There is no token in " + tokenFile()
                        + " yet: this Fjord has not been started. Start it with `fjord up`.");
            }
            return Files.readString(tokenFile()).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read the token in " + tokenFile() + ": " + e.getMessage(), e);
        }
    }
}
