package io.fjord.load;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * From the moment SCIM says that somebody is not active any more to the end of the statement they run: by the statement API, by
 * JDBC, by Spark Connect.
 */
final class Deprovisioning implements Scenario {

    private static final int ROUNDS = 3;
    private static final int COUNT = 5;
    private static final List<String> WAYS = List.of("statements", "hiveserver2", "connect");

    @Override
    public String name() {
        return "deprovisioning";
    }

    @Override
    public Result run(LocalPlatform platform) throws Exception {
        Result result = new Result("From deprovisioning somebody to the end of the statement they run");
        List<String> words = new ArrayList<>();
        for (String way : WAYS) {
            words.add(way + "-p50");
            words.add(way + "-longest");
        }
        words.add("verified");
        ModuleProgram program;
        try (RunningCluster cluster = new RunningCluster(platform)) {
            List<RunningCluster.Who> people = new ArrayList<>();
            for (int i = 0; i < ROUNDS * COUNT * WAYS.size(); i++) {
                people.add(cluster.person("leaver-" + i));
            }
            program = cluster.program(
                    people, List.of("deprovisioning", Integer.toString(ROUNDS), Integer.toString(COUNT)), words);
        }
        for (int round = 0; round < ROUNDS; round++) {
            Map<String, Double> figures = new LinkedHashMap<>();
            for (String way : WAYS) {
                figures.put(way + " p50, ms", program.said(way + "-p50").get(round));
                figures.put(way + " longest, ms", program.said(way + "-longest").get(round));
            }
            result.round(figures);
        }
        WAYS.forEach(way -> result.atMost(way + " longest, ms", 5_000));
        result.verified(program.said("verified").get(0).longValue()
                + " statements ran, ended without a result, and who ran them is not let in any more");
        return result;
    }
}
