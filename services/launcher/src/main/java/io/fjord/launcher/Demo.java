package io.fjord.launcher;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.launcher.cli.ApiClient;
import io.fjord.launcher.cli.ClusterCommands;
import io.fjord.launcher.cli.LocalFjord;
import io.fjord.launcher.cli.Statements;
import io.fjord.launcher.cli.Table;
import io.fjord.launcher.cli.Up;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * The tour: a cluster, three million real flights in Iceberg tables, questions over them, real events from an API into a table, a
 * webhook, and the record of it all.
 */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = "Takes you through Fjord on this machine with real data; safe to repeat.")
final class Demo implements Callable<Integer> {

    private static final String CLUSTER = "demo";
    private static final String SIZE = "S";

    @Override
    public Integer call() throws Exception {
        Instant began = Instant.now();
        step("1. The platform: Kafka, database, object store and control plane");
        LocalFjord fjord = Up.start(DemoWebhook.SETTINGS);
        ApiClient api = fjord.api();

        step(
                "2. A lakehouse cluster: a wish on Kafka, decided in the metastore, relayed by Debezium, run by the operator");
        new ClusterCommands.Shown(api, "default").ensureRunning(CLUSTER, SIZE);
        JsonNode cluster = api.get("/api/v1/clusters/" + CLUSTER);
        System.out.println("Cluster '" + CLUSTER + "' runs: " + cluster.path("endpoints"));

        step("3. The data: every US domestic flight of the first half of 2001, and the airports");
        Path data = FlightData.fetch(fjord.home().root().resolve("cache"));
        Statements sql = new Statements(api, "default", CLUSTER);
        String flights = "parquet.`" + data.resolve("flights-3m.parquet").toUri() + "`";
        String airports = "csv.`" + data.resolve("airports.csv").toUri() + "`";
        run(sql, "CREATE NAMESPACE IF NOT EXISTS flights");
        run(
                sql,
                "CREATE OR REPLACE TABLE flights.flight USING iceberg PARTITIONED BY (months(departs_at)) AS\n"
                        + "  SELECT date AS departs_at, CAST(delay AS INT) AS delay_minutes,\n"
                        + "         CAST(distance AS INT) AS miles, origin, destination\n"
                        + "  FROM " + flights);
        run(
                sql,
                "CREATE OR REPLACE TABLE flights.airport USING iceberg AS\n"
                        + "  SELECT _c0 AS iata, _c1 AS name, _c2 AS city, _c3 AS state,\n"
                        + "         CAST(_c5 AS DOUBLE) AS latitude, CAST(_c6 AS DOUBLE) AS longitude\n"
                        + "  FROM " + airports + " WHERE _c0 <> 'iata'");

        step("4. Questions");
        run(
                sql,
                "SELECT count(*) AS flights, min(departs_at) AS first, max(departs_at) AS last,\n"
                        + "       round(avg(delay_minutes), 1) AS avg_delay, sum(miles) AS miles FROM flights.flight");
        run(
                sql,
                "SELECT a.city, a.state, count(*) AS departures, round(avg(f.delay_minutes), 1) AS avg_delay,\n"
                        + "       round(100.0 * count_if(f.delay_minutes > 30) / count(*), 1) AS late_percent\n"
                        + "FROM flights.flight f JOIN flights.airport a ON a.iata = f.origin\n"
                        + "GROUP BY a.city, a.state HAVING count(*) > 20000 ORDER BY avg_delay DESC LIMIT 5");
        run(
                sql,
                "SELECT hour(departs_at) AS hour, count(*) AS flights, round(avg(delay_minutes), 1) AS avg_delay\n"
                        + "FROM flights.flight GROUP BY 1 ORDER BY avg_delay DESC LIMIT 5");

        step("5. The table changes; what it was can still be read");
        String before = run(sql, "SELECT snapshot_id FROM flights.flight.snapshots ORDER BY committed_at DESC LIMIT 1")
                .rows()
                .get(0)
                .get(0);
        run(sql, "ALTER TABLE flights.flight ADD COLUMN remark STRING");
        run(
                sql,
                "INSERT INTO flights.flight VALUES\n"
                        + "  (TIMESTAMP_NTZ '2001-06-30 23:59:00', 0, 2475, 'JFK', 'LAX', 'written by fjord demo')");
        run(sql, "DELETE FROM flights.flight WHERE departs_at < TIMESTAMP_NTZ '2001-02-01 00:00:00'");
        run(
                sql,
                "SELECT (SELECT count(*) FROM flights.flight) AS now,\n"
                        + "       (SELECT count(*) FROM flights.flight VERSION AS OF " + before + ") AS before,\n"
                        + "       (SELECT max(remark) FROM flights.flight) AS remark");

        step("6. Events: what GitHub tells of itself, as an event stream, and from there in a table, each once");
        DemoEvents events = new DemoEvents(api);
        events.produce(fjord.home().root().resolve("cache"));
        run(sql, "CREATE NAMESPACE IF NOT EXISTS github");
        events.ingest();
        run(
                sql,
                "SELECT event, count(*) AS deliveries,\n"
                        + "       count(DISTINCT get_json_object(payload, '$.repository.full_name')) AS repositories\n"
                        + "FROM github.webhook GROUP BY event ORDER BY deliveries DESC, event LIMIT 5");

        step("7. Webhooks: whoever wants to know is told");
        try (DemoWebhook webhook = new DemoWebhook(api)) {
            if (webhook.subscribe("fjord.catalog.table.*")) {
                run(sql, "ALTER TABLE flights.airport SET TBLPROPERTIES ('toured' = '" + began + "')");
                webhook.show();
            }
        }

        step("8. The record of all that happened, and that nobody has changed it");
        audit(api, began);
        Fjord.commandLine().execute("audit", "verify");

        step("9. What next");
        next(fjord, cluster);
        System.out.printf(
                Locale.ROOT,
                "%nThe tour took %d s.%n",
                Duration.between(began, Instant.now()).toSeconds());
        return 0;
    }

    private static Statements.Result run(Statements sql, String statement) throws IOException {
        System.out.println("\n> " + statement.replace("\n", "\n  "));
        Statements.Result result = sql.run(statement);
        result.print(System.out);
        return result;
    }

    private static void audit(ApiClient api, Instant since) throws IOException {
        JsonNode page = api.get("/api/v1/audit/events?order=oldest&pageSize=200&from="
                + URLEncoder.encode(since.toString(), StandardCharsets.UTF_8));
        Table table = new Table("SEQ", "TIME", "WHO", "WHAT", "ABOUT", "OUTCOME");
        for (JsonNode entry : page.path("items")) {
            String[] type = entry.path("type").asText().split("\\.");
            table.row(
                    entry.path("seq").asText(),
                    entry.path("time").asText().substring(11, 19),
                    entry.path("actor").asText(),
                    entry.path("kind").asText() + " " + type[Math.max(0, type.length - 2)],
                    entry.path("subject").asText(),
                    entry.path("outcome").asText(""));
        }
        table.print(System.out);
    }

    private static void next(LocalFjord fjord, JsonNode cluster) {
        String door = "http://127.0.0.1:" + fjord.settings().port();
        String hive = cluster.at("/endpoints/hiveServer2").asText();
        System.out.println("  ./fjord sql --cluster " + CLUSTER + "            ask something yourself");
        System.out.println("  ./fjord cluster create etl --size S    make a cluster of your own");
        System.out.println("  ./fjord token                          your token: the password of a cluster's clients");
        System.out.println(
                "  curl -N -H \"Authorization: Bearer $(./fjord token)\" " + door + "/api/v1/audit/stream?after=0");
        System.out.println("                                         the live record");
        System.out.println("  " + cluster.at("/endpoints/sparkConnect").asText() + "   Spark Connect; "
                + hive.replace("http://", "jdbc:hive2://")
                        .replaceFirst("/cliservice$", "/default;transportMode=http;httpPath=cliservice")
                + "   JDBC");
        System.out.println("  " + door + "/openapi.json         every route");
        System.out.println("  ./fjord status, ./fjord logs control-plane, ./fjord down");
    }

    private static void step(String title) {
        System.out.println("\n== " + title);
    }

    /** Three million real flights and the airports, out of the npm package vega-datasets (BSD-3-Clause). */
    private static final class FlightData {

        private static final String PACKAGE = "vega-datasets@3.2.1";

        private FlightData() {}

        /** The folder that holds them; fetched once. */
        static Path fetch(Path cache) throws IOException, InterruptedException {
            Path data = cache.resolve("node_modules/vega-datasets/data");
            if (Files.exists(data.resolve("flights-3m.parquet")) && Files.exists(data.resolve("airports.csv"))) {
                return data;
            }
            NpmPackage.fetch(cache, PACKAGE, data.resolve("flights-3m.parquet"));
            return data;
        }
    }
}
