package io.fjord.embedded;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The folder Fjord was built in, found from anywhere below it; child processes take their class paths from there. */
public final class Checkout {

    private Checkout() {}

    /** {@code -Dfjord.root}, else {@code FJORD_ROOT}, else the nearest folder above that holds Fjord's pom. */
    public static Path root() {
        var given = System.getProperty("fjord.root", System.getenv().getOrDefault("FJORD_ROOT", ""));
        if (!given.isBlank()) {
            return Path.of(given).toAbsolutePath().normalize();
        }
        var start = Path.of(System.getProperty("user.dir")).toAbsolutePath();
        for (var folder = start; folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("pom.xml")) && Files.isDirectory(folder.resolve("services/platform"))) {
                return folder;
            }
        }
        throw new ServerFailed("Cannot find Fjord's folder above " + start
                + ". Start from inside it, or name it with -Dfjord.root or FJORD_ROOT.");
    }

    /** The class path a module wrote at {@code package}, as one string. */
    public static String classPath(String module) {
        var file = root().resolve(module).resolve("target/class-path.txt");
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new ServerFailed("There is no " + file + ". Run `mvn -DskipTests package` in " + root()
                    + " first: it is written when the module " + module + " is packaged.");
        }
    }

    /** The jars of such a class path whose file name starts so. */
    static Path jar(String module, String start) {
        return List.of(classPath(module).split(File.pathSeparator)).stream()
                .map(Path::of)
                .filter(jar -> String.valueOf(jar.getFileName()).startsWith(start))
                .findFirst()
                .orElseThrow(() -> new ServerFailed("The class path of " + module + " holds no " + start
                        + "….jar. Run `mvn -DskipTests package` again."));
    }
}
