package io.fjord.launcher.cli;

import io.fjord.embedded.Checkout;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** Stands in the list of commands; the script runs the tests itself, as they need nothing built. */
@Command(
        name = "test",
        mixinStandardHelpOptions = true,
        description = "Builds with all checks and runs all tests; `fjord test --help` tells more.")
public final class TestHelp implements Callable<Integer> {

    @Unmatched
    private String[] options = new String[0];

    @Override
    public Integer call() {
        throw new IllegalArgumentException("start the tests with the script: "
                + Checkout.root().resolve("fjord") + " test " + String.join(" ", options));
    }
}
