package io.fjord.launcher.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.embedded.Checkout;
import io.fjord.embedded.Home;
import io.fjord.embedded.KeycloakServer;
import io.fjord.embedded.RunningCode;
import io.fjord.embedded.ServerFailed;
import io.fjord.embedded.Setting;
import io.fjord.embedded.Settings;
import io.fjord.embedded.Supervisor;
import io.fjord.embedded.SupervisorClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Starts a supervisor, which starts everything else, and waits until all of it is ready. */
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        description = {
            "Starts Fjord on this machine: Kafka, the database, the object store, the control plane, and Keycloak beside them.",
            "Harmless when it runs already. Data is kept in .fjord; nothing is reachable from other machines.",
        })
public final class Up implements Callable<Integer> {

    @Option(
            names = "--db",
            paramLabel = "postgres|mariadb",
            description = "The metastore database; a home keeps its first.")
    private @Nullable String db;

    @Option(names = "--port", paramLabel = "N", description = "The port of the API (8080).")
    private @Nullable Integer port;

    @Option(
            names = "--without",
            paramLabel = "keycloak",
            description = "Starts without Keycloak: nobody logs in, the operator's token is the way in.")
    private @Nullable String without;

    @Option(
            names = "--with",
            paramLabel = "hive-metastore",
            description =
                    "Starts a Hive Metastore too: Parquet, CSV, JSON and Hive tables, in clusters as spark_catalog.")
    private @Nullable String with;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    /** Puts the settings under the help text; they are known to Settings alone. */
    @Spec(Spec.Target.SELF)
    void describe(CommandSpec self) {
        var lines = new ArrayList<>(List.of("", "Settings, by environment variable:"));
        for (Setting<?> setting : Settings.ALL) {
            lines.add("  " + setting.name()
                    + (setting.defaultText().isEmpty() ? "" : " (" + setting.defaultText() + ")"));
            lines.add("      " + setting.sentence());
        }
        self.usageMessage()
                .footer(lines.stream().map(line -> line.replace("%", "%%")).toArray(String[]::new));
    }

    @Override
    public Integer call() throws IOException {
        var given = new HashMap<String, String>();
        if (db != null) {
            given.put("FJORD_DB", db);
        }
        if (port != null) {
            given.put("FJORD_PORT", port.toString());
        }
        if (without != null) {
            given.put("FJORD_WITHOUT", without);
        }
        if (with != null) {
            given.put("FJORD_WITH", with);
        }
        var fjord = start(given);
        spec.commandLine()
                .getOut()
                .println(
                        "Fjord is ready on http://127.0.0.1:" + fjord.port()
                                + ". Try `fjord demo`, `fjord cluster create etl` or `fjord status`; end it with `fjord down`.");
        tellLogins(fjord, spec.commandLine().getOut());
        return 0;
    }

    /** The passwords made at the first start, once; where they lie, always. */
    private static void tellLogins(LocalFjord fjord, PrintWriter out) throws IOException {
        var supervisor = fjord.supervisor();
        var status = supervisor.isEmpty() ? null : status(supervisor.get());
        if (status == null || !names(status, false).contains(KeycloakServer.NAME)) {
            return;
        }
        if (names(status, true).contains(KeycloakServer.NAME)) {
            out.println("Keycloak is still starting, the first time for about a minute; `fjord status` tells.");
        }
        var home = fjord.home();
        var told = home.secretFile("keycloak-passwords-told");
        if (Files.exists(told)) {
            return;
        }
        out.println("Log in with `fjord login`. First passwords, shown this once; they lie in " + home.secrets() + ":");
        KeycloakServer.SAMPLE_USERS.forEach((user, group) ->
                out.printf("  %-8s %-11s %s%n", user, "(" + group + ")", KeycloakServer.password(home, user)));
        out.printf("  %-8s %-11s %s%n", "admin", "(Keycloak)", KeycloakServer.adminPassword(home));
        Home.writePrivately(told, "The first passwords were shown.\n");
    }

    /** Starts what is not running and waits until all is ready. */
    public static LocalFjord start(Map<String, String> given) throws IOException {
        var environment = new HashMap<>(given);
        var home = LocalFjord.with(given).home();
        // A home remembers its database, so that `fjord up` after `fjord up --db mariadb` is the same again.
        if (!given.containsKey("FJORD_DB") && !System.getenv().containsKey("FJORD_DB")) {
            Supervisor.rememberedDb(home.root())
                    .filter(remembered -> List.of("postgres", "mariadb").contains(remembered))
                    .ifPresent(remembered -> environment.put("FJORD_DB", remembered));
        }
        var fjord = LocalFjord.with(environment);
        fjord.home().create();
        Optional<Process> started = Optional.empty();
        if (fjord.supervisor().isEmpty()) {
            started = Optional.of(spawnSupervisor(fjord));
        } else {
            refuseAnotherDatabase(fjord, given);
        }
        awaitReady(fjord, started);
        return fjord;
    }

    private static void refuseAnotherDatabase(LocalFjord fjord, Map<String, String> given) {
        var wanted = given.get("FJORD_DB");
        var remembered = Supervisor.rememberedDb(fjord.home().root());
        if (wanted != null && remembered.isPresent() && !remembered.get().equals(wanted)) {
            throw new ServerFailed("Fjord runs already, with " + remembered.get() + ", and a home keeps its database."
                    + " End it and give the other one a home of its own: FJORD_HOME="
                    + fjord.home().root() + "-" + wanted
                    + " fjord up --db " + wanted + ".");
        }
    }

    private static Process spawnSupervisor(LocalFjord fjord) throws IOException {
        var root = Checkout.root();
        var log = fjord.home().log(Supervisor.NAME);
        var code = RunningCode.copy(fjord.home());
        var command = List.of(
                // A session of its own: it outlives this terminal, and Ctrl-C here is not meant for it.
                "setsid",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                code.classPath(),
                Supervisor.class.getName());
        var builder = new ProcessBuilder(command)
                .directory(root.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(fjord.environment());
        builder.environment().put("FJORD_ROOT", root.toString());
        builder.environment().put(Supervisor.CODE, code.folder().toString());
        builder.environment().put("FJORD_HOME", fjord.home().root().toString());
        return builder.start();
    }

    private static void awaitReady(LocalFjord fjord, Optional<Process> started) throws IOException {
        Set<String> told = new HashSet<>();
        try (var progress = new Progress("Starting")) {
            while (true) {
                var supervisor = fjord.supervisor();
                if (supervisor.isPresent()) {
                    var status = status(supervisor.get());
                    if (status != null && status.path("ready").asBoolean()) {
                        tellReady(status, told, started.isPresent());
                        return;
                    }
                    if (status != null) {
                        tellReady(status, told, started.isPresent());
                        progress.tick(waitingFor(status));
                    }
                } else if (started.isEmpty() || !started.get().isAlive()) {
                    throw new ServerFailed(whyNot(fjord));
                }
                Progress.pause();
            }
        }
    }

    private static @Nullable JsonNode status(SupervisorClient supervisor) {
        try {
            return ApiClient.JSON.readTree(supervisor.progress());
        } catch (IOException e) {
            // It is just coming up or going down; the next look tells which.
            return null;
        }
    }

    private static void tellReady(JsonNode status, Set<String> told, boolean ours) {
        for (var process : status.path("processes")) {
            var name = process.path("name").asText();
            if (process.path("state").asText().equals("running") && told.add(name) && ours) {
                System.err.printf(
                        "  %-14s ready on 127.0.0.1:%d%n",
                        name, process.path("port").asInt());
            }
        }
    }

    private static String waitingFor(JsonNode status) {
        return String.join(", ", names(status, true));
    }

    private static List<String> names(JsonNode status, boolean onlyWaiting) {
        var names = new ArrayList<String>();
        for (var process : status.path("processes")) {
            if (!onlyWaiting || !process.path("state").asText().equals("running")) {
                names.add(process.path("name").asText());
            }
        }
        return names;
    }

    private static String whyNot(LocalFjord fjord) throws IOException {
        var problem = Supervisor.problemFile(fjord.home());
        return "Fjord could not be started.\n"
                + (Files.exists(problem)
                        ? Files.readString(problem).strip()
                        : "The end of " + fjord.home().log(Supervisor.NAME) + ":\n"
                                + Logs.lastLines(fjord.home().log(Supervisor.NAME), 20));
    }
}
