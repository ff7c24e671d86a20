package io.fjord.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.HiveMetastoreServer;
import io.fjord.embedded.Home;
import io.fjord.launcher.Platform.Answer;
import io.fjord.testing.TestServers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Tables a cluster makes in a real Hive Metastore are in the data catalog because their rows were committed there. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class HiveTablesContract {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String[] WAIT = {"Prefer", "wait=30"};

    private final Home home = TestServers.newHome("hive-metastore");
    private HiveMetastoreServer metastore;
    private Platform platform;

    abstract DatabaseServer newDatabase();

    @BeforeAll
    void start() {
        var database = newDatabase();
        var own = HiveMetastoreServer.databaseIn(database);
        database.start();
        metastore = new HiveMetastoreServer(home, TestServers.freePort(), own, 160);
        // As `fjord up --with hive-metastore` does it: nobody waits for the metastore.
        platform = Platform.start(
                database,
                "all",
                Map.of(
                        "FJORD_HIVE_METASTORE",
                        metastore.uri(),
                        "FJORD_HIVE_WAREHOUSE",
                        HiveMetastoreServer.warehouse(home).toUri().toString(),
                        "FJORD_HIVE_DATABASE_CDC",
                        database.cdcAddress()
                                .withDatabase(HiveMetastoreServer.DATABASE)
                                .url()));
        metastore.start();
        assertThat(platform.post("/api/v1/clusters", "{\"name\":\"h\",\"size\":\"XS\"}", WAIT)
                        .status())
                .isEqualTo(201);
        await().atMost(Duration.ofMinutes(3))
                .until(() -> platform.get("/api/v1/clusters/h")
                        .body()
                        .path("state")
                        .asText()
                        .equals("running"));
    }

    @AfterAll
    void stop() throws Exception {
        if (platform != null) {
            platform.close();
        }
        metastore.stop();
    }

    @Test
    void what_a_cluster_makes_in_the_metastore_is_in_the_catalog() {
        rows("CREATE DATABASE spark_catalog.shop COMMENT 'what is sold'");
        for (String format : List.of("parquet", "csv", "json", "iceberg")) {
            String table = "spark_catalog.shop.of_" + format;
            rows("CREATE TABLE " + table + " (id BIGINT COMMENT 'of the shop', name STRING) USING " + format);
            long committed = System.nanoTime();
            JsonNode entry = eventually(asset("of_" + format), body -> body.has("id"));
            System.out.printf(
                    "A table of %s was in the catalog %d ms after its statement%n",
                    format, (System.nanoTime() - committed) / 1_000_000);
            assertThat(entry.path("metastore").asText()).isEqualTo("hive");
            assertThat(entry.at("/properties/provider").asText()).isEqualTo(format);
            assertThat(entry.path("columns").findValuesAsText("name")).containsExactly("id", "name");
            assertThat(entry.at("/columns/0/doc").asText()).isEqualTo("of the shop");

            rows("INSERT INTO " + table + " VALUES (1, 'one'), (2, 'two')");
            assertThat(rows("SELECT count(*), max(name) FROM " + table)).containsExactly(List.of("2", "two"));
            eventually(
                    "/api/v1/search?catalog=hive&type=table&q=of_" + format,
                    body -> body.path("items")
                            .findValuesAsText("address")
                            .contains("default/table/hive.shop.of_" + format));
        }
        assertThat(eventually(asset("of_iceberg"), body -> body.has("dataChangedAt"))
                        .path("metadataLocation")
                        .asText())
                .endsWith(".metadata.json");

        // Partitions, and columns that come later
        rows("CREATE TABLE spark_catalog.shop.days (id BIGINT, day STRING) USING parquet PARTITIONED BY (day)");
        rows("INSERT INTO spark_catalog.shop.days VALUES (1, 'mon'), (2, 'tue')");
        assertThat(eventually(
                                "/api/v1/tables/hive.shop.days/partitions",
                                body -> body.path("items").size() == 2)
                        .path("items")
                        .findValuesAsText("day"))
                .containsExactly("mon", "tue");
        rows("ALTER TABLE spark_catalog.shop.days ADD COLUMNS (note STRING)");
        eventually(asset("days"), body -> body.path("columns").size() == 3);
        rows("ALTER TABLE spark_catalog.shop.days RENAME TO spark_catalog.shop.weekdays");
        eventually(asset("weekdays"), body -> body.has("id"));

        // What flows where is told of them too
        rows("CREATE TABLE spark_catalog.shop.copied USING parquet AS SELECT * FROM spark_catalog.shop.of_csv");
        eventually(
                "/api/v1/lineage?asset=default/table/hive.shop.copied",
                body -> body.path("nodes").findValuesAsText("address").contains("default/table/hive.shop.of_csv"));

        // The record tells of it
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(platform.get("/api/v1/audit/events?pageSize=200")
                                .body()
                                .path("items")
                                .findValuesAsText("type"))
                        .contains(
                                "fjord.catalog.hive.DatabaseCreated.v1",
                                "fjord.catalog.hive.TableCreated.v1",
                                "fjord.catalog.hive.PartitionsAdded.v1",
                                "fjord.catalog.hive.TableRenamed.v1"));

        whoUsesTheClusterDoesNotReadAllTables();

        for (String format : List.of("parquet", "csv", "json", "iceberg")) {
            rows("DROP TABLE spark_catalog.shop.of_" + format);
        }
        for (String format : List.of("parquet", "csv", "json", "iceberg")) {
            eventually(asset("of_" + format), body -> body.has("droppedAt"));
        }
        eventually(
                "/api/v1/search?catalog=hive&type=table&q=of_json",
                body -> body.path("items").isEmpty());
        assertThat(platform.get("/api/v1/assets?kind=table&parent=hive.shop")
                        .body()
                        .path("items")
                        .findValuesAsText("name"))
                .containsExactlyInAnyOrder("hive.shop.weekdays", "hive.shop.copied");
    }

    private void whoUsesTheClusterDoesNotReadAllTables() {
        assertThat(platform.post("/api/v1/service-accounts", "{\"name\":\"guest\"}", WAIT)
                        .status())
                .isEqualTo(201);
        String guest = "Bearer "
                + platform.post("/api/v1/service-accounts/guest/tokens", "{\"label\":\"all\"}", WAIT)
                        .body()
                        .path("value")
                        .asText();
        grant(List.of("cluster:use", "statement:create", "statement:read"), "default/cluster/h", "default/statement/*");
        String csv = "spark_catalog.shop.of_csv";
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        refused("SELECT count(*) FROM " + csv, "table:read default/table/hive.shop.of_csv", guest));
        grant(List.of("table:read"), "default/table/hive.shop.of_csv");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(rows("SELECT count(*) FROM " + csv, "Authorization", guest))
                        .containsExactly(List.of("2")));
        refused("INSERT INTO " + csv + " VALUES (3, 'three')", "table:write", guest);
        refused("TRUNCATE TABLE " + csv, "table:write", guest);
        refused("ALTER TABLE " + csv + " ADD COLUMNS (more STRING)", "table:write", guest);
        refused("DROP TABLE " + csv, "table:manage", guest);
        refused("CREATE TABLE spark_catalog.shop.mine (id INT) USING json", "table:write", guest);
        refused("DROP DATABASE spark_catalog.shop CASCADE", "namespace:manage", guest);
        refused("SELECT * FROM spark_catalog.shop.of_iceberg", "table:read", guest);
        assertThat(rows("SELECT count(*) FROM " + csv)).containsExactly(List.of("2"));
    }

    private void grant(List<String> actions, String... resources) {
        Answer granted = platform.post(
                "/api/v1/grants",
                Json.text(Map.of(
                        "subject", "service-account:guest", "actions", actions, "resources", List.of(resources))),
                WAIT);
        assertThat(granted.status()).as(granted.body().toString()).isEqualTo(201);
    }

    private void refused(String sql, String because, String guest) {
        Answer answer = statement(sql, "Authorization", guest);
        assertThat(answer.body().at("/problem/detail").asText())
                .as(sql + ": " + answer.body())
                .contains("service-account:guest may not " + because);
    }

    private static String asset(String table) {
        return "/api/v1/assets/table/hive.shop." + table;
    }

    private JsonNode eventually(String path, Predicate<JsonNode> as) {
        return await(path)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> platform.get(path).body(), as);
    }

    private Answer statement(String sql, String... headers) {
        Answer answer = platform.post(
                "/api/v1/sql/statements",
                Json.text(Map.of("cluster", "h", "statement", sql, "waitSeconds", 60)),
                headers);
        while (answer.status() == 202) {
            answer = platform.get(
                    "/api/v1/sql/statements/" + answer.body().path("id").asText() + "?waitSeconds=30", headers);
        }
        return answer;
    }

    private List<List<String>> rows(String sql, String... headers) {
        Answer answer = statement(sql, headers);
        assertThat(answer.body().path("state").asText())
                .as(sql + ": " + answer.body())
                .isEqualTo("finished");
        List<List<String>> rows = new ArrayList<>();
        Answer result = platform.get(
                "/api/v1/sql/statements/" + answer.body().path("id").asText() + "/result", headers);
        result.body().path("rows").forEach(row -> {
            List<String> values = new ArrayList<>();
            row.forEach(value -> values.add(value.asText()));
            rows.add(values);
        });
        return rows;
    }
}
