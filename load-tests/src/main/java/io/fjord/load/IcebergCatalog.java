package io.fjord.load;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.rest.RESTCatalog;

/**
 * The Iceberg catalog against Iceberg's own server: loading tables, commits to tables of one's own and to one table.
 *
 * <p>Both are asked in turns over plain HTTP by eight callers at once, after some minutes in which they are compiled. Fjord is asked
 * through its door, with a token, and what it commits goes into its search index at the same time; its relay is a process of its own,
 * as it is where more than one machine runs it.
 */
final class IcebergCatalog implements Scenario {

    private static final String NAMESPACE = "measured";
    private static final String ONE = "one";
    private static final int CALLERS = 8;
    private static final int TABLES = 64;
    private static final int LOADS = 400;
    private static final int COMMITS = 60;
    private static final int ROUNDS = 3;
    private static final int WARM_UPS = Integer.parseInt(System.getenv().getOrDefault("FJORD_WARM_UPS", "8"));

    @Override
    public String name() {
        return "iceberg-catalog";
    }

    /** A server and what was asked of it. */
    private static final class Asked {

        private final CatalogServer server;
        private final Map<String, String> uuids = new HashMap<>();
        private final Map<String, Integer> commits = new HashMap<>();
        private final Map<String, Map<String, String>> last = new HashMap<>();

        Asked(CatalogServer server) {
            this.server = server;
        }

        void prepare() throws Exception {
            try (LeanHttp http = server.connect()) {
                server.createNamespace(http, NAMESPACE);
                for (int i = 0; i < TABLES; i++) {
                    uuids.put(table(i), server.createWrittenTable(http, NAMESPACE, table(i)));
                }
                uuids.put(ONE, server.createWrittenTable(http, NAMESPACE, ONE));
            }
        }

        /** @return loads a second */
        double loads() throws Exception {
            double seconds = server.atOnce(CALLERS, (caller, http) -> {
                Random random = new Random(caller);
                for (int i = 0; i < LOADS; i++) {
                    http.get(server.table(NAMESPACE, table(random.nextInt(TABLES))))
                            .expect(200);
                }
            });
            return CALLERS * LOADS / seconds;
        }

        /** What commits took, and how much of the server's processor each. */
        private record Committed(double perSecond, double cpuMillis, long[] nanos) {}

        /** @param one whether all write to one table, not each to its own */
        Committed commits(boolean one) throws Exception {
            long[] nanos = new long[CALLERS * COMMITS];
            double cpu = server.cpuSeconds();
            double seconds = server.atOnce(CALLERS, (caller, http) -> {
                for (int i = 0; i < COMMITS; i++) {
                    String table = one ? ONE : table(caller + i % (TABLES / CALLERS) * CALLERS);
                    String property = "written-by-" + caller;
                    int number = noted(table);
                    long began = System.nanoTime();
                    server.setProperty(http, NAMESPACE, table, uuid(table), property, Integer.toString(number));
                    nanos[caller * COMMITS + i] = System.nanoTime() - began;
                    noted(table, property, Integer.toString(number));
                }
            });
            return new Committed(nanos.length / seconds, (server.cpuSeconds() - cpu) * 1000 / nanos.length, nanos);
        }

        private String uuid(String table) {
            return String.valueOf(uuids.get(table));
        }

        private synchronized int noted(String table) {
            return commits.merge(table, 1, Integer::sum);
        }

        private synchronized void noted(String table, String property, String value) {
            last.computeIfAbsent(table, none -> new HashMap<>()).put(property, value);
        }
    }

    private static String table(int number) {
        return "written_" + number;
    }

    @Override
    public Result run(LocalPlatform platform) throws Exception {
        Result result = new Result("Iceberg's REST catalog: Fjord / Iceberg's RESTCatalogServer with its JdbcCatalog");
        platform.servers();
        try (ServedPlane plane = ServedPlane.start(platform, "control-policies,iam,core,catalog,gateway", Map.of());
                ServedPlane relay = ServedPlane.start(platform, "cdc,gateway", Map.of());
                ReferenceCatalog reference = ReferenceCatalog.start(platform);
                Connection database = platform.database()) {
            Asked fjord =
                    new Asked(new CatalogServer(plane.port(), platform.token(), "/iceberg/v1/default", plane.pid()));
            Asked peer = new Asked(reference.server());
            fjord.prepare();
            peer.prepare();
            for (int round = 1 - WARM_UPS; round <= ROUNDS; round++) {
                Map<String, Double> figures = measure(fjord, peer, relay, new Random(round));
                if (round > 0) {
                    result.round(figures);
                }
            }
            result.verified(committedOnce(database, fjord));
            result.verified(lastOfAll(peer, "of the reference"));
            result.verified(loadable(fjord));
        }
        result.atLeast("loadTable, ratio", 5);
        result.atLeast("commits to own tables, ratio", 3);
        result.atMost("processor of such a commit, ratio", 0.25);
        result.atMost("one table p99, ratio", 0.05);
        return result;
    }

    private static Map<String, Double> measure(Asked fjord, Asked peer, ServedPlane relay, Random order)
            throws Exception {
        List<Asked> both = new ArrayList<>(List.of(fjord, peer));
        Collections.shuffle(both, order);
        double[] loads = new double[2];
        Asked.Committed[] own = new Asked.Committed[2];
        Asked.Committed[] one = new Asked.Committed[2];
        double relayed = Machine.cpuSeconds(relay.pid());
        for (Asked asked : both) {
            loads[asked == fjord ? 1 : 0] = asked.loads();
        }
        for (Asked asked : both) {
            own[asked == fjord ? 1 : 0] = asked.commits(false);
        }
        for (Asked asked : both) {
            one[asked == fjord ? 1 : 0] = asked.commits(true);
        }
        relayed = Machine.cpuSeconds(relay.pid()) - relayed;
        Map<String, Double> figures = new LinkedHashMap<>();
        compare(figures, "loadTable, ", "/s", loads[0], loads[1]);
        compare(figures, "commits to own tables, ", "/s", own[0].perSecond(), own[1].perSecond());
        figures.put("commits to own tables, Fjord p99, ms", Result.percentile(99, own[1].nanos()));
        compare(figures, "processor of such a commit, ", ", ms", own[0].cpuMillis(), own[1].cpuMillis());
        figures.put("processor of the relay, a commit, ms", relayed * 1000 / (own[1].nanos().length * 2));
        figures.put("one table, reference commits/s", one[0].perSecond());
        figures.put("one table, Fjord commits/s", one[1].perSecond());
        figures.put("one table p50, Fjord, ms", Result.percentile(50, one[1].nanos()));
        compare(
                figures,
                "one table p99, ",
                ", ms",
                Result.percentile(99, one[0].nanos()),
                Result.percentile(99, one[1].nanos()));
        return figures;
    }

    private static void compare(Map<String, Double> figures, String what, String unit, double peer, double fjord) {
        figures.put(what + "reference" + unit, peer);
        figures.put(what + "Fjord" + unit, fjord);
        figures.put(what + "ratio", fjord / peer);
    }

    /** Each acknowledged commit moved the table's version on by one and stands in the journal once. */
    private static String committedOnce(Connection database, Asked fjord) throws SQLException, IOException {
        int all = 0;
        for (Map.Entry<String, Integer> table : fjord.commits.entrySet()) {
            // It was created, and written once before.
            int expected = table.getValue() + 2;
            long version = number(
                    database,
                    "select version from catalog.entry where domain = 'default' and namespace = ? and name = ?",
                    NAMESPACE,
                    table.getKey());
            long events = number(
                    database,
                    "select count(*) from catalog.event where subject = ?",
                    "default/table/default." + NAMESPACE + "." + table.getKey());
            if (version != expected || events != expected) {
                throw new IllegalStateException("Of " + expected + " changes of " + table.getKey()
                        + " its version says " + version + ", the journal " + events);
            }
            all += table.getValue();
        }
        return String.format("%,d commits: versions and journal have each once; %s", all, lastOfAll(fjord, "of Fjord"));
    }

    private static long number(Connection database, String sql, String... values) throws SQLException {
        try (PreparedStatement statement = database.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setString(i + 1, values[i]);
            }
            try (var row = statement.executeQuery()) {
                return row.next() ? row.getLong(1) : -1;
            }
        }
    }

    /** What each caller wrote last is what the tables have. */
    private static String lastOfAll(Asked asked, String whose) throws IOException {
        try (LeanHttp http = asked.server.connect()) {
            for (Map.Entry<String, Map<String, String>> table : asked.last.entrySet()) {
                String body = http.get(asked.server.table(NAMESPACE, table.getKey()))
                        .expect(200)
                        .body();
                for (Map.Entry<String, String> property : table.getValue().entrySet()) {
                    if (!body.contains("\"" + property.getKey() + "\":\"" + property.getValue() + "\"")) {
                        throw new IllegalStateException(table.getKey() + " does not have " + property + " " + whose);
                    }
                }
            }
        }
        return "the tables " + whose + " have what each caller wrote last";
    }

    private static String loadable(Asked fjord) throws IOException {
        try (RESTCatalog client = new RESTCatalog()) {
            client.initialize(
                    "fjord",
                    Map.of(
                            "uri",
                            "http://127.0.0.1:" + fjord.server.port() + "/iceberg",
                            "token",
                            String.valueOf(fjord.server.token()),
                            "warehouse",
                            "default"));
            for (String name : fjord.commits.keySet()) {
                Table table = client.loadTable(TableIdentifier.of(Namespace.of(NAMESPACE), name));
                Map<String, String> written = fjord.last.getOrDefault(name, Map.of());
                if (table.schema().columns().size() != 20
                        || !table.properties().entrySet().containsAll(written.entrySet())) {
                    throw new IllegalStateException("Iceberg's client reads " + name + " otherwise");
                }
            }
        }
        return "Iceberg's client loads all of Fjord's";
    }
}
