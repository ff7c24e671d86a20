package io.fjord.launcher.cli;

import io.fjord.embedded.Supervisor;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Takes everything down that {@code fjord up} started, drivers too. */
@Command(
        name = "down",
        mixinStandardHelpOptions = true,
        description = "Ends everything that `fjord up` started; the data stays. Harmless when nothing runs.")
public final class Down implements Callable<Integer> {

    /** Longer than all the supervisor's own time limits together. */
    private static final int PATIENCE_SECONDS = 60;

    @Override
    public Integer call() throws IOException {
        var fjord = LocalFjord.here();
        var supervisor = fjord.supervisor();
        if (supervisor.isEmpty()) {
            Supervisor.sweep(fjord.home());
            System.out.println("Fjord does not run.");
            return 0;
        }
        try (var progress = new Progress("Stopping")) {
            supervisor.get().stop();
            while (supervisor.get().isAlive()) {
                progress.tick("");
                if (progress.seconds() > PATIENCE_SECONDS) {
                    supervisor.get().kill();
                }
                Progress.pause();
            }
        }
        Supervisor.sweep(fjord.home());
        System.out.println("Fjord has stopped. Its data is in " + fjord.home().root() + ".");
        return 0;
    }
}
