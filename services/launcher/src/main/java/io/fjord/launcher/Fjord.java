package io.fjord.launcher;

import io.fjord.embedded.ServerFailed;
import io.fjord.launcher.cli.ApiCall;
import io.fjord.launcher.cli.ApiProblem;
import io.fjord.launcher.cli.AuditCommands;
import io.fjord.launcher.cli.ClusterCommands;
import io.fjord.launcher.cli.DeadLetters;
import io.fjord.launcher.cli.Down;
import io.fjord.launcher.cli.Login;
import io.fjord.launcher.cli.Logout;
import io.fjord.launcher.cli.Logs;
import io.fjord.launcher.cli.Restart;
import io.fjord.launcher.cli.Restore;
import io.fjord.launcher.cli.Serve;
import io.fjord.launcher.cli.Sql;
import io.fjord.launcher.cli.Status;
import io.fjord.launcher.cli.TestHelp;
import io.fjord.launcher.cli.Token;
import io.fjord.launcher.cli.Up;
import java.io.IOException;
import java.io.UncheckedIOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line: {@code fjord up}, {@code fjord sql}, and the rest. */
@Command(
        name = "fjord",
        mixinStandardHelpOptions = true,
        version = "Fjord 0.1.0",
        description = "An event-driven data lakehouse on your machine.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Start with `fjord up`, then `fjord demo`. Settings are FJORD_… variables; `fjord up --help` lists them.",
        },
        subcommands = {
            Up.class,
            Down.class,
            Status.class,
            Logs.class,
            Restart.class,
            Demo.class,
            Login.class,
            Logout.class,
            Token.class,
            ClusterCommands.class,
            Sql.class,
            ApiCall.class,
            AuditCommands.class,
            DeadLetters.class,
            Restore.class,
            Serve.class,
            TestHelp.class,
        })
public final class Fjord {

    private Fjord() {}

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    public static CommandLine commandLine() {
        var line = new CommandLine(new Fjord());
        line.setUsageHelpAutoWidth(true);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((failure, command, parsed) -> {
            command.getErr().println("fjord: " + explain(failure));
            command.getErr().flush();
            return command.getCommandSpec().exitCodeOnExecutionException();
        });
        return line;
    }

    /** What went wrong, for a reader who has not seen the code; a fault of ours keeps its stack trace. */
    private static String explain(Exception failure) {
        if (failure instanceof ApiProblem
                || failure instanceof ServerFailed
                || failure instanceof IllegalArgumentException
                || failure instanceof IOException
                || failure instanceof UncheckedIOException) {
            return String.valueOf(failure.getMessage());
        }
        failure.printStackTrace();
        return "this should not have happened: " + failure;
    }
}
