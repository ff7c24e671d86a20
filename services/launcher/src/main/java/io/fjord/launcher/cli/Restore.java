package io.fjord.launcher.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Tells a service that its database was restored from an older copy. */
@Command(
        name = "restore",
        mixinStandardHelpOptions = true,
        description = {
            "Says that the database of a service was restored from an older copy: raises the epoch of its positions,",
            "so that everything that reads its events starts again.",
        })
public final class Restore implements Callable<Integer> {

    @Parameters(paramLabel = "SERVICE", description = "core, catalog or sql.")
    private String service = "";

    @Override
    public Integer call() throws IOException {
        var answer = LocalFjord.here()
                .api()
                .send(
                        "POST",
                        "/api/v1/restore",
                        ApiClient.JSON.createObjectNode().put("service", service));
        System.out.println(service + " goes on at position "
                + answer.body().path("position").asText() + ".");
        return 0;
    }
}
