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

    /** Bytes below a folder; files that vanish while we look count nothing. */
    public static long size(Path folder) {
        if (!Files.exists(folder)) {
            return 0;
        }
        var total = new long[1];
        try {
            Files.walkFileTree(folder, new java.nio.file.SimpleFileVisitor<>() {
                @Override
                public java.nio.file.FileVisitResult visitFile(
                        Path file, java.nio.file.attribute.BasicFileAttributes attributes) {
                    total[0] += attributes.size();
                    return java.nio.file.FileVisitResult.CONTINUE;
                }

                @Override
                public java.nio.file.FileVisitResult visitFileFailed(Path file, IOException gone) {
                    return java.nio.file.FileVisitResult.CONTINUE;
                }

                @Override
                public java.nio.file.FileVisitResult postVisitDirectory(
                        Path directory, @org.jspecify.annotations.Nullable IOException gone) {
                    return java.nio.file.FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            return total[0];
        }
        return total[0];
    }
}
