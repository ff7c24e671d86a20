package io.fjord.load;

import java.io.IOException;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;

/**
 * Control actions with authentication and policy, against the same service put together without: nobody asked for a token, no
 * guard before the handler.
 *
 * <p>Core runs in a process of its own, once as the product, once as a program among the tests of the launcher; all else is
 * the same. Measured are commands that wait on the log, decided in batches, and commands posted by eight clients.
 */
final class GuardedCommands implements Scenario {

    private static final String EVENTS = "fjord.core.events";
    private static final String UNGUARDED = "io.fjord.launcher.UnguardedCore";
    private static final String ACTOR = "service-account:load";
    private static final String STRANGER = "service-account:stranger";
    private static final int ROUNDS = 4;
    private static final int GRANTS = 500;
    private static final int CLUSTERS = 2500;
    private static final int WAVES = 3;
    /** Until the second compiler has little left to do: the guarded side has more code that it compiles. */
    private static final int WARM_UPS = 10;

    private static final int CLIENTS = 8;
    private static final int POSTS = 500;
    private static final int WARM_POSTS = 500;

    @Override
    public String name() {
        return "guarded-commands";
    }

    @Override
    public Result run(LocalPlatform platform) throws Exception {
        Result result = new Result("Control actions: with authentication and policy / without");
        platform.servers();
        int port = LocalPlatform.freePort();
        Map<String, String> rules = Map.of("FJORD_SERVICE_CORE", "http://127.0.0.1:" + port);
        int commands = 0;
        try (ServedPlane plane = ServedPlane.start(platform, "cdc,control-policies,iam,gateway", rules)) {
            String token = admitted(plane, platform.token());
            Map<String, String> settings =
                    Map.of("FJORD_PORT", Integer.toString(port), "FJORD_GATEWAY", "http://127.0.0.1:" + plane.port());
            for (int round = 1; round <= ROUNDS; round++) {
                // The journal grows with each side: neither is always the first.
                boolean first = round % 2 == 1;
                Rates one = side(platform, settings, token, round, first);
                Rates other = side(platform, settings, token, round, !first);
                Rates with = first ? one : other;
                Rates without = first ? other : one;
                commands += 2 * (2 * WAVES * CLUSTERS + CLIENTS * POSTS);
                Map<String, Double> figures = new LinkedHashMap<>();
                figures.put("on the log, without, commands/s", without.decided);
                figures.put("on the log, with, commands/s", with.decided);
                figures.put("on the log, ratio", with.decided / without.decided);
                figures.put("posted, without, commands/s", without.posted);
                figures.put("posted, with, commands/s", with.posted);
                figures.put("posted, ratio", with.posted / without.posted);
                result.round(figures);
            }
        }
        result.atLeast("on the log, ratio", 0.8);
        result.atLeast("posted, ratio", 0.8);
        result.verified(commands + " timed commands: each one outcome, accepted; positions dense; journal = counter; a"
                + " stranger refused with policy and not without");
        return result;
    }

    private record Rates(double decided, double posted) {}

    private static Rates side(
            LocalPlatform platform, Map<String, String> settings, String token, int round, boolean guarded)
            throws Exception {
        try (ServedPlane core = guarded
                ? ServedPlane.start(platform, "core", settings)
                : ServedPlane.program(platform, UNGUARDED, "core", settings)) {
            return rates(platform, core, token, (guarded ? "with-" : "without-") + round, guarded);
        }
    }

    /** Somebody with grants among many, a policy and a guardrail whose conditions have to be evaluated. */
    private static String admitted(ServedPlane plane, String operator) throws IOException {
        try (LeanHttp http = new LeanHttp(plane.port(), operator)) {
            made(http, "/api/v1/service-accounts", "{\"name\":\"load\"}");
            for (int i = 0; i < GRANTS; i++) {
                made(
                        http,
                        "/api/v1/grants",
                        "{\"subject\":\"user:other-" + i + "\",\"role\":\"member\",\"resources\":[\"default/cluster/o"
                                + i + "-*\"]}");
            }
            made(
                    http,
                    "/api/v1/grants",
                    "{\"subject\":\"" + ACTOR + "\",\"role\":\"owner\",\"resources\":[\"default/cluster/*\"]}");
            made(
                    http,
                    "/api/v1/policies",
                    "{\"name\":\"small\",\"effect\":\"DENY\",\"subjects\":[\"" + ACTOR
                            + "\"],\"actions\":[\"cluster:create\"],\"resources\":[\"default/cluster/*\"],"
                            + "\"condition\":\"resource.name.startsWith('forbidden-')\"}");
            made(
                    http,
                    "/api/v1/guardrails",
                    "{\"name\":\"named\",\"commandTypes\":[\"fjord.core.cluster.CreateCluster\"],\"mode\":\"ENFORCE\","
                            + "\"expression\":\"!resource.name.startsWith('unnamed-')\",\"message\":\"Named.\"}");
            return made(http, "/api/v1/service-accounts/load/tokens", "{\"label\":\"load test\"}")
                    .field("value");
        }
    }

    private static LeanHttp.Answer made(LeanHttp http, String path, String json) throws IOException {
        LeanHttp.Answer made = http.decide(path, json);
        if (made.status() != 201) {
            throw new IOException(path + " was answered " + made.status() + " " + made.body());
        }
        return made;
    }

    private static Rates rates(LocalPlatform platform, ServedPlane core, String token, String names, boolean guarded)
            throws Exception {
        try (Connection database = platform.database();
                EventReader reader = new EventReader(platform.kafka(), Set.of(EVENTS));
                KafkaProducer<String, byte[]> producer = Commands.producer(platform.kafka(), 20)) {
            BatchedDecisions.raiseQuota(database);
            stranger(producer, reader, names, guarded);
            waves(core, database, producer, reader, names + "-warm", WARM_UPS);
            double seconds = waves(core, database, producer, reader, names, WAVES);
            posted(core, token, reader, names + "-pw", WARM_POSTS);
            double posting = posted(core, token, reader, names + "-p", POSTS);
            reader.verify();
            BatchedDecisions.verifyJournal(database);
            return new Rates(2 * WAVES * CLUSTERS / seconds, CLIENTS * POSTS / posting);
        }
    }

    /** Clusters made and deleted again, so that no wave finds more of them than another; @return seconds, of all. */
    private static double waves(
            ServedPlane core,
            Connection database,
            KafkaProducer<String, byte[]> producer,
            EventReader reader,
            String names,
            int waves)
            throws Exception {
        double seconds = 0;
        for (int wave = 0; wave < waves; wave++) {
            for (String type : List.of("CreateCluster", "DeleteCluster")) {
                seconds += BatchedDecisions.wave(
                        core, database, producer, reader, ACTOR, type, names + "-" + wave, CLUSTERS);
            }
        }
        return seconds;
    }

    /** What is measured is what is said: one side asks who may, the other does not. */
    private static void stranger(
            KafkaProducer<String, byte[]> producer, EventReader reader, String names, boolean guarded)
            throws Exception {
        String id = Commands.newId();
        producer.send(Commands.cluster(
                        "fjord.core.commands",
                        id,
                        STRANGER,
                        "CreateCluster",
                        names + "-x",
                        "{\"size\":\"XS\",\"secretRef\":\"none\"}"))
                .get();
        reader.await(Set.of(id), Duration.ofSeconds(60));
        String told = reader.problem(id);
        if (told.contains("access-denied") != guarded) {
            throw new IllegalStateException("A stranger was told: " + told);
        }
    }

    /** Clients that create a cluster and delete it; @return seconds from the first request to the last outcome. */
    private static double posted(ServedPlane core, String token, EventReader reader, String names, int posts)
            throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            Set<String> operations = new ConcurrentSkipListSet<>();
            List<Future<?>> all = new ArrayList<>();
            long began = System.nanoTime();
            for (int client = 0; client < CLIENTS; client++) {
                String own = names + "-" + client + "-";
                all.add(clients.submit(() -> {
                    try (LeanHttp http = new LeanHttp(core.port(), token)) {
                        for (int i = 0; i < posts; i += 2) {
                            operations.add(taken(
                                    http.post("/api/v1/clusters", "{\"name\":\"" + own + i + "\",\"size\":\"XS\"}")));
                            operations.add(taken(http.delete("/api/v1/clusters/" + own + i)));
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
            reader.await(operations, Duration.ofSeconds(120));
            if (operations.size() != CLIENTS * posts
                    || reader.countOutcomes(operations, "accepted") != CLIENTS * posts) {
                throw new IllegalStateException("Not all of " + CLIENTS * posts + " posted commands were accepted");
            }
            return (reader.lastArrival(operations) - began) / 1e9;
        } finally {
            clients.shutdownNow();
        }
    }

    private static String taken(LeanHttp.Answer answer) throws IOException {
        if (answer.status() != 202) {
            throw new IOException("A command was answered " + answer.status() + " " + answer.body());
        }
        return answer.location().replaceFirst("\\?.*", "").replaceFirst(".*/", "");
    }
}
