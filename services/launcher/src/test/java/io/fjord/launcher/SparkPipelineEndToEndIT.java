package io.fjord.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.embedded.Durability;
import io.fjord.launcher.Platform.Answer;
import io.fjord.testing.TestServers;
import io.fjord.testing.TestTopics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.LongStream;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.rest.RESTCatalog;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Pipelines on Spark from the API to rows in tables, with their driver killed in the middle. */
@EnabledIfSystemProperty(named = "fjord.all", matches = "true", disabledReason = "run by ./fjord test --all")
class SparkPipelineEndToEndIT {

    private static final Duration PATIENCE = Duration.ofSeconds(150);
    private static final String[] WAIT = {"Prefer", "wait=30"};

    private static Platform platform;
    private static KafkaProducer<String, String> producer;
    private static RESTCatalog catalog;

    private final String name =
            "p" + UUID.randomUUID().toString().replace("-", "").substring(0, 12);

    @BeforeAll
    static void start() throws Exception {
        platform = Platform.start(
                TestServers.newPostgres(TestServers.newHome("postgres"), Durability.NONE), "all", Map.of());
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", platform.kafka(), "acks", "all"),
                new StringSerializer(),
                new StringSerializer());
        assertThat(platform.post("/iceberg/v1/default/namespaces", "{\"namespace\":[\"travel\"]}")
                        .status())
                .isEqualTo(200);
        var store = TestServers.objectStore();
        catalog = new RESTCatalog();
        catalog.initialize(
                "test",
                Map.of(
                        "uri",
                        platform.base() + "/iceberg",
                        "warehouse",
                        "default",
                        "token",
                        Platform.TOKEN,
                        "io-impl",
                        "org.apache.iceberg.aws.s3.S3FileIO",
                        "s3.endpoint",
                        store.endpoint(),
                        "s3.path-style-access",
                        "true",
                        "s3.access-key-id",
                        store.accessKey(),
                        "s3.secret-access-key",
                        store.secretKey(),
                        "client.region",
                        "us-east-1"));
    }

    @AfterAll
    static void stop() throws Exception {
        catalog.close();
        producer.close();
        platform.close();
    }

    @BeforeEach
    void topic() throws Exception {
        TestTopics.create(platform.kafka(), name, 2);
    }

    @AfterEach
    void delete() {
        platform.call("DELETE", "/api/v1/pipelines/" + name, null, WAIT);
    }

    @Test
    void each_record_comes_into_the_table_once_also_when_the_driver_is_killed() {
        put(0, 500);
        put(0, null, "{\"id\": \"many\"}");
        create("""
                "freshnessSeconds": 1, "evolution": "add-columns",
                "target": {"namespace": "travel", "table": "%s",
                           "columns": [{"name": "id", "type": "long", "required": true}]}""");
        awaitIds(500);
        assertThat(pipeline().path("engine").asText()).isEqualTo("spark");
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(pipeline().path("state").asText()).isEqualTo("running");
            assertThat(pipeline().at("/progress/rows").asLong()).isEqualTo(500);
            assertThat(pipeline().at("/progress/dead").asLong()).isEqualTo(1);
        });

        // kill -9 while it writes, again and again
        int there = 500;
        for (int kill = 0; kill < 3; kill++) {
            long rows = total();
            for (int i = 0; i < 20; i++, there += 250) {
                put(there, there + 250);
            }
            await().atMost(PATIENCE).until(() -> total() > rows);
            assertThat(platform.pipelineDrivers()).isNotEmpty().allMatch(ProcessHandle::destroyForcibly);
        }
        awaitIds(there);

        // A field without a column, on the way, behind one that does not fit: the batch is read again
        put(0, null, "{\"id\": \"wrong\"}");
        put(0, null, "{\"id\": " + there + ", \"colour\": \"red\"}");
        awaitIds(there + 1);
        assertThat(rows()).anyMatch(row -> "red".equals(row.getField("colour")));
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(pipeline().at("/progress/dead").asLong()).isEqualTo(2));
        assertThat(setAside("fjord.pipeline.default." + name + ".dlt"))
                .hasSize(2)
                .doesNotHaveDuplicates();
    }

    @Test
    void windows_of_event_time_are_written_once_each_and_exactly_also_when_the_driver_is_killed() {
        create("""
                "freshnessSeconds": 1, "watermark": {"column": "at", "delaySeconds": 60},
                "target": {"namespace": "travel", "table": "%s"},
                "transform": {"columns": [{"name": "id", "type": "long", "required": true},
                                          {"name": "at", "type": "timestamptz", "required": true}],
                    "sql": "SELECT window.start AS at, count(*) AS n, sum(id) AS ids FROM source GROUP BY window(at, '1 minute')"}""");
        Instant begin = Instant.parse("2026-11-22T10:00:00Z");
        TreeMap<Instant, long[]> expected = new TreeMap<>();
        int id = 0;
        for (int minute = 0; minute < 12; minute++) {
            for (int i = 0; i < 60; i++, id++) {
                Instant at = begin.plusSeconds(minute * 60L + i);
                put(id % 2, null, "{\"id\": " + id + ", \"at\": \"" + at + "\"}");
                long[] window = expected.computeIfAbsent(begin.plusSeconds(minute * 60L), none -> new long[2]);
                window[0]++;
                window[1] += id;
            }
            producer.flush();
            if (minute == 5 || minute == 8) {
                int closed = minute - 3;
                await().atMost(PATIENCE).until(() -> windows().size() >= closed);
                assertThat(platform.pipelineDrivers()).isNotEmpty().allMatch(ProcessHandle::destroyForcibly);
            }
        }
        // Late by the watermark, which stands a minute behind the newest
        await().atMost(PATIENCE).until(() -> windows().size() >= 10);
        put(0, null, "{\"id\": 1, \"at\": \"2026-11-22T10:00:30Z\"}");
        put(1, null, "{\"id\": 1, \"at\": \"2026-11-22T11:00:00Z\"}");
        producer.flush();

        await().atMost(PATIENCE).until(() -> windows().size() >= 12);
        assertThat(windows()).hasSize(12);
        windows().forEach((at, row) -> {
            assertThat(row.getField("n")).as(at.toString()).isEqualTo(expected.get(at)[0]);
            assertThat(row.getField("ids")).as(at.toString()).isEqualTo(expected.get(at)[1]);
        });
        assertThat(rows()).hasSize(12);
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(pipeline().at("/progress/late").asLong()).isEqualTo(1));
    }

    @Test
    void an_upsert_keeps_the_newest_of_what_the_sql_yields() {
        create("""
                "freshnessSeconds": 1, "mode": "upsert", "keys": ["carrier"],
                "target": {"namespace": "travel", "table": "%s"},
                "transform": {"others": "ignore",
                    "columns": [{"name": "carrier", "type": "string", "required": true}, {"name": "delay", "type": "double"}],
                    "sql": "SELECT carrier, count(*) AS flights, max(delay) AS worst FROM source WHERE delay >= 0 GROUP BY carrier"}""");
        for (int i = 0; i < 300; i++) {
            put(i % 2, null, "{\"carrier\": \"c" + i % 3 + "\", \"delay\": " + (i - 10) + ", \"gate\": {\"n\": 1}}");
            if (i == 150) {
                producer.flush();
                await().atMost(PATIENCE).until(() -> !rows().isEmpty());
                assertThat(platform.pipelineDrivers()).isNotEmpty().allMatch(ProcessHandle::destroyForcibly);
            }
        }
        producer.flush();

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(rows())
                        .extracting(row ->
                                row.getField("carrier") + " " + row.getField("flights") + " " + row.getField("worst"))
                        .containsExactlyInAnyOrder("c0 96 287.0", "c1 97 288.0", "c2 97 289.0"));
    }

    @Test
    void what_is_wrong_with_the_sql_is_told() {
        Answer direct = platform.post("/api/v1/pipelines", body("""
                "target": {"namespace": "travel", "table": "%s"},
                "transform": {"columns": [{"name": "id", "type": "long"}], "sql": "SELECT id FROM source; DROP TABLE t"}""").replace("\"spark\"", "\"direct\""));
        assertThat(direct.status()).isEqualTo(400);
        assertThat(direct.body().findValuesAsText("pointer")).containsExactlyInAnyOrder("/transform", "/transform/sql");

        create("""
                "target": {"namespace": "travel", "table": "%s"},
                "transform": {"columns": [{"name": "id", "type": "long"}], "sql": "SELECT nothing FROM source"}""");
        failed("Spark does not take the SQL", "nothing");
        change("{\"transform\": {\"columns\": [{\"name\": \"id\", \"type\": \"long\"}], "
                + "\"sql\": \"SELECT TRANSFORM (id) USING 'touch x' AS (id) FROM source\"}}");
        failed("only selects");
        change("{\"transform\": {\"columns\": [{\"name\": \"id\", \"type\": \"long\"}], "
                + "\"sql\": \"SELECT id FROM source UNION ALL SELECT 1 FROM text.`/etc/passwd`\"}}");
        failed("Spark does not take the SQL");
        change("{\"transform\": {\"columns\": [{\"name\": \"id\", \"type\": \"long\"}], "
                + "\"sql\": \"SELECT 10 DIV id AS n FROM source\"}}");
        put(0, null, "{\"id\": 0}");
        failed("The SQL fails", "zero");
        change("{\"transform\": {\"columns\": [{\"name\": \"id\", \"type\": \"long\"}], "
                + "\"sql\": \"SELECT 10 DIV nullif(id, 0) AS n FROM source WHERE id > 1 OR id = 0\"}}");
        put(0, null, "{\"id\": 5}");
        put(0, null, "{\"id\": 1}");
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(rows()).extracting(row -> row.getField("n")).containsExactlyInAnyOrder(null, 2L));
    }

    private void failed(String... reasons) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(pipeline().path("state").asText()).isEqualTo("failed");
            assertThat(pipeline().path("reason").asText()).contains(reasons);
        });
    }

    private void change(String transform) {
        Answer changed = platform.call("PATCH", "/api/v1/pipelines/" + name, transform, WAIT);
        assertThat(changed.status()).as(changed.body().toString()).isEqualTo(200);
        Answer started = platform.call("POST", "/api/v1/pipelines/" + name + "/start", null, WAIT);
        assertThat(started.status()).as(started.body().toString()).isEqualTo(200);
    }

    // Words

    private String body(String more) {
        return "{\"name\": \"" + name + "\", \"engine\": \"spark\", \"source\": {\"topic\": \"" + name + "\"}, "
                + more.formatted(name) + "}";
    }

    private void create(String more) {
        Answer created = platform.post("/api/v1/pipelines", body(more), WAIT);
        assertThat(created.status()).as(created.body().toString()).isEqualTo(201);
    }

    private JsonNode pipeline() {
        return platform.get("/api/v1/pipelines/" + name).body();
    }

    private void put(int partition, @Nullable String key, String value) {
        var unused = producer.send(new ProducerRecord<>(name, partition, key, value));
    }

    private void put(int from, int to) {
        for (int id = from; id < to; id++) {
            put(id % 2, null, "{\"id\": " + id + "}");
        }
        producer.flush();
    }

    private List<Record> rows() {
        List<Record> all = new ArrayList<>();
        TableIdentifier table = TableIdentifier.of(Namespace.of("travel"), name);
        if (!catalog.tableExists(table)) {
            return all;
        }
        try (CloseableIterable<Record> rows =
                IcebergGenerics.read(catalog.loadTable(table)).build()) {
            rows.forEach(row -> all.add(row.copy()));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return all;
    }

    private Map<Instant, Record> windows() {
        Map<Instant, Record> all = new TreeMap<>();
        rows().forEach(row -> all.put(((java.time.OffsetDateTime) row.getField("at")).toInstant(), row));
        return all;
    }

    private long total() {
        var current = catalog.loadTable(TableIdentifier.of(Namespace.of("travel"), name))
                .currentSnapshot();
        return current == null ? 0 : Long.parseLong(current.summary().get("total-records"));
    }

    /** Which records were, as often as they were. */
    private List<String> setAside(String topic) {
        try (var consumer = new KafkaConsumer<>(
                Map.<String, Object>of("bootstrap.servers", platform.kafka()),
                new StringDeserializer(),
                new StringDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            List<String> all = new ArrayList<>();
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(200))
                        .forEach(record -> all.add(new String(
                                record.headers().lastHeader("fjord-source").value(), StandardCharsets.UTF_8)));
            }
            return all;
        }
    }

    /** All of them, and each once. */
    private void awaitIds(long count) {
        await().atMost(PATIENCE).pollInterval(Duration.ofSeconds(1)).until(() -> !rows().isEmpty() && total() >= count);
        assertThat(rows().stream().<Object>map(row -> row.getField("id")).toList())
                .containsExactlyInAnyOrderElementsOf(
                        LongStream.range(0, count).<Object>mapToObj(id -> id).toList());
    }
}
