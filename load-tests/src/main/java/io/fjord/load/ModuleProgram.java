package io.fjord.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A program among the tests of a module, for what cannot be measured from outside; it says its figures a line each. */
final class ModuleProgram {

    private final Map<String, List<Double>> said;

    private ModuleProgram(Map<String, List<Double>> said) {
        this.said = said;
    }

    /**
     * Runs it to its end.
     *
     * @param module its folder, as {@code services/platform/sql}
     * @param words what its lines of two words may begin with; the last one says that it has verified what it did
     */
    static ModuleProgram run(
            LocalPlatform platform,
            String module,
            String name,
            Map<String, String> environment,
            List<String> arguments,
            List<String> words)
            throws IOException, InterruptedException {
        return run(platform, classPath(platform, module), List.of(), name, environment, arguments, words);
    }

    /**
     * The same with a class path and options of its own.
     *
     * @param options of the JVM
     */
    static ModuleProgram run(
            LocalPlatform platform,
            String classPath,
            List<String> options,
            String name,
            Map<String, String> environment,
            List<String> arguments,
            List<String> words)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(), "-Xmx256m", "-XX:+UseSerialGC"));
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, name));
        command.addAll(arguments);
        String log = name.substring(name.lastIndexOf('.') + 1) + ".log";
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectError(platform.home().resolve("logs").resolve(log).toFile());
        builder.environment().putAll(environment);
        Process program = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(program::destroyForcibly));
        Map<String, List<Double>> said = read(program, words);
        if (program.waitFor() != 0 || !said.containsKey(words.get(words.size() - 1))) {
            throw new IOException("The program failed; see logs/" + log + " in the home");
        }
        return new ModuleProgram(said);
    }

    /** Of the tests of a module. */
    static String classPath(LocalPlatform platform, String module) throws IOException {
        Path folder = platform.root().resolve(module);
        return folder.resolve("target/test-classes") + ":" + folder.resolve("target/classes") + ":"
                + Files.readString(folder.resolve("target/test-class-path.txt")).strip();
    }

    private static Map<String, List<Double>> read(Process program, List<String> words) throws IOException {
        Map<String, List<Double>> said = new LinkedHashMap<>();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(program.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] both = line.split(" ");
                if (both.length == 2 && words.contains(both[0])) {
                    said.computeIfAbsent(both[0], word -> new ArrayList<>()).add(Double.valueOf(both[1]));
                }
            }
        }
        return said;
    }

    List<Double> said(String word) {
        return Objects.requireNonNull(said.get(word), word);
    }
}
