package io.fjord.launcher.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands that broke, and a second chance for them. */
@Command(
        name = "dead-letters",
        mixinStandardHelpOptions = true,
        description = "Commands that could not be read or broke while they were decided.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {DeadLetters.Listed.class, DeadLetters.Replay.class})
public final class DeadLetters {

    /** The services that decide commands. */
    private static final List<String> SERVICES =
            List.of("core", "iam", "control-policies", "catalog", "ingest", "webhooks");

    private DeadLetters() {}

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists them, oldest first.")
    static final class Listed implements Callable<Integer> {
        @Option(names = "--service", paramLabel = "SERVICE", description = "Those of one service alone.")
        private @Nullable String service;

        @Override
        public Integer call() throws IOException {
            var table = new Table("SERVICE", "ID", "WHEN", "COMMAND", "SUBJECT", "PROBLEM");
            var api = LocalFjord.here().api();
            for (var from : service == null ? SERVICES : List.of(service)) {
                list(api, from, table);
            }
            if (table.isEmpty()) {
                System.out.println("There are none.");
            } else {
                table.print(System.out);
            }
            return 0;
        }

        private static void list(ApiClient api, String service, Table table) throws IOException {
            for (var letter : api.get("/api/v1/dead-letters?pageSize=1000&service=" + ClusterCommands.encode(service))
                    .path("items")) {
                table.row(
                        service,
                        letter.path("id").asText(),
                        letter.path("at").asText("-"),
                        letter.path("command").asText("-"),
                        letter.path("subject").asText("-"),
                        letter.path("problem").path("detail").asText("-"));
            }
        }
    }

    @Command(
            name = "replay",
            mixinStandardHelpOptions = true,
            description = "Wishes one once more, as a new command with the broken one as its cause.")
    static final class Replay implements Callable<Integer> {
        @Option(names = "--service", paramLabel = "SERVICE", defaultValue = "core", description = "Whose it is (core).")
        private String service = "core";

        @Parameters(paramLabel = "ID", description = "As `fjord dead-letters list` shows it.")
        private String id = "";

        @Override
        public Integer call() throws IOException {
            var operation = LocalFjord.here()
                    .api()
                    .command(
                            "POST",
                            "/api/v1/dead-letters/" + ClusterCommands.encode(id) + "/replay?service="
                                    + ClusterCommands.encode(service),
                            null);
            System.out.println("Operation " + operation.path("id").asText() + ": "
                    + operation.path("outcome").asText(operation.path("state").asText()));
            return 0;
        }
    }
}
