package io.fjord.launcher.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Prints the token this command line sends, for other programs. */
@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        description = {
            "Prints the token of your login, or the operator's when nobody is logged in:",
            "Authorization: Bearer $(fjord token).",
        })
public final class Token implements Callable<Integer> {

    @Option(names = "--operator", description = "The operator's, though somebody is logged in.")
    private boolean operator;

    @Override
    public Integer call() {
        var fjord = LocalFjord.here();
        System.out.println(operator ? fjord.operatorToken() : fjord.token());
        return 0;
    }
}
