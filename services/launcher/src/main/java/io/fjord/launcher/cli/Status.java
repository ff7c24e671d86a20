package io.fjord.launcher.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.embedded.Home;
import io.fjord.embedded.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows what runs, how it does, and what it takes. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = "Shows each process with its memory and restarts, and what lies on disk.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:everything is ready", "1:something is not", "3:Fjord does not run"})
public final class Status implements Callable<Integer> {

    @Option(names = "--json", description = "As JSON, for programs.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        var fjord = LocalFjord.here();
        var supervisor = fjord.supervisor();
        if (supervisor.isEmpty()) {
            if (json) {
                System.out.println("{\"running\":false}");
            } else {
                System.out.println("Fjord does not run. Start it with `fjord up`.");
                if (Files.isDirectory(fjord.home().root())) {
                    System.out.println();
                    showDisk(fjord.home());
                }
            }
            return 3;
        }
        var text = supervisor.get().status();
        var status = ApiClient.JSON.readTree(text);
        if (json) {
            System.out.println(text);
        } else {
            showProcesses(status);
            System.out.println();
            showDisk(fjord.home());
        }
        return status.path("ready").asBoolean() ? 0 : 1;
    }

    private static void showProcesses(JsonNode status) {
        var table = new Table("PROCESS", "STATE", "PID", "PORT", "MEMORY", "RESTARTS", "FOR");
        var problems = new ArrayList<String>();
        long memory = status.path("memory").asLong();
        for (var process : status.path("processes")) {
            memory += process.path("memory").asLong();
            table.row(
                    process.path("name").asText(),
                    process.path("state").asText(),
                    dashIfZero(process.path("pid").asLong()),
                    process.path("port").asLong(),
                    Sizes.of(process.path("memory").asLong()),
                    process.path("restarts").asLong(),
                    age(process.path("since").asText()));
            if (process.hasNonNull("problem")) {
                problems.add(process.path("name").asText() + ": "
                        + process.path("problem").asText());
            }
        }
        for (var driver : status.path("drivers")) {
            memory += driver.path("memory").asLong();
            table.row(
                    "cluster driver",
                    "running",
                    driver.path("pid").asLong(),
                    "-",
                    Sizes.of(driver.path("memory").asLong()),
                    "-",
                    "");
        }
        table.row(
                "supervisor",
                "running",
                status.path("pid").asLong(),
                "-",
                Sizes.of(status.path("memory").asLong()),
                "-",
                age(status.path("since").asText()));
        table.print(System.out);
        System.out.println("Memory in all: " + Sizes.of(memory));
        problems.forEach(System.out::println);
    }

    private static String dashIfZero(long pid) {
        return pid == 0 ? "-" : Long.toString(pid);
    }

    private static String age(String since) {
        var age = Duration.between(Instant.parse(since), Instant.now());
        if (age.toMinutes() < 1) {
            return age.toSeconds() + " s";
        }
        return age.toHours() < 1 ? age.toMinutes() + " min" : age.toHours() + " h " + age.toMinutesPart() + " min";
    }

    private static void showDisk(Home home) throws IOException {
        var table = new Table("FOLDER", "SIZE");
        long all = 0;
        for (var folder : folders(home)) {
            var size = Trees.size(folder);
            all += size;
            table.row(home.root().relativize(folder), Sizes.of(size));
        }
        table.row(home.root(), Sizes.of(all));
        table.print(System.out);
        System.out.println(
                "Free on that disk: " + Sizes.of(Files.getFileStore(home.root()).getUsableSpace()));
    }

    /** What lies in the home, with the data of each server by itself. */
    private static List<Path> folders(Home home) throws IOException {
        var found = new ArrayList<Path>();
        try (var top = Files.list(home.root())) {
            for (var folder : top.filter(Files::isDirectory).sorted().toList()) {
                if (folder.equals(home.data())) {
                    try (var servers = Files.list(folder)) {
                        servers.filter(Files::isDirectory).sorted().forEach(found::add);
                    }
                } else {
                    found.add(folder);
                }
            }
        }
        return found;
    }
}
