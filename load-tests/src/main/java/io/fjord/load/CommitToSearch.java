package io.fjord.load;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * From a commit through REST until it is found by search, stands in audit and is in the lineage, with ten thousand tables and fifty
 * commits a second.
 *
 * <p>The clock runs from when the commit was answered. One commit in ten is looked for in each of the three, by asking for it every
 * few milliseconds; for lineage the client tells after its commit what went into the table, as engines do. That of all commits is
 * read from the metric.
 */
final class CommitToSearch implements Scenario {

    private static final int PER_SECOND = 50;
    private static final int SECONDS = 20;
    private static final int WARM_UP_SECONDS = 10;
    private static final int ROUNDS = 3;
    private static final int WRITERS = 8;
    private static final int ONE_IN = 10;
    private static final Duration LOOK = Duration.ofMillis(10);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String TABLE = "default/table/default." + TableLists.NAMESPACE + ".";

    @Override
    public String name() {
        return "commit-to-search";
    }

    /** A commit that was answered. */
    private record Committed(String table, String word, String requestId, long answered) {}

    /** Where commits are looked for. */
    @FunctionalInterface
    private interface Look {
        boolean isThere(LeanHttp http, Committed commit) throws IOException;
    }

    @Override
    public Result run(LocalPlatform platform) throws Exception {
        Result result = new Result(String.format(
                "Commit to found, with %,d tables and %d commits a second by a foreign client",
                TableLists.MANY, PER_SECOND));
        platform.servers();
        try (ServedPlane plane =
                ServedPlane.start(platform, "cdc,audit,control-policies,iam,core,catalog,gateway", Map.of())) {
            CatalogServer server =
                    new CatalogServer(plane.port(), platform.token(), "/iceberg/v1/default", plane.pid());
            server.createMany(TableLists.NAMESPACE, TableLists.MANY);
            awaitFound(server, CatalogServer.many(TableLists.MANY - 1));
            round(server, 0, WARM_UP_SECONDS);
            for (int round = 1; round <= ROUNDS; round++) {
                result.round(round(server, round, SECONDS));
            }
        }
        result.atMost("in search p99, ms", 2000);
        result.atMost("in audit p99, ms", 2000);
        result.atMost("in lineage p99, ms", 2000);
        result.atLeast("all found within 2 s by the metric, %", 99);
        result.verified("every commit that was looked for was found: the very word, request and run");
        return result;
    }

    private static void awaitFound(CatalogServer server, String table) throws IOException {
        try (LeanHttp http = server.connect()) {
            long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
            while (!http.get("/api/v1/search?pageSize=5&q=" + table)
                    .expect(200)
                    .body()
                    .contains(table)) {
                if (System.nanoTime() > deadline) {
                    throw new IOException("The tables are not found by search");
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
            }
        }
    }

    private static Map<String, Double> round(CatalogServer server, int round, int seconds) throws Exception {
        int count = PER_SECOND * seconds;
        List<BlockingQueue<Committed>> queues = new ArrayList<>();
        List<Look> looks = List.of(CommitToSearch::isFound, CommitToSearch::isInAudit, CommitToSearch::isInLineage);
        // Those looking do not wait for one another: an answer that is late would make the next one late too.
        ExecutorService looking = Executors.newCachedThreadPool();
        List<List<Future<Long>>> found = new ArrayList<>();
        for (int i = 0; i < looks.size(); i++) {
            queues.add(new LinkedBlockingQueue<>());
            found.add(new ArrayList<>());
        }
        try (LeanHttp http = server.connect()) {
            double[] before = lag(http);
            long[] took = new long[count];
            Future<?> dispatching = looking.submit(() -> dispatch(server, looking, queues, looks, found, count));
            double cpu = server.cpuSeconds();
            double wall = write(server, round, count, took, queues);
            dispatching.get();
            List<long[]> nanos = new ArrayList<>();
            for (List<Future<Long>> one : found) {
                long[] all = new long[one.size()];
                for (int i = 0; i < all.length; i++) {
                    all[i] = one.get(i).get();
                }
                nanos.add(all);
            }
            double[] after = lag(http);
            Map<String, Double> figures = new LinkedHashMap<>();
            figures.put("commits/s", count / wall);
            figures.put("commit p50, ms", Result.percentile(50, took));
            figures.put("commit p99, ms", Result.percentile(99, took));
            List<String> names = List.of("search", "audit", "lineage");
            for (int i = 0; i < names.size(); i++) {
                figures.put("in " + names.get(i) + " p50, ms", Result.percentile(50, nanos.get(i)));
                figures.put("in " + names.get(i) + " p99, ms", Result.percentile(99, nanos.get(i)));
            }
            figures.put("all found within 2 s by the metric, %", 100 * (after[0] - before[0]) / (after[1] - before[1]));
            figures.put("processor of the plane, cores", (server.cpuSeconds() - cpu) / wall);
            return figures;
        } catch (ExecutionException e) {
            throw new IllegalStateException("A commit was not found", e.getCause());
        } finally {
            looking.shutdownNow();
        }
    }

    /** Begins each commit at its time, whether or not those before are answered; a caller that is behind goes on at once. */
    private static double write(
            CatalogServer server, int round, int count, long[] took, List<BlockingQueue<Committed>> queues)
            throws Exception {
        return server.atOnce(WRITERS, (writer, http) -> {
            Random random = new Random(round * 31L + writer);
            long begin = System.nanoTime();
            for (int i = writer; i < count; i += WRITERS) {
                long due = begin + TimeUnit.SECONDS.toNanos(i) / PER_SECOND;
                for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                String table = CatalogServer.many(random.nextInt(TableLists.MANY));
                String word = word(round, i);
                long began = System.nanoTime();
                LeanHttp.Answer answer = http.post(
                                server.table(TableLists.NAMESPACE, table),
                                "{\"requirements\":[],\"updates\":[{\"action\":\"set-properties\",\"updates\":{\"comment\":\""
                                        + word + "\"}}]}")
                        .expect(200);
                long answered = System.nanoTime();
                took[i] = answered - began;
                int where = i % ONE_IN;
                if (where < queues.size()) {
                    queues.get(where).add(new Committed(table, word, answer.header("x-request-id"), answered));
                }
            }
        });
    }

    /** Of letters only, found nowhere else. */
    private static String word(int round, int number) {
        StringBuilder word = new StringBuilder("zq");
        for (long left = 1_000_000L * (round + 1) + number; left > 0; left /= 26) {
            word.append((char) ('a' + left % 26));
        }
        return word.toString();
    }

    private static @Nullable Void dispatch(
            CatalogServer server,
            ExecutorService looking,
            List<BlockingQueue<Committed>> queues,
            List<Look> looks,
            List<List<Future<Long>>> found,
            int count)
            throws InterruptedException {
        for (int i = 0; i < count; i++) {
            int where = i % ONE_IN;
            if (where < queues.size()) {
                Committed commit = queues.get(where).take();
                found.get(where).add(looking.submit(() -> until(server, looks.get(where), commit)));
            }
        }
        return null;
    }

    /** @return nanoseconds from its answer until it is there */
    private static long until(CatalogServer server, Look look, Committed commit) throws IOException {
        try (LeanHttp http = server.connect()) {
            while (!look.isThere(http, commit)) {
                if (System.nanoTime() - commit.answered() > PATIENCE.toNanos()) {
                    throw new IOException(commit + " is not there after " + PATIENCE);
                }
                LockSupport.parkNanos(LOOK.toNanos());
            }
            return System.nanoTime() - commit.answered();
        }
    }

    private static boolean isFound(LeanHttp http, Committed commit) throws IOException {
        return http.get("/api/v1/search?pageSize=3&q=" + commit.word())
                .expect(200)
                .body()
                .contains(TABLE + commit.table() + "\"");
    }

    private static boolean isInAudit(LeanHttp http, Committed commit) throws IOException {
        return http.get("/api/v1/audit/events?correlationId="
                        + URLEncoder.encode(commit.requestId(), StandardCharsets.UTF_8))
                .expect(200)
                .body()
                .contains(TABLE + commit.table() + "\"");
    }

    /** Tells what went into the table, as often as it likes; then there is an edge with that run. */
    private static boolean isInLineage(LeanHttp http, Committed commit) throws IOException {
        UUID run = UUID.nameUUIDFromBytes(commit.word().getBytes(StandardCharsets.UTF_8));
        String path = "/api/v1/lineage?depth=1&asset=" + TABLE + commit.table();
        http.post(
                        "/api/v1/lineage",
                        "{\"eventType\":\"COMPLETE\",\"eventTime\":\"2026-11-21T09:00:00Z\",\"producer\":\"load:tests\","
                                + "\"schemaURL\":\"https://openlineage.io/spec/1-0-5/OpenLineage.json\",\"run\":{\"runId\":\""
                                + run + "\"},\"job\":{\"namespace\":\"load\",\"name\":\"" + commit.word()
                                + "\"},\"inputs\":[{\"namespace\":\"load\",\"name\":\"feed\"}],\"outputs\":[{\"namespace\":"
                                + "\"load\",\"name\":\"" + commit.table()
                                + "\",\"facets\":{\"symlinks\":{\"_producer\":\"load:tests\",\"_schemaURL\":\"load:tests\","
                                + "\"identifiers\":[{\"namespace\":\"load\",\"name\":\"" + TableLists.NAMESPACE + "."
                                + commit.table() + "\",\"type\":\"TABLE\"}]}}}]}")
                .expect(201);
        return http.get(path).expect(200).body().contains(run.toString());
    }

    /** Commits that were found within two seconds, and all, as the metric counts them. */
    private static double[] lag(LeanHttp http) throws IOException {
        String metrics = http.get("/metrics").expect(200).body();
        return new double[] {
            metric(metrics, "fjord_catalog_search_lag_seconds_bucket\\{[^}]*le=\"2.0\"[^}]*\\}"),
            metric(metrics, "fjord_catalog_search_lag_seconds_count(?:\\{[^}]*\\})?")
        };
    }

    private static double metric(String metrics, String name) throws IOException {
        Matcher line = Pattern.compile("^" + name + " ([0-9.eE+]+)$", Pattern.MULTILINE)
                .matcher(metrics);
        if (!line.find()) {
            throw new IOException("There is no metric " + name);
        }
        return Double.parseDouble(line.group(1));
    }
}
