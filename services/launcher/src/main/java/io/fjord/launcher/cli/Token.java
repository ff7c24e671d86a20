package io.fjord.launcher.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Prints the operator's token, for other programs. */
@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        description = "Prints the operator's token: Authorization: Bearer $(fjord token).")
public final class Token implements Callable<Integer> {

    @Override
    public Integer call() {
        System.out.println(LocalFjord.here().token());
        return 0;
    }
}
