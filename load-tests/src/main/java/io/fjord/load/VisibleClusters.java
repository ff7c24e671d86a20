package io.fjord.load;

import java.io.IOException;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * The list of ten thousand clusters for one who may read a hundred of them, spread over all the names, against the list for the
 * operator, who is not asked about.
 *
 * <p>Both are read over the API, in turns: the first page, and page by page to the end.
 */
final class VisibleClusters implements Scenario {

    private static final int CLUSTERS = 10_000;
    private static final int ONE_IN = 100;
    private static final int ROUNDS = 3;
    private static final int LISTS = 20;
    private static final int PAGES = 200;
    /** Of whole lists; and of first pages, which take less each: the compilers want to see as much of both. */
    private static final int LISTS_TO_WARM_UP = 10;

    private static final int PAGES_TO_WARM_UP = 500;
    private static final String EVENTS = "fjord.core.events";
    private static final String COMMANDS = "fjord.core.commands";
    private static final Pattern NAME = Pattern.compile("\"name\":\"(seen-[0-9]+)\"");
    private static final Pattern NEXT = Pattern.compile("\"nextPageToken\":\"([^\"]+)\"");

    @Override
    public String name() {
        return "visible-clusters";
    }

    @Override
    public Result run(LocalPlatform platform) throws Exception {
        Result result = new Result("List of 10,000 clusters: one may be read in a hundred / all, without policies");
        platform.servers();
        try (ServedPlane plane = ServedPlane.start(platform, "cdc,control-policies,iam,core,gateway", Map.of());
                LeanHttp operator = new LeanHttp(plane.port(), platform.token())) {
            create(platform);
            Set<String> visible = new TreeSet<>();
            for (int i = 0; i < CLUSTERS; i += ONE_IN) {
                visible.add(cluster(i));
            }
            try (LeanHttp few = new LeanHttp(plane.port(), admitted(operator, visible))) {
                Set<String> seen = list(operator, 1000);
                if (seen.size() != CLUSTERS) {
                    throw new IllegalStateException("The operator sees " + seen.size() + " clusters");
                }
                seenBy(few, visible);
                measure(operator, few, LISTS_TO_WARM_UP, PAGES_TO_WARM_UP, new Random(1));
                for (int round = 1; round <= ROUNDS; round++) {
                    result.round(measure(operator, few, LISTS, PAGES, new Random(round)));
                }
                seenBy(few, visible);
            }
        }
        result.atMost("all pages of 1,000: ratio", 1.5);
        result.atMost("first page of 100: ratio", 1.5);
        result.verified("the operator saw " + CLUSTERS + " clusters, the other the " + CLUSTERS / ONE_IN
                + " they may read and no other, over pages of any size");
        return result;
    }

    private static String cluster(int number) {
        return String.format("seen-%05d", number);
    }

    private static void create(LocalPlatform platform) throws Exception {
        try (Connection database = platform.database();
                EventReader reader = new EventReader(platform.kafka(), Set.of(EVENTS));
                KafkaProducer<String, byte[]> producer = Commands.producer(platform.kafka(), 20)) {
            BatchedDecisions.raiseQuota(database);
            Set<String> ids = new LinkedHashSet<>();
            for (int i = 0; i < CLUSTERS; i++) {
                ids.add(Commands.newId());
            }
            BatchedDecisions.writeSecrets(database, ids);
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            int number = 0;
            for (String id : ids) {
                String data = "{\"size\":\"XS\",\"secretRef\":\"" + id + "\"}";
                sent.add(producer.send(Commands.cluster(COMMANDS, id, "CreateCluster", cluster(number++), data)));
            }
            producer.flush();
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
            reader.await(ids, Duration.ofSeconds(300));
            if (reader.countOutcomes(ids, "accepted") != CLUSTERS) {
                throw new IllegalStateException("Not all clusters were made");
            }
        }
    }

    /** @return the token of one who may read these clusters, each by a grant of its own */
    private static String admitted(LeanHttp operator, Set<String> clusters) throws IOException {
        made(operator, "/api/v1/service-accounts", "{\"name\":\"few\"}");
        for (String cluster : clusters) {
            made(
                    operator,
                    "/api/v1/grants",
                    "{\"subject\":\"service-account:few\",\"role\":\"viewer\",\"resources\":[\"default/cluster/"
                            + cluster + "\"]}");
        }
        return made(operator, "/api/v1/service-accounts/few/tokens", "{\"label\":\"load test\"}")
                .field("value");
    }

    private static LeanHttp.Answer made(LeanHttp http, String path, String json) throws IOException {
        LeanHttp.Answer made = http.decide(path, json);
        if (made.status() != 201) {
            throw new IOException(path + " was answered " + made.status() + " " + made.body());
        }
        return made;
    }

    /** The view of grants may be a moment behind. */
    private static void seenBy(LeanHttp few, Set<String> visible) throws IOException {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        for (int pageSize : new int[] {1000, 100, 7}) {
            Set<String> seen = list(few, pageSize);
            while (!seen.equals(visible)) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("Seen are " + seen.size() + " clusters, of " + visible.size());
                }
                seen = list(few, pageSize);
            }
        }
    }

    private static Map<String, Double> measure(LeanHttp operator, LeanHttp few, int lists, int pages, Random order)
            throws IOException {
        long[][] whole = new long[2][lists];
        long[][] first = new long[2][pages];
        List<LeanHttp> callers = new ArrayList<>(List.of(operator, few));
        for (int i = 0; i < Math.max(lists, pages); i++) {
            Collections.shuffle(callers, order);
            for (LeanHttp caller : callers) {
                int of = caller == operator ? 0 : 1;
                if (i < lists) {
                    long began = System.nanoTime();
                    list(caller, 1000);
                    whole[of][i] = System.nanoTime() - began;
                }
                if (i < pages) {
                    long began = System.nanoTime();
                    page(caller, 100, "");
                    first[of][i] = System.nanoTime() - began;
                }
            }
        }
        Map<String, Double> figures = new LinkedHashMap<>();
        compare(figures, "all pages of 1,000", whole);
        compare(figures, "first page of 100", first);
        return figures;
    }

    private static void compare(Map<String, Double> figures, String what, long[]... nanos) {
        double all = Result.percentile(50, nanos[0]);
        double few = Result.percentile(50, nanos[1]);
        figures.put(what + ": operator p50, ms", all);
        figures.put(what + ": one in a hundred p50, ms", few);
        figures.put(what + ": ratio", few / all);
    }

    private static Set<String> list(LeanHttp caller, int pageSize) throws IOException {
        Set<String> names = new TreeSet<>();
        String token = "";
        do {
            String body = page(caller, pageSize, token);
            Matcher name = NAME.matcher(body);
            while (name.find()) {
                names.add(name.group(1));
            }
            Matcher next = NEXT.matcher(body);
            token = next.find() ? next.group(1) : "";
        } while (!token.isEmpty());
        return names;
    }

    private static String page(LeanHttp caller, int pageSize, String token) throws IOException {
        LeanHttp.Answer answer =
                caller.get("/api/v1/clusters?pageSize=" + pageSize + (token.isEmpty() ? "" : "&pageToken=" + token));
        if (answer.status() != 200) {
            throw new IOException("A list was answered " + answer.status() + " " + answer.body());
        }
        return answer.body();
    }
}
