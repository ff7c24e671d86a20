package io.fjord.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;

/** Classes as the JVM keeps them (class data sharing): written when a process first stops, read at every later start. */
public final class ClassArchive {

    private static final String WRITE = "-XX:ArchiveClassesAtExit=";

    private ClassArchive() {}

    /** The options that make a JVM with that class path write its archive, or read it. */
    public static List<String> options(Path folder, String name, String classPath) {
        var archive = file(folder, name, classPath);
        // One that does not fit, or was cut short, is ignored by the JVM.
        return List.of(
                "-Xshare:auto",
                // Else it names each class it leaves out.
                "-Xlog:cds*=error",
                (Files.exists(archive) ? "-XX:SharedArchiveFile=" : WRITE) + archive);
    }

    /** Whether such a JVM would read it. */
    public static boolean isWritten(Path folder, String name, String classPath) {
        return Files.exists(file(folder, name, classPath));
    }

    /** Deletes what that command has written: stopped while it started, it knew few of the classes a start needs. */
    static void forget(List<String> command) throws IOException {
        for (var option : command) {
            if (option.startsWith(WRITE)) {
                Files.deleteIfExists(Path.of(option.substring(WRITE.length())));
            }
        }
    }

    private static Path file(Path folder, String name, String classPath) {
        var sum = new CRC32();
        sum.update((System.getProperty("java.vm.version") + classPath).getBytes(StandardCharsets.UTF_8));
        return folder.resolve(name + "-" + HexFormat.of().toHexDigits((int) sum.getValue()) + ".jsa");
    }
}
