package io.fjord.launcher.cli;

import io.fjord.embedded.KeycloakServer;
import io.fjord.embedded.ServerFailed;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes the command line act as a person instead of the operator. */
@Command(
        name = "login",
        mixinStandardHelpOptions = true,
        description = {
            "Logs you in with a browser: open the address it prints, confirm the code, and it goes on by itself.",
            "From then on `fjord` acts as you, until `fjord logout`. The tokens lie in .fjord/secrets, for you alone.",
        })
public final class Login implements Callable<Integer> {

    @Option(
            names = "--user",
            paramLabel = "NAME",
            description =
                    "Logs in without a browser; needs --password-stdin and a provider that allows it, as ours does.")
    private @Nullable String user;

    @Option(names = "--password-stdin", description = "Reads the password of --user from standard input.")
    private boolean passwordFromStdin;

    @Override
    public Integer call() throws Exception {
        if ((user == null) == passwordFromStdin) {
            throw new IllegalArgumentException("--user and --password-stdin go together.");
        }
        var fjord = LocalFjord.here();
        var issuer = fjord.settings()
                .issuer()
                .orElseThrow(() -> new ServerFailed("Nobody can log in to this Fjord: it runs without Keycloak and"
                        + " FJORD_OIDC_ISSUER names no other provider. `fjord` acts as the operator."));
        var provider = new IdentityProvider(issuer, fjord.settings().identity().clientId());
        fjord.home().create();
        try {
            var login = user == null ? byDevice(provider, System.out) : provider.login(user, password());
            login.write(fjord.home());
            System.out.println("Logged in as " + login.user() + ".");
            return 0;
        } catch (IdentityProvider.Refused e) {
            throw new ServerFailed(
                    switch (e.code()) {
                        case "expired_token" -> "Nobody confirmed the code in time. Begin again with `fjord login`.";
                        case "access_denied" -> "The login was refused in the browser.";
                        case "unauthorized_client" ->
                            "The identity provider does not allow this way to log in: " + e.getMessage() + ".";
                        default -> "The login failed: " + e.getMessage() + ".";
                    },
                    e);
        }
    }

    /** Tells where to confirm, and waits until somebody has. */
    static SavedLogin byDevice(IdentityProvider provider, PrintStream out) throws InterruptedException {
        var device = provider.begin();
        out.println("Open " + device.address());
        out.println("and confirm the code " + device.userCode() + ". Waiting for that; Ctrl-C gives up.");
        while (Instant.now().isBefore(device.expiresAt())) {
            // Asking earlier than told makes the provider slower.
            Thread.sleep(device.interval().toMillis());
            var login = provider.poll(device);
            if (login.isPresent()) {
                return login.get();
            }
        }
        throw new ServerFailed("Nobody confirmed the code in time. Begin again with `fjord login`.");
    }

    private static String password() throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var line = in.readLine();
        if (line == null || line.isBlank()) {
            throw new IllegalArgumentException("Standard input holds no password. The first ones of "
                    + String.join(", ", KeycloakServer.SAMPLE_USERS.keySet()) + " lie in .fjord/secrets.");
        }
        return line;
    }
}
