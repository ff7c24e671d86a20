package io.fjord.embedded;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;

/**
 * A copy of what the build wrote, kept in the home: a later build does not pull the classes from under what runs.
 *
 * @param folder one for each build, so that drivers of an earlier one keep theirs
 */
public record RunningCode(Path folder) {

    private static final String LAUNCHER = "services/launcher";
    private static final String RUNTIME = "streaming-jobs/cluster-runtime";
    private static final String INGESTION = "streaming-jobs/ingestion";
    private static final String INGESTION_SPARK = "streaming-jobs/ingestion-spark";

    /** Copies what is built now, if that has not been copied yet. */
    public static RunningCode copy(Home home) {
        var root = Checkout.root();
        try {
            var launcher = entries(root, LAUNCHER);
            var runtime = entries(root, RUNTIME);
            var ingestion = entries(root, INGESTION);
            var ingestionSpark = entries(root, INGESTION_SPARK);
            var all = home.root().resolve("code");
            var folder = all.resolve(fingerprint(List.of(launcher, runtime, ingestion, ingestionSpark)));
            if (!Files.isDirectory(folder)) {
                Files.createDirectories(all);
                var fresh = Files.createTempDirectory(all, "new-");
                write(launcher, root, fresh, folder, "launcher");
                write(runtime, root, fresh, folder, "runtime");
                write(ingestion, root, fresh, folder, "ingestion");
                write(ingestionSpark, root, fresh, folder, "ingestion-spark");
                try {
                    Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
                } catch (IOException e) {
                    // Another start copied the same at the same time.
                    Trees.delete(fresh);
                }
            }
            return new RunningCode(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot copy what was built: " + e.getMessage(), e);
        }
    }

    /** The class path of supervisor and control plane. */
    public String classPath() {
        return read("launcher-class-path.txt");
    }

    /** Where the class path of Spark drivers stands. */
    public Path runtimeClassPathFile() {
        return folder.resolve("runtime-class-path.txt");
    }

    /** Where the class path of the driver of pipelines stands. */
    public Path ingestionClassPathFile() {
        return folder.resolve("ingestion-class-path.txt");
    }

    /** So of the one of those on Spark. */
    public Path ingestionSparkClassPathFile() {
        return folder.resolve("ingestion-spark-class-path.txt");
    }

    /** Forgets the code of earlier builds; not while a driver may still run it. */
    void forgetOthers(Home home) {
        if (!ControlPlaneProcess.drivers(home, -1).isEmpty()) {
            return;
        }
        try (var all = Files.list(Home.parent(folder))) {
            for (var other : all.filter(path -> !path.equals(folder)).toList()) {
                Trees.delete(other);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String read(String file) {
        try {
            return Files.readString(folder.resolve(file)).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a module runs on: its own jar, and what it wrote down at {@code package}. */
    private static List<Path> entries(Path root, String module) throws IOException {
        var entries = new ArrayList<Path>();
        try (var built = Files.list(root.resolve(module).resolve("target"))) {
            built.filter(file -> String.valueOf(file.getFileName()).matches("fjord-.*(?<!-tests|-sources)\\.jar"))
                    .sorted()
                    .forEach(entries::add);
        }
        for (var entry : Checkout.classPath(module).split(File.pathSeparator)) {
            entries.add(Path.of(entry));
        }
        return entries;
    }

    private static String fingerprint(List<List<Path>> all) throws IOException {
        var sum = new CRC32();
        for (var entries : all) {
            for (var entry : entries) {
                var state = entry + " " + Files.getLastModifiedTime(entry).toMillis() + " " + Files.size(entry);
                sum.update(state.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            }
        }
        return HexFormat.of().toHexDigits((int) sum.getValue());
    }

    /** Copies what is ours, from the checkout or the local repository; libraries stay where they are. */
    private static void write(List<Path> entries, Path root, Path fresh, Path folder, String name) throws IOException {
        var classPath = new ArrayList<String>();
        for (var entry : entries) {
            var file = String.valueOf(entry.getFileName());
            if (entry.startsWith(root) || file.startsWith("fjord-")) {
                var target = fresh.resolve(file);
                if (Files.isDirectory(entry)) {
                    Trees.copy(entry, target);
                } else if (!Files.exists(target)) {
                    Files.copy(entry, target, StandardCopyOption.COPY_ATTRIBUTES);
                }
                classPath.add(folder.resolve(file).toString());
            } else {
                classPath.add(entry.toString());
            }
        }
        Files.writeString(fresh.resolve(name + "-class-path.txt"), String.join(File.pathSeparator, classPath) + "\n");
    }
}
