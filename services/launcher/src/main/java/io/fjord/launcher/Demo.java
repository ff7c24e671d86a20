package io.fjord.launcher;

import io.fjord.launcher.cli.ApiClient;
import io.fjord.launcher.cli.ClusterCommands;
import io.fjord.launcher.cli.LocalFjord;
import io.fjord.launcher.cli.Statements;
import io.fjord.launcher.cli.Up;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** The tour: starts what is not running, makes a cluster and a table, asks it something. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = "Takes you through Fjord on this machine; safe to repeat.")
final class Demo implements Callable<Integer> {

    private static final String CLUSTER = "demo";

    @Override
    public Integer call() throws Exception {
        LocalFjord fjord = Up.start(Map.of());
        ApiClient api = fjord.api();
        new ClusterCommands.Shown(api, "default").ensureRunning(CLUSTER, "S");
        Statements statements = new Statements(api, "default", CLUSTER);
        for (String statement : List.of(
                "CREATE NAMESPACE IF NOT EXISTS demo",
                "CREATE OR REPLACE TABLE demo.greeting AS SELECT id, concat('hello ', id) AS text FROM range(5)",
                "SELECT * FROM demo.greeting ORDER BY id")) {
            System.out.println("\n> " + statement);
            statements.run(statement).print(System.out);
        }
        return 0;
    }
}
