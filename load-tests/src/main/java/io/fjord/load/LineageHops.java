package io.fjord.load;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Three hops up or down from a table, in the lineage of a hundred thousand datasets with a million edges between them; all of it
 * told over the API, as engines do.
 *
 * <p>The datasets lie in layers, as raw, cleaned and reported ones do; each run makes ten of one layer out of ten of the one before.
 * {@code FJORD_LINEAGE_EDGES} says how many edges instead.
 */
final class LineageHops implements Scenario {

    private static final int EDGES = Integer.parseInt(System.getenv().getOrDefault("FJORD_LINEAGE_EDGES", "1000000"));
    private static final int LAYERS = 10;
    /** So that a dataset is made of a dozen others. */
    private static final int IN_A_LAYER = Math.max(50, EDGES / 100);

    private static final int OF_A_RUN = 10;
    private static final int AT_ONCE = 50;
    private static final int TABLES = 20;
    private static final int TABLES_LAYER = 5;
    private static final int ROUNDS = 3;
    private static final int WALKS = 200;
    private static final int WARM_UP = 50;
    private static final Pattern NODE = Pattern.compile("\"hops\":");

    @Override
    public String name() {
        return "lineage-hops";
    }

    @Override
    public Result run(LocalPlatform platform) throws Exception {
        Result result =
                new Result(String.format("Three hops over %,d edges between %,d datasets", EDGES, LAYERS * IN_A_LAYER));
        platform.servers();
        try (ServedPlane plane =
                        ServedPlane.start(platform, "cdc,control-policies,iam,core,catalog,gateway", Map.of());
                LeanHttp http = new LeanHttp(plane.port(), platform.token())) {
            createTables(http);
            long began = System.nanoTime();
            Set<List<Integer>> told = tell(http);
            double seconds = (System.nanoTime() - began) / 1e9;
            walks(http, WARM_UP, new Random(0));
            for (int round = 1; round <= ROUNDS; round++) {
                Map<String, Double> figures = walks(http, WALKS, new Random(round));
                figures.put("edges told a second", told.size() / seconds);
                result.round(figures);
            }
            result.verified(String.format("%,d different edges were told; %s", told.size(), checked(http, told)));
        }
        result.atMost("3 hops p99, ms", 300);
        return result;
    }

    private static void createTables(LeanHttp http) throws IOException {
        expect(http.post("/iceberg/v1/default/namespaces", "{\"namespace\":[\"hops\"]}"), 200);
        for (int i = 0; i < TABLES; i++) {
            expect(
                    http.post(
                            "/iceberg/v1/default/namespaces/hops/tables",
                            "{\"name\":\"t" + i + "\",\"schema\":{\"type\":\"struct\",\"schema-id\":0,\"fields\":"
                                    + "[{\"id\":1,\"name\":\"id\",\"required\":false,\"type\":\"long\"}]}}"),
                    200);
        }
    }

    private static LeanHttp.Answer expect(LeanHttp.Answer answer, int status) throws IOException {
        if (answer.status() != status) {
            throw new IOException("Answered " + answer.status() + " " + answer.body());
        }
        return answer;
    }

    /** @return the edges, each as layer of its end, beginning, end */
    private static Set<List<Integer>> tell(LeanHttp http) throws IOException {
        Random random = new Random(7);
        Set<List<Integer>> edges = new HashSet<>();
        List<String> events = new ArrayList<>();
        for (int run = 0; edges.size() < EDGES; run++) {
            int layer = 1 + run % (LAYERS - 1);
            List<Integer> inputs = some(random);
            List<Integer> outputs = next(run / (LAYERS - 1));
            inputs.forEach(from -> outputs.forEach(to -> edges.add(List.of(layer, from, to))));
            events.add("{\"eventType\":\"COMPLETE\",\"eventTime\":\"2026-11-21T09:00:00Z\",\"producer\":\"load:tests\","
                    + "\"schemaURL\":\"https://openlineage.io/spec/1-0-5/OpenLineage.json\",\"run\":{\"runId\":\""
                    + new UUID(random.nextLong(), random.nextLong())
                    + "\"},\"job\":{\"namespace\":\"load\",\"name\":\"job "
                    + layer + "/" + run % 500 + "\"},\"inputs\":" + datasets(layer - 1, inputs) + ",\"outputs\":"
                    + datasets(layer, outputs) + "}");
            if (events.size() == AT_ONCE || edges.size() >= EDGES) {
                expect(http.post("/api/v1/lineage/batch", "[" + String.join(",", events) + "]"), 200);
                events.clear();
            }
        }
        return edges;
    }

    private static List<Integer> some(Random random) {
        Set<Integer> some = new TreeSet<>();
        while (some.size() < OF_A_RUN) {
            some.add(random.nextInt(IN_A_LAYER));
        }
        return List.copyOf(some);
    }

    /** One group after the other, so that each is made of something. */
    private static List<Integer> next(int group) {
        List<Integer> next = new ArrayList<>();
        for (int i = 0; i < OF_A_RUN; i++) {
            next.add((group * OF_A_RUN + i) % IN_A_LAYER);
        }
        return next;
    }

    private static String datasets(int layer, List<Integer> numbers) {
        List<String> all = new ArrayList<>();
        for (int number : numbers) {
            String table = layer == TABLES_LAYER && number < TABLES
                    ? ",\"facets\":{\"symlinks\":{\"_producer\":\"load:tests\",\"_schemaURL\":\"load:tests\","
                            + "\"identifiers\":[{\"namespace\":\"load\",\"name\":\"hops.t" + number
                            + "\",\"type\":\"TABLE\"}]}}"
                    : "";
            all.add("{\"namespace\":\"load\",\"name\":\"layer " + layer + "/" + number + "\"" + table + "}");
        }
        return "[" + String.join(",", all) + "]";
    }

    private static Map<String, Double> walks(LeanHttp http, int count, Random random) throws IOException {
        long[] nanos = new long[count];
        long nodes = 0;
        for (int i = 0; i < count; i++) {
            String path = walk(random.nextInt(TABLES), random.nextBoolean() ? "upstream" : "downstream", 3);
            long began = System.nanoTime();
            LeanHttp.Answer answer = http.get(path);
            nanos[i] = System.nanoTime() - began;
            nodes += NODE.matcher(expect(answer, 200).body()).results().count();
        }
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("3 hops p50, ms", Result.percentile(50, nanos));
        figures.put("3 hops p99, ms", Result.percentile(99, nanos));
        figures.put("datasets of a walk", nodes / (double) count);
        return figures;
    }

    private static String walk(int table, String direction, int depth) {
        return "/api/v1/lineage?asset=default/table/default.hops.t" + table + "&direction=" + direction + "&depth="
                + depth;
    }

    /** One hop is what was told. */
    private static String checked(LeanHttp http, Set<List<Integer>> told) throws IOException {
        for (int table = 0; table < TABLES; table++) {
            int number = table;
            long expected = told.stream()
                    .filter(edge -> edge.get(0) == TABLES_LAYER && edge.get(2) == number)
                    .map(edge -> edge.get(1))
                    .distinct()
                    .count();
            String body = expect(http.get(walk(table, "upstream", 1)), 200).body();
            long found = NODE.matcher(body).results().count() - 1;
            if (found != expected) {
                throw new IllegalStateException(
                        "t" + table + " is made of " + expected + " datasets, told are " + found);
            }
        }
        return "what each table is made of is what was told";
    }
}
