package io.fjord.load;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** From the wish to suspend a personal access token to the first request it is refused, while it is used all the time. */
final class Revocations implements Scenario {

    private static final int ROUNDS = 3;
    private static final int SUSPENSIONS = 100;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String READ = "/api/v1/clusters";

    @Override
    public String name() {
        return "revocations";
    }

    @Override
    public Result run(LocalPlatform platform) throws Exception {
        Result result = new Result("From suspending a token to its first refusal");
        platform.servers();
        try (ServedPlane plane = ServedPlane.start(platform, "cdc,core,iam,audit,gateway", Map.of());
                LeanHttp owner = new LeanHttp(plane.port(), platform.token())) {
            LeanHttp.Answer made = owner.decide("/api/v1/tokens", "{\"label\":\"load test\"}");
            String id = made.field("id");
            try (LeanHttp bearer = new LeanHttp(plane.port(), made.field("value"))) {
                nanos(owner, bearer, id, 20);
                for (int round = 1; round <= ROUNDS; round++) {
                    long[] nanos = nanos(owner, bearer, id, SUSPENSIONS);
                    Map<String, Double> figures = new LinkedHashMap<>();
                    figures.put("refused after p50, ms", Result.percentile(50, nanos));
                    figures.put("refused after p99, ms", Result.percentile(99, nanos));
                    result.round(figures);
                }
            }
        }
        result.atMost("refused after p99, ms", 1_000);
        result.verified(ROUNDS * SUSPENSIONS + " suspensions, each refused, each time let in again when resumed");
        return result;
    }

    private static long[] nanos(LeanHttp owner, LeanHttp bearer, String id, int count) throws IOException {
        long[] nanos = new long[count];
        for (int i = 0; i < count; i++) {
            until(200, bearer);
            long began = System.nanoTime();
            LeanHttp.Answer suspended = owner.post("/api/v1/tokens/" + id + "/suspend");
            if (suspended.status() != 202) {
                throw new IOException("Suspending was answered " + suspended.status() + " " + suspended.body());
            }
            until(401, bearer);
            nanos[i] = System.nanoTime() - began;
            LeanHttp.Answer resumed = owner.decide("/api/v1/tokens/" + id + "/resume", "");
            if (resumed.status() != 200) {
                throw new IOException("Resuming was answered " + resumed.status() + " " + resumed.body());
            }
        }
        return nanos;
    }

    private static void until(int status, LeanHttp bearer) throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        LeanHttp.Answer answer = bearer.get(READ);
        while (answer.status() != status) {
            if (System.nanoTime() > end) {
                throw new IOException("Still answered " + answer.status() + " " + answer.body());
            }
            answer = bearer.get(READ);
        }
    }
}
