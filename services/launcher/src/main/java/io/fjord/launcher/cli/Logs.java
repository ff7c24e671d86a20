package io.fjord.launcher.cli;

import io.fjord.embedded.ServerFailed;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what a process wrote. */
@Command(name = "logs", mixinStandardHelpOptions = true, description = "Shows the end of a log.")
public final class Logs implements Callable<Integer> {

    @Parameters(
            arity = "0..1",
            paramLabel = "NAME",
            defaultValue = "control-plane",
            description =
                    "control-plane (the default), supervisor, kafka, postgres, mariadb, object-store, keycloak or hive-metastore.")
    private String name = "control-plane";

    @Option(
            names = {"-f", "--follow"},
            description = "Goes on showing what is added, until Ctrl-C.")
    private boolean follow;

    @Option(
            names = {"-n", "--lines"},
            paramLabel = "N",
            defaultValue = "50",
            description = "How many lines (50).")
    private int lines = 50;

    @Override
    public Integer call() throws IOException {
        var home = LocalFjord.here().home();
        var log = home.log(name);
        if (!Files.exists(log)) {
            throw new ServerFailed("There is no log called " + name + ". There are: " + names(home.logs()) + ".");
        }
        System.out.println(lastLines(log, lines));
        if (follow) {
            follow(log);
        }
        return 0;
    }

    private static String names(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return "none, as Fjord has not been started here";
        }
        try (var files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(file -> file.endsWith(".log"))
                    .map(file -> file.replaceFirst("\\.log$", ""))
                    .sorted()
                    .collect(Collectors.joining(", "));
        }
    }

    static String lastLines(Path log, int count) throws IOException {
        if (!Files.exists(log)) {
            return "(nothing)";
        }
        try (var file = new RandomAccessFile(log.toFile(), "r")) {
            // A log may be large and its end is all that is wanted; no line of ours comes near this length.
            var from = Math.max(0, file.length() - count * 4096L);
            file.seek(from);
            var bytes = new byte[(int) (file.length() - from)];
            file.readFully(bytes);
            var all = new String(bytes, StandardCharsets.UTF_8).stripTrailing().split("\n", -1);
            return java.util.Arrays.stream(all)
                    .skip(Math.max(0, all.length - count))
                    .collect(Collectors.joining("\n"));
        }
    }

    private static void follow(Path log) throws IOException {
        var position = Files.size(log);
        while (true) {
            var size = Files.exists(log) ? Files.size(log) : 0;
            // A restart begins a new file.
            position = size < position ? 0 : position;
            if (size > position) {
                try (var file = new RandomAccessFile(log.toFile(), "r")) {
                    file.seek(position);
                    var bytes = new byte[(int) Math.min(size - position, 1 << 20)];
                    var read = file.read(bytes);
                    System.out.write(bytes, 0, Math.max(0, read));
                    System.out.flush();
                    position += Math.max(0, read);
                }
            }
            Progress.pause();
        }
    }
}
