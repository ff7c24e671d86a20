package io.fjord.launcher.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Commands that broke, and a second chance for them. */
@Command(
        name = "dead-letters",
        mixinStandardHelpOptions = true,
        description = "Commands that could not be read or broke while they were decided.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {DeadLetters.Listed.class, DeadLetters.Replay.class})
public final class DeadLetters {

    private DeadLetters() {}

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists them, oldest first.")
    static final class Listed implements Callable<Integer> {
        @Override
        public Integer call() throws IOException {
            var table = new Table("ID", "WHEN", "COMMAND", "SUBJECT", "PROBLEM");
            for (var letter : LocalFjord.here()
                    .api()
                    .get("/api/v1/dead-letters?pageSize=1000")
                    .path("items")) {
                table.row(
                        letter.path("id").asText(),
                        letter.path("at").asText("-"),
                        letter.path("command").asText("-"),
                        letter.path("subject").asText("-"),
                        letter.path("problem").path("detail").asText("-"));
            }
            if (table.isEmpty()) {
                System.out.println("There are none.");
            } else {
                table.print(System.out);
            }
            return 0;
        }
    }

    @Command(
            name = "replay",
            mixinStandardHelpOptions = true,
            description = "Wishes one once more, as a new command with the broken one as its cause.")
    static final class Replay implements Callable<Integer> {
        @Parameters(paramLabel = "ID", description = "As `fjord dead-letters list` shows it.")
        private String id = "";

        @Override
        public Integer call() throws IOException {
            var operation = LocalFjord.here()
                    .api()
                    .command("POST", "/api/v1/dead-letters/" + ClusterCommands.encode(id) + "/replay", null);
            System.out.println("Operation " + operation.path("id").asText() + ": "
                    + operation.path("outcome").asText(operation.path("state").asText()));
            return 0;
        }
    }
}
