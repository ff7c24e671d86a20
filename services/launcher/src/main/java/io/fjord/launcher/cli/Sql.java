package io.fjord.launcher.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** SQL from the command line, from a file, or typed. */
@Command(
        name = "sql",
        mixinStandardHelpOptions = true,
        description = {
            "Runs SQL on a cluster. Without a statement it reads them from the input, separated by semicolons;",
            "on a terminal it asks for one after the other. Ctrl-C cancels what runs.",
        })
public final class Sql implements Callable<Integer> {

    @Parameters(arity = "0..1", paramLabel = "STATEMENT", description = "One or more statements.")
    private @Nullable String statement;

    @Option(
            names = {"-c", "--cluster"},
            paramLabel = "CLUSTER",
            description = "The cluster; not needed when only one runs.")
    private @Nullable String cluster;

    @Option(names = "--domain", paramLabel = "DOMAIN", defaultValue = "default", description = "The domain (default).")
    private String domain = "default";

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "1000",
            description = "How many rows to show at most (1000).")
    private int limit = 1000;

    @Override
    public Integer call() throws IOException {
        var api = LocalFjord.here().api();
        var statements = new Statements(api, domain, cluster == null ? onlyRunning(api) : cluster);
        Runtime.getRuntime().addShutdownHook(new Thread(statements::cancel, "cancel"));
        if (statement != null) {
            runAll(statements, statement);
            return 0;
        }
        if (System.console() == null) {
            runAll(statements, new String(System.in.readAllBytes(), StandardCharsets.UTF_8));
            return 0;
        }
        converse(statements);
        return 0;
    }

    private String onlyRunning(ApiClient api) throws IOException {
        var names = new ArrayList<String>();
        for (JsonNode one : new ClusterCommands.Shown(api, domain).list()) {
            if (one.path("state").asText().equals("running")) {
                names.add(one.path("name").asText());
            }
        }
        if (names.size() == 1) {
            return names.get(0);
        }
        throw new ApiProblem(
                0,
                names.isEmpty()
                        ? "No cluster runs. Start one with `fjord cluster start NAME`, or make one with `fjord cluster create NAME`."
                        : "Several clusters run: " + String.join(", ", names) + ". Choose one with --cluster.");
    }

    private void runAll(Statements statements, String script) throws IOException {
        for (var one : Statements.split(script)) {
            statements.run(one, limit).print(System.out);
        }
    }

    private void converse(Statements statements) throws IOException {
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var typed = new StringBuilder();
        System.out.println("A statement ends with a semicolon; `exit` leaves.");
        while (true) {
            System.out.print(typed.isEmpty() ? "fjord> " : "     > ");
            System.out.flush();
            var line = input.readLine();
            if (line == null
                    || (typed.isEmpty()
                            && List.of("exit", "quit", "exit;", "quit;").contains(line.strip()))) {
                return;
            }
            typed.append(line).append('\n');
            if (!line.stripTrailing().endsWith(";")) {
                continue;
            }
            try {
                runAll(statements, typed.toString());
            } catch (ApiProblem e) {
                System.out.println(e.getMessage());
            }
            typed.setLength(0);
        }
    }
}
