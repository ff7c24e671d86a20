package io.fjord.launcher.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Everything one can do with clusters. */
@Command(
        name = "cluster",
        mixinStandardHelpOptions = true,
        description = "Lakehouse clusters: Spark drivers with SQL and Spark Connect endpoints.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ClusterCommands.Listed.class,
            ClusterCommands.Create.class,
            ClusterCommands.Show.class,
            ClusterCommands.Resize.class,
            ClusterCommands.HandOver.class,
            ClusterCommands.Start.class,
            ClusterCommands.Stop.class,
            ClusterCommands.Delete.class,
            ClusterCommands.Credentials.class,
        })
public final class ClusterCommands {

    private ClusterCommands() {}

    static final class Domain {
        @Option(
                names = "--domain",
                paramLabel = "DOMAIN",
                defaultValue = "default",
                description = "The domain (default).")
        private String name = "default";

        Shown clusters() {
            return new Shown(LocalFjord.here().api(), name);
        }
    }

    /** What the commands share: the calls, and waiting for what they set off. */
    public static final class Shown {

        private final ApiClient api;
        private final String domain;

        public Shown(ApiClient api, String domain) {
            this.api = api;
            this.domain = domain;
        }

        JsonNode list() throws IOException {
            return api.get("/api/v1/clusters?pageSize=1000&domain=" + encode(domain))
                    .path("items");
        }

        JsonNode get(String name) throws IOException {
            return api.get(path(name, ""));
        }

        JsonNode credentials(String name) throws IOException {
            return api.get(path(name, "/credentials"));
        }

        void create(String name, String size, @Nullable Integer idleStopSeconds) throws IOException {
            var body = ApiClient.JSON.createObjectNode().put("name", name).put("size", size);
            if (idleStopSeconds != null) {
                body.put("idleStopSeconds", idleStopSeconds);
            }
            api.command("POST", "/api/v1/clusters?domain=" + encode(domain), body);
        }

        void act(String name, String verb) throws IOException {
            api.command("POST", path(name, "/" + verb), null);
        }

        void resize(String name, String size) throws IOException {
            api.command(
                    "POST",
                    path(name, "/resize"),
                    ApiClient.JSON.createObjectNode().put("size", size));
        }

        void handOver(String name, String owner) throws IOException {
            api.command(
                    "PUT",
                    path(name, "/owner"),
                    ApiClient.JSON.createObjectNode().put("owner", owner));
        }

        void delete(String name) throws IOException {
            api.command("DELETE", path(name, ""), null);
        }

        /** Creates or starts it, whichever is needed, and waits until it runs. */
        public JsonNode ensureRunning(String name, String size) throws IOException {
            try {
                var state = get(name).path("state").asText();
                if (!state.equals("running") && !state.equals("starting")) {
                    act(name, "start");
                }
            } catch (ApiProblem problem) {
                if (problem.status() != 404) {
                    throw problem;
                }
                create(name, size, null);
            }
            return await(name, "running");
        }

        /** Waits until it is in that state; a cluster that failed instead is a problem. */
        JsonNode await(String name, String wanted) throws IOException {
            try (var progress = new Progress("Cluster " + name)) {
                while (true) {
                    var cluster = get(name);
                    var state = cluster.path("state").asText();
                    if (state.equals(wanted)) {
                        return cluster;
                    }
                    if (state.equals("failed")) {
                        var detail = cluster.path("problem")
                                .path("detail")
                                .asText(cluster.path("reason").asText());
                        throw new ApiProblem(
                                0,
                                "The cluster " + name + " failed to start. " + detail
                                        + " Try again with `fjord cluster start " + name + "`.");
                    }
                    progress.tick(state);
                    Progress.pause();
                }
            }
        }

        private String path(String name, String rest) {
            return "/api/v1/clusters/" + encode(name) + rest + "?domain=" + encode(domain);
        }

        void print(JsonNode cluster, PrintStream out) {
            print("name", cluster.path("name"), out);
            print("state", cluster.path("state"), out);
            print("size", cluster.path("size"), out);
            print("stops when idle for", cluster.path("idleStopSeconds"), out);
            print("owner", cluster.path("owner"), out);
            print("id", cluster.path("id"), out);
            print("version", cluster.path("version"), out);
            print("created", cluster.path("createdAt"), out);
            print("Spark Connect", cluster.path("endpoints").path("sparkConnect"), out);
            print("HiveServer2", cluster.path("endpoints").path("hiveServer2"), out);
            print("Flight SQL", cluster.path("endpoints").path("flightSql"), out);
        }

        private static void print(String label, JsonNode value, PrintStream out) {
            if (!value.isMissingNode() && !value.isNull()) {
                out.printf("%-20s %s%n", label, value.asText());
            }
        }
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the clusters of a domain.")
    static final class Listed implements Callable<Integer> {
        @Mixin
        private Domain domain = new Domain();

        @Override
        public Integer call() throws IOException {
            var table = new Table("NAME", "STATE", "SIZE", "OWNER", "SPARK CONNECT");
            for (var cluster : domain.clusters().list()) {
                table.row(
                        cluster.path("name").asText(),
                        cluster.path("state").asText(),
                        cluster.path("size").asText(),
                        cluster.path("owner").asText("-"),
                        cluster.path("endpoints").path("sparkConnect").asText("-"));
            }
            if (table.isEmpty()) {
                System.out.println("There are no clusters. Make one with `fjord cluster create NAME`.");
            } else {
                table.print(System.out);
            }
            return 0;
        }
    }

    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description = "Creates a cluster and waits until it runs.")
    static final class Create implements Callable<Integer> {
        @Mixin
        private Domain domain = new Domain();

        @Parameters(paramLabel = "NAME", description = "Lower-case letters, digits and dashes.")
        private String name = "";

        @Option(names = "--size", paramLabel = "XS|S|M|L|XL", defaultValue = "S", description = "Its size (S).")
        private String size = "S";

        @Option(
                names = "--idle-stop-seconds",
                paramLabel = "N",
                description = "Stop it when nobody has used it for so long.")
        private @Nullable Integer idleStopSeconds;

        @Option(names = "--no-wait", description = "Return as soon as it is decided.")
        private boolean noWait;

        @Override
        public Integer call() throws IOException {
            var clusters = domain.clusters();
            clusters.create(name, size, idleStopSeconds);
            clusters.print(noWait ? clusters.get(name) : clusters.await(name, "running"), System.out);
            return 0;
        }
    }

    @Command(name = "show", mixinStandardHelpOptions = true, description = "Shows a cluster and its endpoints.")
    static final class Show implements Callable<Integer> {
        @Mixin
        private Domain domain = new Domain();

        @Parameters(paramLabel = "NAME")
        private String name = "";

        @Override
        public Integer call() throws IOException {
            var clusters = domain.clusters();
            clusters.print(clusters.get(name), System.out);
            return 0;
        }
    }

    @Command(name = "resize", mixinStandardHelpOptions = true, description = "Gives a cluster another size.")
    static final class Resize implements Callable<Integer> {
        @Mixin
        private Domain domain = new Domain();

        @Parameters(index = "0", paramLabel = "NAME")
        private String name = "";

        @Parameters(index = "1", paramLabel = "XS|S|M|L|XL")
        private String size = "";

        @Option(names = "--no-wait", description = "Return as soon as it is decided.")
        private boolean noWait;

        @Override
        public Integer call() throws IOException {
            var clusters = domain.clusters();
            clusters.resize(name, size);
            var resized = clusters.get(name);
            // A running one starts again in the new size.
            var starting = resized.path("state").asText().equals("starting") && !noWait;
            clusters.print(starting ? clusters.await(name, "running") : resized, System.out);
            return 0;
        }
    }

    @Command(name = "hand-over", mixinStandardHelpOptions = true, description = "Gives a cluster to somebody else.")
    static final class HandOver implements Callable<Integer> {
        @Mixin
        private Domain domain = new Domain();

        @Parameters(index = "0", paramLabel = "NAME")
        private String name = "";

        @Parameters(index = "1", paramLabel = "OWNER", description = "As user:ana or service-account:nightly.")
        private String owner = "";

        @Override
        public Integer call() throws IOException {
            var clusters = domain.clusters();
            clusters.handOver(name, owner);
            clusters.print(clusters.get(name), System.out);
            return 0;
        }
    }

    @Command(name = "start", mixinStandardHelpOptions = true, description = "Starts a cluster and waits until it runs.")
    static final class Start implements Callable<Integer> {
        @Mixin
        private Domain domain = new Domain();

        @Parameters(paramLabel = "NAME")
        private String name = "";

        @Option(names = "--no-wait", description = "Return as soon as it is decided.")
        private boolean noWait;

        @Override
        public Integer call() throws IOException {
            var clusters = domain.clusters();
            clusters.act(name, "start");
            clusters.print(noWait ? clusters.get(name) : clusters.await(name, "running"), System.out);
            return 0;
        }
    }

    @Command(name = "stop", mixinStandardHelpOptions = true, description = "Stops a cluster; its tables stay.")
    static final class Stop implements Callable<Integer> {
        @Mixin
        private Domain domain = new Domain();

        @Parameters(paramLabel = "NAME")
        private String name = "";

        @Option(names = "--no-wait", description = "Return as soon as it is decided.")
        private boolean noWait;

        @Override
        public Integer call() throws IOException {
            var clusters = domain.clusters();
            clusters.act(name, "stop");
            clusters.print(noWait ? clusters.get(name) : clusters.await(name, "stopped"), System.out);
            return 0;
        }
    }

    @Command(name = "delete", mixinStandardHelpOptions = true, description = "Takes a cluster away; its tables stay.")
    static final class Delete implements Callable<Integer> {
        @Mixin
        private Domain domain = new Domain();

        @Parameters(paramLabel = "NAME")
        private String name = "";

        @Override
        public Integer call() throws IOException {
            domain.clusters().delete(name);
            System.out.println("The cluster " + name + " is deleted.");
            return 0;
        }
    }

    @Command(
            name = "credentials",
            mixinStandardHelpOptions = true,
            description = "Prints the secret with which Fjord's own services call a cluster.")
    static final class Credentials implements Callable<Integer> {
        @Mixin
        private Domain domain = new Domain();

        @Parameters(paramLabel = "NAME")
        private String name = "";

        @Override
        public Integer call() throws IOException {
            System.out.println(
                    domain.clusters().credentials(name).path("secret").asText());
            return 0;
        }
    }
}
