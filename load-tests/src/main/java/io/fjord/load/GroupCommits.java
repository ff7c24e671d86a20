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

/**
 * Synchronous commits of eight writers: through the group committer against each taking the counter row itself.
 *
 * <p>From outside nobody can make the product take the slow way, so a program among the tests of platform/sql does both.
 */
final class GroupCommits implements Scenario {

    private static final String PROGRAM = "io.fjord.platform.sql.load.GroupCommitLoad";
    private static final int ROUNDS = 3;
    private static final int SECONDS = 5;

    @Override
    public String name() {
        return "group-commits";
    }

    @Override
    public Result run(LocalPlatform platform) throws Exception {
        Result result =
                new Result("Synchronous commits of eight writers: group committer / each the counter row itself");
        platform.servers();
        Path module = platform.root().resolve("services/platform/sql");
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        module.resolve("target/test-classes") + ":" + module.resolve("target/classes") + ":"
                                + Files.readString(module.resolve("target/test-class-path.txt"))
                                        .strip(),
                        PROGRAM,
                        Integer.toString(ROUNDS),
                        Integer.toString(SECONDS))
                .redirectError(platform.home().resolve("logs/group-commits.log").toFile());
        builder.environment()
                .put("FJORD_DATABASE", platform.address("FJORD_DATABASE").toString());
        Process program = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(program::destroyForcibly));
        Map<String, List<Double>> said = read(program);
        if (program.waitFor() != 0 || !said.containsKey("verified")) {
            throw new IOException("The program failed; see logs/group-commits.log in the home");
        }
        for (int round = 0; round < ROUNDS; round++) {
            double alone = said(said, "alone").get(round);
            double group = said(said, "group").get(round);
            Map<String, Double> figures = new LinkedHashMap<>();
            figures.put("each the counter row, commits/s", alone);
            figures.put("group committer, commits/s", group);
            figures.put("ratio", group / alone);
            result.round(figures);
        }
        result.atLeast("ratio", 2);
        result.verified("rows = events = counter = commits answered ("
                + said(said, "verified").get(0).longValue() + ")");
        return result;
    }

    private static Map<String, List<Double>> read(Process program) throws IOException {
        Map<String, List<Double>> said = new LinkedHashMap<>();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(program.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ");
                if (words.length == 2 && List.of("group", "alone", "verified").contains(words[0])) {
                    said.computeIfAbsent(words[0], word -> new ArrayList<>()).add(Double.valueOf(words[1]));
                }
            }
        }
        return said;
    }

    private static List<Double> said(Map<String, List<Double>> said, String word) {
        return Objects.requireNonNull(said.get(word), word);
    }
}
