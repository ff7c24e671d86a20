package io.fjord.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.embedded.DatabaseAddress;
import io.fjord.embedded.Durability;
import io.fjord.embedded.PostgresServer;
import io.fjord.launcher.Platform.Answer;
import io.fjord.testing.TestServers;
import io.fjord.testing.TestTopics;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** A pipeline from the API to rows in a table, and what becomes of it when its process is killed. */
@EnabledIfSystemProperty(named = "fjord.all", matches = "true", disabledReason = "run by ./fjord test --all")
class PipelineEndToEndIT {

    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final String[] WAIT = {"Prefer", "wait=30"};
    private static final String TOPIC = "flights";
    private static final String TABLE = "/iceberg/v1/default/namespaces/travel/tables/flights";

    private static Platform platform;
    private static PostgresServer database;
    private static KafkaProducer<String, String> producer;

    @BeforeAll
    static void start() throws Exception {
        database = TestServers.newPostgres(TestServers.newHome("postgres"), Durability.NONE);
        platform = Platform.start(
                database, "all", Map.of("FJORD_AUDIT_LAKE_EVERY", "PT10S", "FJORD_SOURCES_NETWORKS", "127.0.0.0/8"));
        TestTopics.create(platform.kafka(), TOPIC, 2);
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", platform.kafka(), "acks", "all"),
                new StringSerializer(),
                new StringSerializer());
    }

    @AfterAll
    static void stop() throws Exception {
        producer.close();
        platform.close();
    }

    @Test
    void each_record_comes_into_the_table_once_also_when_the_process_is_killed() {
        assertThat(platform.post("/iceberg/v1/default/namespaces", "{\"namespace\":[\"travel\"]}")
                        .status())
                .isEqualTo(200);
        put(0, 100);

        Answer created = platform.post("/api/v1/pipelines", """
                {"name": "flights", "source": {"topic": "flights"}, "freshnessSeconds": 1,
                 "target": {"namespace": "travel", "table": "flights",
                            "columns": [{"name": "id", "type": "long", "required": true}]}}""", WAIT);

        assertThat(created.status()).as(created.body().toString()).isEqualTo(201);
        assertThat(created.body().path("owner").asText()).isEqualTo("user:operator");
        awaitRows(100);
        assertThat(pipeline().path("state").asText()).isEqualTo("running");
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(pipeline().at("/progress/rows").asLong()).isEqualTo(100));

        // kill -9: the next process goes on where the table says
        assertThat(platform.pipelineDrivers()).hasSize(1).allMatch(ProcessHandle::destroyForcibly);
        put(100, 250);
        awaitRows(250);

        // Paused, it reads nothing; it goes on where it was
        state("pause", "paused");
        put(250, 260);
        state("start", "running");
        awaitRows(260);

        // From another position
        Answer restarted =
                platform.post("/api/v1/pipelines/flights/restart", "{\"offsets\": {\"0\": 130, \"1\": 128}}", WAIT);
        assertThat(restarted.status()).as(restarted.body().toString()).isEqualTo(200);
        awaitRows(262);

        // One that cannot begin yet says why
        assertThat(platform.post("/api/v1/pipelines", """
                        {"name": "early", "source": {"topic": "nothing-yet"}, "freshnessSeconds": 1,
                         "target": {"namespace": "travel", "table": "early",
                                    "columns": [{"name": "id", "type": "long"}]}}""", WAIT).status()).isEqualTo(201);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(platform.get("/api/v1/pipelines/early")
                                .body()
                                .at("/progress/reason")
                                .asText())
                        .contains("no topic 'nothing-yet'"));

        state("stop", "stopped");
        assertThat(platform.call("DELETE", "/api/v1/pipelines/flights", null, WAIT)
                        .status())
                .isEqualTo(204);
        assertThat(platform.get("/api/v1/pipelines/flights").status()).isEqualTo(404);
    }

    @Test
    void the_record_is_a_table_that_has_each_entry_once_also_when_the_process_is_killed() {
        assertThat(platform.post("/iceberg/v1/default/namespaces", "{\"namespace\":[\"audit\"]}")
                        .status())
                .isEqualTo(200);
        Answer created = platform.post("/api/v1/pipelines", """
                {"name": "audit-lake", "source": {"topic": "fjord.audit.log"}, "freshnessSeconds": 2,
                 "evolution": "add-columns",
                 "target": {"namespace": "audit", "table": "entries", "partitioning": ["day(time)"],
                            "columns": [{"name": "seq", "type": "long", "required": true},
                                        {"name": "time", "type": "timestamptz"}]}}""", WAIT);
        assertThat(created.status()).as(created.body().toString()).isEqualTo(201);
        JsonNode first = awaitCounted(0);
        assertThat(platform.pipelineDrivers()).allMatch(ProcessHandle::destroyForcibly);

        JsonNode later = awaitCounted(first.path("entries").asLong());

        for (JsonNode counted : List.of(first, later)) {
            assertThat(counted.path("missing").asLong()).as(counted.toString()).isZero();
            assertThat(counted.path("dead").asLong()).isZero();
        }
        assertThat(platform.call("DELETE", "/api/v1/pipelines/audit-lake", null, WAIT)
                        .status())
                .isEqualTo(204);
    }

    /** The first count of a table that has more entries than that. */
    private static JsonNode awaitCounted(long more) {
        return await().atMost(PATIENCE)
                .until(
                        () -> platform.get("/api/v1/audit/events?type=fjord.audit.record.LakeReconciled.v1&pageSize=1")
                                .body()
                                .at("/items/0/data"),
                        counted -> counted.path("entries").asLong() > more);
    }

    @Test
    void a_table_of_a_database_is_copied_also_when_the_process_is_killed_and_nothing_stays_there() throws Exception {
        assertThat(platform.post("/iceberg/v1/default/namespaces", "{\"namespace\":[\"shop\"]}")
                        .status())
                .isEqualTo(200);
        admin("create role shop login replication password 'c4nary-shop'", "create database shop owner shop");
        DatabaseAddress admin = database.adminAddress();
        DatabaseAddress shop =
                new DatabaseAddress(admin.kind(), "shop", "c4nary-shop", admin.host(), admin.port(), "shop");
        String body = """
                {"name": "orders", "freshnessSeconds": 1, "target": {"namespace": "shop", "table": "orders"},
                 "source": {"database": {"kind": "postgresql", "host": "127.0.0.1", "port": %d, "database": "shop",
                            "user": "shop", "password": %s, "tables": ["public.orders"], "tls": "disable"}}}""";
        assertThat(platform.post("/api/v1/pipelines", body.formatted(admin.port(), "\"c4nary-shop\""))
                        .status())
                .isEqualTo(400);
        assertThat(platform.post("/api/v1/secrets", "{\"name\": \"shop\", \"value\": \"c4nary-shop\"}", WAIT)
                        .status())
                .isEqualTo(201);
        try (Connection source = DriverManager.getConnection(shop.jdbcUrl(), shop.user(), shop.password());
                Statement statement = source.createStatement()) {
            statement.execute("create table orders (id int primary key, amount numeric(10, 2))");
            statement.execute("insert into orders select i, i from generate_series(1, 100) i");

            Answer created =
                    platform.post("/api/v1/pipelines", body.formatted(admin.port(), "{\"secret\": \"shop\"}"), WAIT);
            assertThat(created.status()).as(created.body().toString()).isEqualTo(201);
            assertThat(created.body().path("mode").asText()).isEqualTo("upsert");
            assertThat(created.body().at("/source/database/password/secret").asText())
                    .isEqualTo("shop");
            awaitCopied(100);
            await().atMost(PATIENCE)
                    .until(() -> platform.get("/api/v1/pipelines/orders")
                            .body()
                            .at("/progress/reread/reason")
                            .asText()
                            .equals("first"));

            statement.execute("insert into orders select i, i from generate_series(101, 150) i");
            assertThat(platform.pipelineDrivers()).allMatch(ProcessHandle::destroyForcibly);
            statement.execute("insert into orders select i, i from generate_series(151, 200) i");
            awaitCopied(200);
        }
        assertThat(platform.call("DELETE", "/api/v1/pipelines/orders", null, WAIT)
                        .status())
                .isEqualTo(204);
        await().atMost(PATIENCE)
                .until(() -> platform.get(
                                "/api/v1/audit/events?type=fjord.core.pipeline.PipelineReleased.v1&pageSize=1")
                        .body()
                        .at("/items")
                        .toString()
                        .contains("PipelineReleased"));
        admin("drop database shop", "drop role shop");
    }

    /** The rows that are there, whatever was written twice on the way. */
    private static void awaitCopied(long count) {
        await().atMost(PATIENCE).until(() -> {
            JsonNode table = platform.get("/iceberg/v1/default/namespaces/shop/tables/orders")
                    .body();
            String current = table.at("/metadata/current-snapshot-id").asText();
            for (JsonNode snapshot : table.at("/metadata/snapshots")) {
                if (snapshot.path("snapshot-id").asText().equals(current)) {
                    return snapshot.at("/summary/total-records").asLong() >= count;
                }
            }
            return false;
        });
    }

    private static void admin(String... statements) throws SQLException {
        DatabaseAddress admin = database.adminAddress();
        try (Connection connection = DriverManager.getConnection(admin.jdbcUrl(), admin.user(), admin.password());
                Statement statement = connection.createStatement()) {
            for (String one : statements) {
                statement.execute(one);
            }
        }
    }

    @Test
    void what_is_wrong_with_a_pipeline_is_told_at_once() {
        Answer refused = platform.post("/api/v1/pipelines", """
                {"name": "wrong", "source": {"topic": "fjord.core.events"}, "mode": "upsert",
                 "target": {"namespace": "travel", "table": "t", "columns": [{"name": "id", "type": "number"}],
                            "partitioning": ["often(id)"]},
                 "watermark": {"column": "at", "delaySeconds": 5}, "from": {}}""");

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body().findValuesAsText("pointer"))
                .contains(
                        "/source/topic",
                        "/keys",
                        "/target/columns/0/type",
                        "/target/partitioning/0",
                        "/watermark/column",
                        "/from");
    }

    private static void state(String wish, String awaited) {
        Answer answer = platform.call("POST", "/api/v1/pipelines/flights/" + wish, null, WAIT);
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        await().atMost(PATIENCE).until(() -> pipeline().path("state").asText().equals(awaited));
    }

    private static JsonNode pipeline() {
        return platform.get("/api/v1/pipelines/flights").body();
    }

    private static void put(int from, int to) {
        for (int id = from; id < to; id++) {
            var unused = producer.send(new ProducerRecord<>(TOPIC, id % 2, null, "{\"id\": " + id + "}"));
        }
        producer.flush();
    }

    /** So many, as the table's newest snapshot says. */
    private static void awaitRows(long count) {
        await().atMost(PATIENCE).until(() -> rows() >= count);
        assertThat(rows()).isEqualTo(count);
    }

    private static long rows() {
        JsonNode table = platform.get(TABLE).body();
        String current = table.at("/metadata/current-snapshot-id").asText();
        for (JsonNode snapshot : table.at("/metadata/snapshots")) {
            if (snapshot.path("snapshot-id").asText().equals(current)) {
                return snapshot.at("/summary/total-records").asLong();
            }
        }
        return 0;
    }
}
