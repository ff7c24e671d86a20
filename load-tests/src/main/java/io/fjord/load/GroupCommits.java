package io.fjord.load;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
        ModuleProgram program = ModuleProgram.run(
                platform,
                "services/platform/sql",
                PROGRAM,
                Map.of("FJORD_DATABASE", platform.address("FJORD_DATABASE").toString()),
                List.of(Integer.toString(ROUNDS), Integer.toString(SECONDS)),
                List.of("group", "alone", "verified"));
        for (int round = 0; round < ROUNDS; round++) {
            double alone = program.said("alone").get(round);
            double group = program.said("group").get(round);
            Map<String, Double> figures = new LinkedHashMap<>();
            figures.put("each the counter row, commits/s", alone);
            figures.put("group committer, commits/s", group);
            figures.put("ratio", group / alone);
            result.round(figures);
        }
        result.atLeast("ratio", 2);
        result.verified("rows = events = counter = commits answered ("
                + program.said("verified").get(0).longValue() + ")");
        return result;
    }
}
