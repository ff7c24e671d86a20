package io.fjord.load;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * From the wish to suspend a token, or to take back a grant, to the first refusal by each way in: the API, the statement API,
 * HiveServer2 by JDBC, Spark Connect. The clients are real, the driver too, and all ask without a pause.
 */
final class DriverRevocations implements Scenario {

    private static final int ROUNDS = 3;
    private static final int COUNT = 20;
    private static final List<String> WAYS = List.of("api", "statements", "hiveserver2", "connect");
    private static final List<String> KINDS = List.of("token", "grant");

    @Override
    public String name() {
        return "driver-revocations";
    }

    @Override
    public Result run(LocalPlatform platform) throws Exception {
        Result result =
                new Result("From suspending a token or taking back a grant to the first refusal, with a driver");
        List<String> words = new ArrayList<>();
        for (String way : WAYS) {
            for (String kind : KINDS) {
                words.add(way + "-" + kind + "-p50");
                words.add(way + "-" + kind + "-p99");
            }
        }
        words.add("verified");
        ModuleProgram program;
        try (RunningCluster cluster = new RunningCluster(platform)) {
            program = cluster.program(
                    List.of(cluster.account("revoked")),
                    List.of("revocations", Integer.toString(ROUNDS), Integer.toString(COUNT)),
                    words);
        }
        for (int round = 0; round < ROUNDS; round++) {
            Map<String, Double> figures = new LinkedHashMap<>();
            for (String word : words.subList(0, words.size() - 1)) {
                figures.put(word.replace('-', ' ') + ", ms", program.said(word).get(round));
            }
            result.round(figures);
        }
        for (String way : WAYS) {
            for (String kind : KINDS) {
                result.atMost(way + " " + kind + " p99, ms", 1_000);
            }
        }
        result.verified(program.said("verified").get(0).longValue()
                + " times let in, refused, and let in again when it was taken back");
        return result;
    }
}
