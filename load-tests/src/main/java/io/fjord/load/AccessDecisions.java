package io.fjord.load;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * May this actor do that: one decision with ten thousand grants known, half of them to groups.
 *
 * <p>A request takes a hundred times as long, so a program among the tests of platform/access asks the rules themselves.
 */
final class AccessDecisions implements Scenario {

    private static final String PROGRAM = "io.fjord.platform.access.load.AccessDecisionLoad";
    private static final int ROUNDS = 3;

    @Override
    public String name() {
        return "access-decisions";
    }

    @Override
    public Result run(LocalPlatform platform) throws Exception {
        Result result = new Result("One access decision with 10,000 grants");
        platform.servers();
        ModuleProgram program = ModuleProgram.run(
                platform,
                "services/platform/access",
                PROGRAM,
                Map.of(),
                List.of(Integer.toString(ROUNDS)),
                List.of("p50", "p99", "verified"));
        for (int round = 0; round < ROUNDS; round++) {
            Map<String, Double> figures = new LinkedHashMap<>();
            figures.put("decision p50, µs", program.said("p50").get(round));
            figures.put("decision p99, µs", program.said("p99").get(round));
            result.round(figures);
        }
        result.atMost("decision p50, µs", 5);
        result.verified(program.said("verified").get(0).longValue() + " decisions equal to a scan of all grants");
        return result;
    }
}
