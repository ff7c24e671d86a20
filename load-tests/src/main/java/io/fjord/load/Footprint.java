package io.fjord.load;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What an idle Fjord takes: memory of the control plane with all services, and the time of a start that is not the first. */
final class Footprint implements Scenario {

    private static final int ROUNDS = 3;
    private static final int IDLE_SECONDS = 20;

    @Override
    public String name() {
        return "footprint";
    }

    @Override
    public Result run(LocalPlatform platform) throws Exception {
        Result result = new Result("fjord up with all services: second start, memory when idle");
        platform.down();
        // The first start unpacks, makes the databases and writes the archives of classes when it ends.
        platform.up("all");
        platform.down();
        for (int round = 1; round <= ROUNDS; round++) {
            Map<String, Double> figures = new LinkedHashMap<>();
            figures.put("second start to ready, s", platform.up("all"));
            TimeUnit.SECONDS.sleep(IDLE_SECONDS);
            figures.put("control plane resident, MiB", Machine.resident(platform.pid("control-plane")));
            figures.put("broker resident, MiB", Machine.resident(platform.pid("kafka")));
            figures.put("object store resident, MiB", Machine.resident(platform.pid("object-store")));
            figures.put("supervisor resident, MiB", Machine.resident(platform.pid("supervisor")));
            figures.put(
                    "load average of the minute",
                    Double.parseDouble(Machine.load().split(" ")[0]));
            result.round(figures);
            answers(platform);
            platform.down();
        }
        result.atMost("control plane resident, MiB", 400);
        result.atMost("second start to ready, s", 15);
        result.verified("ready and answering in each round");
        return result;
    }

    private static void answers(LocalPlatform platform) throws IOException {
        try (LeanHttp http = new LeanHttp(platform.port(), platform.token())) {
            for (String path : new String[] {"/health/ready", "/api/v1/clusters", "/api/v1/audit/events"}) {
                LeanHttp.Answer answer = http.get(path);
                if (answer.status() != 200) {
                    throw new IOException(path + " was answered " + answer.status() + " " + answer.body());
                }
            }
        }
    }
}
