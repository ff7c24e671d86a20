package io.fjord.launcher.cli;

import io.fjord.embedded.ServerFailed;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Makes the command line act as the operator again. */
@Command(
        name = "logout",
        mixinStandardHelpOptions = true,
        description = "Ends your login, here and at the identity provider. Harmless when nobody is logged in.")
public final class Logout implements Callable<Integer> {

    @Override
    public Integer call() throws IOException {
        var home = LocalFjord.here().home();
        try {
            var login = SavedLogin.read(home);
            if (login.isEmpty()) {
                System.out.println("Nobody is logged in; `fjord` acts as the operator.");
                return 0;
            }
            if (!login.get().refreshToken().isEmpty()) {
                login.get().provider().logout(login.get().refreshToken());
            }
            System.out.println("Logged out " + login.get().user() + "; `fjord` acts as the operator.");
        } catch (ServerFailed e) {
            System.err.println("fjord: forgotten here, but the session at the provider goes on until it runs out. "
                    + e.getMessage());
        } finally {
            SavedLogin.forget(home);
        }
        return 0;
    }
}
