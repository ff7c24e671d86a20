package io.fjord.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/** Says which process runs under a name, so that a later start recognises what an earlier one left behind. */
public record RunFile(String name, ProcessIdentity process, int port) {

    public static Path path(Home home, String name) {
        return home.run().resolve(name + ".json");
    }

    public static Optional<RunFile> read(Home home, String name) {
        String text;
        try {
            text = Files.readString(path(home, name));
        } catch (IOException e) {
            return Optional.empty();
        }
        var fields = SHAPE.matcher(text);
        if (!fields.find()) {
            return Optional.empty();
        }
        return Optional.of(new RunFile(
                name,
                new ProcessIdentity(Long.parseLong(fields.group(1)), Long.parseLong(fields.group(2)), fields.group(3)),
                Integer.parseInt(fields.group(4))));
    }

    public void write(Home home) throws IOException {
        Home.writePrivately(
                path(home, name),
                "{\"name\":\"%s\",\"pid\":%d,\"startTicks\":%d,\"boot\":\"%s\",\"port\":%d}%n"
                        .formatted(name, process.pid(), process.startTicks(), process.boot(), port));
    }

    public static void delete(Home home, String name) throws IOException {
        Files.deleteIfExists(path(home, name));
    }

    private static final Pattern SHAPE =
            Pattern.compile("\"pid\":(\\d+),\"startTicks\":(\\d+),\"boot\":\"([^\"]*)\",\"port\":(\\d+)");
}
