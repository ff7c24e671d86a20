package io.fjord.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** Whole folders: deleted, copied, measured. */
public final class Trees {

    private Trees() {}

    /** Deletes a folder and what is in it; harmless when it is not there. */
    public static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (var paths = Files.walk(folder)) {
            for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    /** Copies a folder with its permissions into one that need not exist. */
    public static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        // cp knows how to share blocks where the file system can; walking does not.
        if (!Children.succeeds("cp", "-a", "--reflink=auto", from + "/.", to.toString())) {
            throw new IOException("Cannot copy " + from + " to " + to);
        }
    }

    /** Bytes that a folder takes on disk, which is less than its files are long where those have holes. */
    public static long size(Path folder) {
        try {
            var process = Children.start(
                    new ProcessBuilder("du", "-sk", folder.toString()).redirectError(ProcessBuilder.Redirect.DISCARD));
            try (var reader = process.inputReader()) {
                var line = reader.readLine();
                return line == null ? 0 : Long.parseLong(line.split("\\s")[0]) * 1024;
            }
        } catch (IOException e) {
            return 0;
        }
    }
}
