package io.fjord.launcher.cli;

import io.fjord.embedded.ServerFailed;
import io.fjord.embedded.SupervisorClient;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Stops one process and lets the supervisor start it again. */
@Command(
        name = "restart",
        mixinStandardHelpOptions = true,
        description = "Stops one process of `fjord status` and starts it again.")
public final class Restart implements Callable<Integer> {

    @Parameters(paramLabel = "NAME", description = "kafka, postgres, mariadb, object-store, keycloak, hive-metastore or control-plane.")
    private String name = "";

    @Override
    public Integer call() throws IOException {
        var fjord = LocalFjord.here();
        var supervisor =
                fjord.supervisor().orElseThrow(() -> new ServerFailed("Fjord does not run. Start it with `fjord up`."));
        try (var progress = new Progress("Restarting " + name)) {
            supervisor.restart(name);
            while (!isBack(supervisor)) {
                progress.tick("");
                Progress.pause();
            }
        }
        System.out.println(name + " runs again.");
        return 0;
    }

    private boolean isBack(SupervisorClient supervisor) throws IOException {
        var status = ApiClient.JSON.readTree(supervisor.progress());
        for (var process : status.path("processes")) {
            if (process.path("name").asText().equals(name)
                    && !process.path("state").asText().equals("running")) {
                return false;
            }
        }
        return status.path("ready").asBoolean();
    }
}
