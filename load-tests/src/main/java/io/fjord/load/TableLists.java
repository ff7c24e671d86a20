package io.fjord.load;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The list of ten thousand tables against that of a hundred, per table: whole, and in pages of a hundred, in turns. */
final class TableLists implements Scenario {

    /** Also of {@link CommitToSearch}. */
    static final String NAMESPACE = "many";

    static final int MANY = Integer.parseInt(System.getenv().getOrDefault("FJORD_TABLES", "10000"));

    private static final String FEW_NAMESPACE = "few";
    private static final int FEW = 100;
    private static final int WHOLE = 100;
    private static final int PASSES = 3;
    private static final int ROUNDS = 3;
    private static final Pattern NAME = Pattern.compile("\"name\":\"(table_[0-9]+)\"");
    private static final Pattern NEXT = Pattern.compile("\"next-page-token\":\"([^\"]+)\"");

    @Override
    public String name() {
        return "table-lists";
    }

    @Override
    public Result run(LocalPlatform platform) throws Exception {
        Result result = new Result(String.format("List of %,d tables / of %d, per table", MANY, FEW));
        platform.servers();
        try (ServedPlane plane =
                ServedPlane.start(platform, "cdc,control-policies,iam,core,catalog,gateway", Map.of())) {
            CatalogServer server =
                    new CatalogServer(plane.port(), platform.token(), "/iceberg/v1/default", plane.pid());
            server.createMany(FEW_NAMESPACE, FEW);
            server.createMany(NAMESPACE, MANY);
            try (LeanHttp http = server.connect()) {
                measure(server, http);
                for (int round = 1; round <= ROUNDS; round++) {
                    result.round(measure(server, http));
                }
                result.verified(complete(server, http));
            }
        }
        result.atMost("whole p99, ratio", 1.5);
        result.atMost("in pages p99, ratio", 1.5);
        return result;
    }

    private static Map<String, Double> measure(CatalogServer server, LeanHttp http) throws IOException {
        long[] many = new long[WHOLE];
        long[] few = new long[WHOLE * PASSES];
        for (int i = 0; i < few.length; i++) {
            few[i] = whole(server, http, FEW_NAMESPACE);
            if (i % PASSES == 0) {
                many[i / PASSES] = whole(server, http, NAMESPACE);
            }
        }
        int pages = MANY / FEW;
        long[] page = new long[PASSES * pages];
        long[] first = new long[PASSES * pages];
        for (int pass = 0; pass < PASSES; pass++) {
            String token = "";
            for (int i = 0; i < pages; i++) {
                long began = System.nanoTime();
                page(server, http, FEW_NAMESPACE, "");
                first[pass * pages + i] = System.nanoTime() - began;
                began = System.nanoTime();
                String body = page(server, http, NAMESPACE, token);
                page[pass * pages + i] = System.nanoTime() - began;
                token = next(body);
            }
        }
        Map<String, Double> figures = new LinkedHashMap<>();
        compare(figures, "whole p99, ", Result.percentile(99, few) / FEW, Result.percentile(99, many) / MANY);
        compare(figures, "in pages p99, ", Result.percentile(99, first) / FEW, Result.percentile(99, page) / FEW);
        return figures;
    }

    private static void compare(Map<String, Double> figures, String what, double few, double many) {
        figures.put(what + FEW + " tables, µs each", few * 1000);
        figures.put(String.format("%s%,d tables, µs each", what, MANY), many * 1000);
        figures.put(what + "ratio", many / few);
    }

    private static long whole(CatalogServer server, LeanHttp http, String namespace) throws IOException {
        long began = System.nanoTime();
        http.get(server.tables(namespace)).expect(200);
        return System.nanoTime() - began;
    }

    private static String page(CatalogServer server, LeanHttp http, String namespace, String token) throws IOException {
        return http.get(server.tables(namespace) + "?pageSize=" + FEW + "&pageToken=" + token)
                .expect(200)
                .body();
    }

    private static String next(String body) {
        Matcher next = NEXT.matcher(body);
        return next.find() ? next.group(1) : "";
    }

    private static String complete(CatalogServer server, LeanHttp http) throws IOException {
        Set<String> expected = new TreeSet<>();
        for (int i = 0; i < MANY; i++) {
            expected.add(CatalogServer.many(i));
        }
        Set<String> paged = new TreeSet<>();
        String token = "";
        do {
            String body = page(server, http, NAMESPACE, token);
            paged.addAll(names(body));
            token = next(body);
        } while (!token.isEmpty());
        Set<String> whole = names(http.get(server.tables(NAMESPACE)).expect(200).body());
        if (!whole.equals(expected) || !paged.equals(expected)) {
            throw new IllegalStateException("Listed are " + whole.size() + " tables, in pages " + paged.size());
        }
        return "both ways tell all tables";
    }

    private static Set<String> names(String body) {
        Set<String> names = new TreeSet<>();
        Matcher name = NAME.matcher(body);
        while (name.find()) {
            names.add(name.group(1));
        }
        return names;
    }
}
