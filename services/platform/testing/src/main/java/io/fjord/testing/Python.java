package io.fjord.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Python with packages of PyPI, in a folder of its own; where it cannot be had, the test is skipped and says why. */
public final class Python {

    /** What a program said, and how it ended; -1 if it did not end within five minutes, or could not begin. */
    public record Run(int exit, String output) {

        private String lastLine() {
            return output.strip().lines().reduce("", (before, line) -> line);
        }
    }

    private final Path programs;

    private Python(Path folder) {
        programs = folder.resolve("bin");
    }

    /** @param packages as pip takes them, with their versions */
    public static Python with(Path folder, List<String> packages) throws InterruptedException {
        Python python = new Python(folder);
        if (!Files.isExecutable(python.program("python"))) {
            Run made = run(Path.of("."), Map.of(), List.of("python3", "-m", "venv", folder.toString()));
            assumeTrue(made.exit() == 0, "there is no python3 with venv: " + made.lastLine());
        }
        List<String> install =
                new ArrayList<>(List.of("-m", "pip", "install", "--quiet", "--disable-pip-version-check"));
        install.addAll(packages);
        Run installed = python.run(Path.of("."), Map.of(), "python", install);
        assumeTrue(installed.exit() == 0, "pip cannot install " + packages + ": " + installed.lastLine());
        return python;
    }

    /**
     * @param where it works
     * @param program {@code python}, or one that came with a package
     */
    public Run run(Path where, Map<String, String> environment, String program, List<String> arguments)
            throws InterruptedException {
        List<String> command = new ArrayList<>(List.of(program(program).toString()));
        command.addAll(arguments);
        return run(where, environment, command);
    }

    private Path program(String name) {
        return programs.resolve(name).toAbsolutePath();
    }

    private static Run run(Path where, Map<String, String> environment, List<String> command)
            throws InterruptedException {
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command).directory(where.toFile()).redirectErrorStream(true);
            builder.environment().putAll(environment);
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Run(process.waitFor(5, TimeUnit.MINUTES) ? process.exitValue() : -1, output);
        } catch (IOException e) {
            return new Run(-1, String.valueOf(e.getMessage()));
        }
    }
}
