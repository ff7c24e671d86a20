package io.fjord.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.embedded.DatabaseAddress;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables a cluster makes in a real Hive Metastore are in the data catalog because their rows were committed there. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class HiveTablesContract {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String[] WAIT = {"Prefer", "wait=30"};

    private final Home home = TestServers.newHome("hive-metastore");
    private HiveMetastoreServer metastore;
    private Platform platform;

    abstract DatabaseServer newDatabase();

    /** Where the metastore has its rows: as whom it writes them, as whom they are captured. */
    record Rows(DatabaseAddress owner, DatabaseAddress capture) {}

    /** @param database that of the services; it does not run yet */
    Rows metastoreRows(DatabaseServer database) {
        return new Rows(
                HiveMetastoreServer.databaseIn(database),
                database.cdcAddress().withDatabase(HiveMetastoreServer.DATABASE));
    }

    /**
     * Before the services start.
     *
     * @return whether it runs then; as `fjord up --with hive-metastore` does it, nobody waits for it
     */
    boolean isSetUp(HiveMetastoreServer metastore) {
        return false;
    }

    @BeforeAll
    void start() {
        var database = newDatabase();
        var rows = metastoreRows(database);
        database.start();
        metastore = new HiveMetastoreServer(home, TestServers.freePort(), rows.owner(), 160);
        boolean runs = isSetUp(metastore);
        platform = Platform.start(
                database,
                "all",
                Map.of(
                        "FJORD_HIVE_METASTORE",
                        metastore.uri(),
                        "FJORD_HIVE_WAREHOUSE",
                        HiveMetastoreServer.warehouse(home).toUri().toString(),
                        "FJORD_HIVE_DATABASE_CDC",
                        rows.capture().url()));
        if (!runs) {
            metastore.start();
        }
        assertThat(platform.post("/api/v1/clusters", "{\"name\":\"h\",\"size\":\"XS\"}", WAIT)
                        .status())
                .isEqualTo(201);
        await().atMost(Duration.ofMinutes(3))
                .until(() -> platform.get("/api/v1/clusters/h")
                        .body()
                        .path("state")
                        .asText()
                        .equals("running"));
        rows("CREATE DATABASE spark_catalog.shop COMMENT 'what is sold'");
    }

    @AfterAll
    void stop() throws Exception {
        if (platform != null) {
            platform.close();
        }
        metastore.stop();
    }

    @ParameterizedTest
    @ValueSource(strings = {"parquet", "orc", "csv", "json", "iceberg"})
    void what_a_cluster_makes_in_the_metastore_is_in_the_catalog(String format) {
        String name = "of_" + format;
        String table = made(name, format);
        long committed = System.nanoTime();
        JsonNode entry = eventually(asset(name), body -> body.has("id"));
        System.out.printf(
                "A table of %s was in the catalog %d ms after its statement%n",
                format, (System.nanoTime() - committed) / 1_000_000);
        assertThat(entry.path("metastore").asText()).isEqualTo("hive");
        assertThat(entry.at("/properties/provider").asText()).isEqualTo(format);
        assertThat(entry.path("columns").findValuesAsText("name")).containsExactly("id", "name");
        assertThat(entry.at("/columns/0/doc").asText()).isEqualTo("of the shop");

        rows("INSERT INTO " + table + " VALUES (1, 'one'), (2, 'two')");
        assertThat(rows("SELECT count(*), max(name) FROM " + table)).containsExactly(List.of("2", "two"));
        String search = "/api/v1/search?catalog=hive&type=table&q=" + name;
        eventually(
                search,
                body -> body.path("items").findValuesAsText("address").contains("default/table/hive.shop." + name));
        if (format.equals("iceberg")) {
            assertThat(eventually(asset(name), body -> body.has("dataChangedAt"))
                            .path("metadataLocation")
                            .asText())
                    .endsWith(".metadata.json");
        }

        rows("DROP TABLE " + table);
        eventually(asset(name), body -> body.has("droppedAt"));
        eventually(search, body -> body.path("items").isEmpty());
        recorded("TableCreated", name);
        recorded("TableDropped", name);
    }

    private String made(String name, String format) {
        String table = "spark_catalog.shop." + name;
        rows("CREATE TABLE " + table + " (id BIGINT COMMENT 'of the shop', name STRING) USING " + format);
        return table;
    }

    private void recorded(String event, String table) {
        eventually(
                "/api/v1/audit/events?type=fjord.catalog.hive." + event + ".v1&subject=default/table/hive.shop."
                        + table,
                body -> !body.path("items").isEmpty());
    }

    @Test
    void partitions_columns_and_names_that_change_are_told() {
        rows("CREATE TABLE spark_catalog.shop.days (id BIGINT, day STRING) USING parquet PARTITIONED BY (day)");
        rows("INSERT INTO spark_catalog.shop.days VALUES (1, 'mon'), (2, 'tue')");
        assertThat(eventually(
                                "/api/v1/tables/hive.shop.days/partitions",
                                body -> body.path("items").size() == 2)
                        .path("items")
                        .findValuesAsText("day"))
                .containsExactly("mon", "tue");
        recorded("PartitionsAdded", "days");
        rows("ALTER TABLE spark_catalog.shop.days ADD COLUMNS (note STRING)");
        eventually(asset("days"), body -> body.path("columns").size() == 3);
        rows("ALTER TABLE spark_catalog.shop.days RENAME TO shop.weekdays");
        eventually(asset("weekdays"), body -> body.has("id"));
        assertThat(platform.get("/api/v1/assets?kind=table&parent=hive.shop")
                        .body()
                        .path("items")
                        .findValuesAsText("name"))
                .contains("hive.shop.weekdays")
                .doesNotContain("hive.shop.days");
    }

    @Test
    void what_is_said_of_a_column_follows_it_to_its_next_name() {
        String table = made("visits", "iceberg");
        eventually(asset("visits"), body -> body.has("id"));
        assertThat(platform.call(
                                "PUT",
                                asset("visits") + "/description?column=name",
                                "{\"description\":\"of whom\"}",
                                WAIT)
                        .status())
                .isEqualTo(200);
        rows("ALTER TABLE " + table + " RENAME COLUMN name TO visitor");
        JsonNode renamed = eventually(
                asset("visits"),
                body -> body.path("columns").findValuesAsText("name").contains("visitor"));
        assertThat(renamed.at("/columns/1/description").asText()).isEqualTo("of whom");
    }

    @Test
    void what_flows_where_is_told_of_them_too() {
        rows("INSERT INTO " + made("source", "csv") + " VALUES (1, 'one')");
        eventually(asset("source"), body -> body.has("id"));
        rows("CREATE TABLE spark_catalog.shop.copied USING parquet AS SELECT * FROM spark_catalog.shop.source");
        assertThat(rows("SELECT name FROM spark_catalog.shop.copied")).containsExactly(List.of("one"));
        eventually(
                "/api/v1/lineage?asset=default/table/hive.shop.copied",
                body -> body.path("nodes").findValuesAsText("address").contains("default/table/hive.shop.source"));
    }

    @Test
    void who_uses_the_cluster_does_not_read_all_tables() {
        assertThat(platform.post("/api/v1/service-accounts", "{\"name\":\"guest\"}", WAIT)
                        .status())
                .isEqualTo(201);
        String guest = "Bearer "
                + platform.post("/api/v1/service-accounts/guest/tokens", "{\"label\":\"all\"}", WAIT)
                        .body()
                        .path("value")
                        .asText();
        grant(List.of("cluster:use", "statement:create", "statement:read"), "default/cluster/h", "default/statement/*");
        String csv = made("secret", "csv");
        made("secret_too", "iceberg");
        rows("INSERT INTO " + csv + " VALUES (1, 'one'), (2, 'two')");
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        refused("SELECT count(*) FROM " + csv, "table:read default/table/hive.shop.secret", guest));
        grant(List.of("table:read"), "default/table/hive.shop.secret");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(rows("SELECT count(*) FROM " + csv, "Authorization", guest))
                        .containsExactly(List.of("2")));
        refused("INSERT INTO " + csv + " VALUES (3, 'three')", "table:write", guest);
        refused("TRUNCATE TABLE " + csv, "table:write", guest);
        refused("ALTER TABLE " + csv + " ADD COLUMNS (more STRING)", "table:write", guest);
        refused("DROP TABLE " + csv, "table:manage", guest);
        refused("CREATE TABLE spark_catalog.shop.mine (id INT) USING json", "table:write", guest);
        refused("DROP DATABASE spark_catalog.shop CASCADE", "namespace:manage", guest);
        refused("SELECT * FROM spark_catalog.shop.secret_too", "table:read", guest);
        refused("CREATE VIEW spark_catalog.shop.peek AS SELECT id FROM " + csv, "view:write", guest);
        rows("CREATE VIEW spark_catalog.shop.seen AS SELECT id FROM " + csv);
        refused("CREATE OR REPLACE VIEW spark_catalog.shop.seen AS SELECT name FROM " + csv, "view:write", guest);
        refused("SELECT * FROM spark_catalog.shop.seen", "view:read", guest);
        refused("DROP VIEW spark_catalog.shop.seen", "view:manage", guest);
        assertThat(rows("SELECT count(*) FROM spark_catalog.shop.seen")).containsExactly(List.of("2"));
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
