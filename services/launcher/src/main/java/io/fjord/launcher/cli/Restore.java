package io.fjord.launcher.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Tells the services that their database was restored from an older copy. */
@Command(
        name = "restore",
        mixinStandardHelpOptions = true,
        description = {
            "Says that the database was restored from an older copy: raises the epoch of the positions of each service that",
            "needs it, so that everything that reads its events starts again.",
        })
public final class Restore implements Callable<Integer> {

    private static final List<String> JOURNALS =
            List.of("core", "iam", "control-policies", "catalog", "ingest", "sql", "webhooks");

    @Parameters(arity = "0..1", paramLabel = "SERVICE", description = "Only this one: core, catalog or sql.")
    private @Nullable String service;

    @Override
    public Integer call() throws IOException {
        ApiClient api = LocalFjord.here().api();
        for (String one : service == null ? JOURNALS : List.of(service)) {
            System.out.println(restore(api, one));
        }
        return 0;
    }

    /** @return what became of it, in one sentence */
    private static String restore(ApiClient api, String service) throws IOException {
        try {
            var answer = api.send("POST", "/api/v1/restore?service=" + service, null);
            return service + " goes on at position "
                    + answer.body().path("position").asText() + ".";
        } catch (ApiProblem e) {
            if (e.status() != 409) {
                throw e;
            }
            return service + " is not behind its topic; its epoch stays.";
        }
    }
}
