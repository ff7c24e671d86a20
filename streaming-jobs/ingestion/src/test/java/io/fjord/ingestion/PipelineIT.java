package io.fjord.ingestion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fjord.contract.core.pipeline.PipelineColumn;
import io.fjord.contract.core.pipeline.PipelineMode;
import io.fjord.contract.core.pipeline.PipelinePosition;
import io.fjord.contract.core.pipeline.PipelineSource;
import io.fjord.contract.core.pipeline.PipelineSpec;
import io.fjord.contract.core.pipeline.PipelineTarget;
import io.fjord.contract.core.pipeline.SchemaEvolution;
import io.fjord.contract.core.pipeline.Watermark;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Pipelines against a real broker, the real catalog and a real object store. */
class PipelineIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<PipelineColumn> COLUMNS =
            List.of(new PipelineColumn("id", "long", true), new PipelineColumn("carrier", "string", false));

    private static Lake lake;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Pipelines> drivers = new ArrayList<>();
    private final String name =
            "t" + UUID.randomUUID().toString().replace("-", "").substring(0, 12);

    @TempDir
    Path folder;

    @BeforeAll
    static void open() throws Exception {
        lake = new Lake();
    }

    @AfterAll
    static void close() throws Exception {
        lake.close();
    }

    @AfterEach
    void stop() throws Exception {
        drivers.forEach(Pipelines::stopAll);
        for (Pipelines driver : drivers) {
            assertThat(driver.awaitEnd(PATIENCE)).isTrue();
        }
        threads.shutdownNow();
    }

    // What is written

    @Test
    void each_record_is_in_the_table_once_and_what_does_not_fit_is_kept_aside_with_why() throws Exception {
        lake.topic(name, 3);
        put(0, 300);
        lake.put(name, 1, "k", "{\"id\": \"many\"}");
        lake.put(name, 1, null, "{\"carrier\": \"SK\"}");
        lake.put(name, 2, null, "{\"id\": 7, \"colour\": \"red\"}");
        lake.put(name, 2, null, "no json");
        lake.flush();

        Pipelines driver = driver();
        driver.want(List.of(order(append(), 1)));

        awaitIds(300);
        assertThat(progress(driver))
                .containsEntry("rows", 300L)
                .containsEntry("dead", 4L)
                .containsEntry("lag", 0L);
        assertThat(lake.records("fjord.pipeline.default." + name + ".dlt"))
                .extracting(record -> text(record.headers().lastHeader("fjord-problem")))
                .anyMatch(problem -> problem.contains("something else than long in the field 'id'"))
                .anyMatch(problem -> problem.contains("lacks the field 'id'"))
                .anyMatch(problem -> problem.contains("'colour', for which the table has no column"))
                .anyMatch(problem -> problem.contains("is not JSON"))
                .hasSize(4);
    }

    @Test
    @EnabledIfSystemProperty(named = "fjord.all", matches = "true")
    void it_goes_on_where_the_table_says_it_was() throws Exception {
        lake.topic(name, 2);
        put(0, 50);
        Pipelines driver = driver();
        driver.want(List.of(order(append(), 1)));
        awaitIds(50);
        driver.want(List.of());
        assertThat(driver.awaitEnd(PATIENCE)).isTrue();
        put(50, 90);

        driver().want(List.of(order(append(), 2)));

        awaitIds(90);
    }

    @Test
    void two_processes_of_one_pipeline_write_each_record_once() throws Exception {
        lake.topic(name, 3);
        Pipelines first = driver();
        Pipelines second = driver();
        first.want(List.of(order(append(), 1)));
        second.want(List.of(order(append(), 1)));
        for (int i = 0; i < 5; i++) {
            put(i * 100L, i * 100L + 100);
            long there = i * 100L + 100;
            await().atMost(PATIENCE).until(() -> lake.column(name, "id").size() >= there);
        }

        awaitIds(500);
    }

    @Test
    void one_of_an_earlier_start_writes_nothing_any_more() throws Exception {
        lake.topic(name, 1);
        Pipelines earlier = driver();
        earlier.want(List.of(order(append(), 1)));
        put(0, 10);
        awaitIds(10);
        Pipelines later = driver();
        later.want(List.of(order(append(), 2)));
        put(10, 20);
        awaitIds(20);

        // It learns of the later one when it has something to write
        await().atMost(PATIENCE).until(() -> progress(later).containsKey("offsets"));
        put(20, 30);
        assertThat(earlier.awaitEnd(PATIENCE)).isTrue();
        awaitIds(30);
    }

    @Test
    void late_records_are_counted_and_kept_aside() throws Exception {
        lake.topic(name, 1);
        PipelineSpec spec = spec(
                List.of(new PipelineColumn("id", "long", true), new PipelineColumn("at", "timestamptz", false)),
                List.of("day(at)"),
                PipelineMode.APPEND,
                null,
                SchemaEvolution.REFUSE,
                new Watermark("at", 60));
        Pipelines driver = driver();
        driver.want(List.of(order(spec, 1)));
        lake.put(name, 0, null, "{\"id\": 0, \"at\": \"2026-11-22T10:00:00Z\"}");
        lake.flush();
        awaitIds(1);
        lake.put(name, 0, null, "{\"id\": 1, \"at\": \"2026-11-22T09:59:30+00:00\"}");
        lake.put(name, 0, null, "{\"id\": 99, \"at\": \"2026-11-22T09:58:00Z\"}");
        lake.flush();

        awaitIds(2);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(progress(driver))
                        .containsEntry("late", 1L)
                        .containsEntry("watermark", "2026-11-22T09:59:00Z"));
        assertThat(lake.records("fjord.pipeline.default." + name + ".late")).hasSize(1);
        assertThat(lake.table(name).spec().fields()).hasSize(1);
    }

    @Test
    void a_table_nobody_declared_is_made_of_the_first_record_and_gets_the_columns_of_later_ones() throws Exception {
        lake.topic(name, 1);
        lake.put(name, 0, null, "{\"id\": 0, \"carrier\": \"SK\"}");
        lake.put(name, 0, null, "{\"id\": 1, \"delay\": 2.5, \"crew\": {\"chief\": \"Ida\"}}");
        lake.put(name, 0, null, "{\"id\": 2, \"_offset\": 4}");
        lake.flush();

        driver().want(List.of(
                order(spec(null, null, PipelineMode.APPEND, null, SchemaEvolution.ADD_COLUMNS, null), 1)));

        awaitIds(3);
        assertThat(lake.rows(name))
                .filteredOn(row -> row.getField("id").equals(1L))
                .first()
                .satisfies(row -> {
                    assertThat(row.getField("delay")).isEqualTo(2.5);
                    assertThat(row.getField("crew")).isEqualTo("{\"chief\":\"Ida\"}");
                });
    }

    @Test
    void an_upsert_keeps_the_newest_row_of_each_key_and_takes_away_what_has_no_value() throws Exception {
        lake.topic(name, 2);
        Pipelines driver = driver();
        driver.want(List.of(
                order(spec(COLUMNS, null, PipelineMode.UPSERT, List.of("id"), SchemaEvolution.REFUSE, null), 1)));
        for (int i = 0; i < 20; i++) {
            lake.put(name, i % 2, String.valueOf(i), "{\"id\": " + i + ", \"carrier\": \"old\"}");
        }
        lake.flush();
        awaitIds(20);
        for (int i = 0; i < 20; i++) {
            lake.put(name, i % 2, String.valueOf(i), "{\"id\": " + i + ", \"carrier\": \"older\"}");
            lake.put(name, i % 2, String.valueOf(i), i < 5 ? null : "{\"id\": " + i + ", \"carrier\": \"new\"}");
        }
        lake.flush();

        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(lake.rows(name))
                    .hasSize(15)
                    .allSatisfy(row -> assertThat(row.getField("carrier")).isEqualTo("new"));
        });
        assertThat(new HashSet<>(ids())).hasSize(15);
    }

    // Where it begins

    @Test
    void it_begins_where_it_is_told_and_once_only() throws Exception {
        lake.topic(name, 1);
        put(0, 30);
        Pipelines driver = driver();
        driver.want(List.of(order(append(), 1)));
        awaitIds(30);
        long snapshot = (Long) progress(driver).get("snapshot");
        put(30, 40);
        awaitIds(40);

        driver.want(List.of(order(append(), 2, new PipelinePosition(null, null, null, snapshot), 2)));
        await().atMost(PATIENCE).until(() -> ids().size() == 50);
        driver.want(List.of(order(append(), 3, new PipelinePosition(null, null, null, snapshot), 2)));
        put(40, 41);
        await().atMost(PATIENCE).until(() -> ids().contains(40L));
        assertThat(ids()).hasSize(51);

        driver.want(List.of(order(append(), 4, new PipelinePosition(null, Map.of(0, 40L), null, null), 4)));
        await().atMost(PATIENCE).until(() -> ids().size() == 52);

        // Small files become one, and where the pipeline is stays known
        List<Object> before = ids();
        assertThat(new Compaction(lake.table(name), 3).run()).isGreaterThanOrEqualTo(3);
        assertThat(ids()).containsExactlyInAnyOrderElementsOf(before);
        put(41, 42);
        await().atMost(PATIENCE).until(() -> ids().size() == 53);
    }

    @Test
    @EnabledIfSystemProperty(named = "fjord.all", matches = "true")
    void where_the_table_has_forgotten_it_it_does_not_guess() throws Exception {
        lake.topic(name, 1);
        put(0, 5);
        Pipelines driver = driver();
        driver.want(List.of(order(append(), 1)));
        awaitIds(5);
        driver.want(List.of());
        assertThat(driver.awaitEnd(PATIENCE)).isTrue();
        var table = lake.table(name);
        table.newDelete()
                .deleteFromRowFilter(org.apache.iceberg.expressions.Expressions.alwaysTrue())
                .commit();
        table.expireSnapshots()
                .expireOlderThan(System.currentTimeMillis() + 1000)
                .retainLast(1)
                .commit();

        Pipelines next = driver();
        next.want(List.of(order(append(), 2)));

        await().atMost(PATIENCE).until(() -> "failed".equals(progress(next).get("state")));
        assertThat(String.valueOf(progress(next).get("reason"))).contains("Restart the pipeline from a position");
    }

    // What others do to it

    @Test
    void one_that_cannot_go_on_does_not_stop_another() throws Exception {
        lake.topic(name, 1);
        put(0, 5);
        PipelineSpec lost = new PipelineSpec(
                new PipelineSource(null, name),
                new PipelineTarget(null, "nowhere", "x", COLUMNS, null),
                PipelineMode.APPEND,
                null,
                SchemaEvolution.REFUSE,
                1,
                null,
                1);
        Pipelines driver = driver();
        Order fails =
                new Order("other", "default", "other-" + name, 1, false, "t", lost, PipelinePosition.earliest(), 1);
        driver.want(List.of(fails, order(append(), 1)));

        awaitIds(5);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(driver.want(List.of(fails, order(append(), 1))))
                        .anySatisfy(other -> assertThat(other)
                                .containsEntry("state", "failed")
                                .containsEntry(
                                        "reason",
                                        "There is no namespace 'nowhere'. Create it, then start the pipeline.")));
    }

    @Test
    void a_process_killed_between_its_files_and_their_commit_leaves_nothing_behind_and_nothing_out() throws Exception {
        dies("BETWEEN_FILES_AND_COMMIT:2");
    }

    @Test
    @EnabledIfSystemProperty(named = "fjord.all", matches = "true")
    void a_process_killed_right_after_a_commit_does_not_write_it_again() throws Exception {
        dies("AFTER_COMMIT:2");
    }

    @Test
    @EnabledIfSystemProperty(named = "fjord.all", matches = "true")
    void a_process_killed_after_it_wrote_down_where_it_begins_begins_there() throws Exception {
        dies("AFTER_ANCHOR");
    }

    private void dies(String at) throws Exception {
        lake.topic(name, 2);
        put(0, 100);
        Process process = process(at);
        int unfit = 0;
        for (int i = 1; process.isAlive() && i < 600; i++) {
            lake.put(name, i % 2, null, "no json");
            unfit++;
            put(i * 100L, i * 100L + 100);
            ask(process);
            process.waitFor(300, TimeUnit.MILLISECONDS);
        }
        assertThat(process.exitValue()).isEqualTo(137);
        long put = produced;

        driver().want(List.of(order(append(), 1)));

        awaitIds(put);
        assertThat(lake.records("fjord.pipeline.default." + name + ".dlt"))
                .extracting(record -> text(record.headers().lastHeader("fjord-source")))
                .hasSize(unfit)
                .doesNotHaveDuplicates();
    }

    private final java.net.http.HttpClient http = java.net.http.HttpClient.newHttpClient();
    private boolean told;

    private Process process(String crashAt) throws IOException {
        Path config = folder.resolve("driver.json");
        Files.write(config, Settings.JSON.writeValueAsBytes(lake.settings(folder.toString())));
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.fjord.ingestion.IngestionDriver",
                        "--config",
                        config.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("driver.log").toFile());
        builder.environment().put("FJORD_PIPELINE_CRASH_AT", crashAt);
        return builder.start();
    }

    private void ask(Process process) throws Exception {
        Path endpoints = folder.resolve("endpoints.json");
        if (told || !Files.exists(endpoints)) {
            return;
        }
        String url =
                Settings.JSON.readTree(endpoints.toFile()).path("controlUrl").asText();
        var request = java.net.http.HttpRequest.newBuilder(java.net.URI.create(url + "/pipelines"))
                .header("Authorization", "Bearer secret")
                .PUT(java.net.http.HttpRequest.BodyPublishers.ofByteArray(
                        Settings.JSON.writeValueAsBytes(List.of(order(append(), 1)))))
                .build();
        assertThat(http.send(request, java.net.http.HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(200);
        told = process.isAlive();
    }

    // Words

    private long produced;

    private void put(long from, long to) {
        for (long id = from; id < to; id++) {
            lake.put(name, (int) (id % partitions()), null, "{\"id\": " + id + ", \"carrier\": \"SK\"}");
        }
        lake.flush();
        produced = Math.max(produced, to);
    }

    private int partitions;

    private int partitions() {
        if (partitions == 0) {
            partitions = lake.partitions(name);
        }
        return partitions;
    }

    private Pipelines driver() {
        Pipelines driver = new Pipelines(
                lake.settings(folder.toString()),
                (settings, order, progress) -> DirectSession.open(settings, order, progress, threads));
        drivers.add(driver);
        return driver;
    }

    private PipelineSpec append() {
        return spec(COLUMNS, null, PipelineMode.APPEND, null, SchemaEvolution.REFUSE, null);
    }

    private PipelineSpec spec(
            @Nullable List<PipelineColumn> columns,
            @Nullable List<String> partitioning,
            PipelineMode mode,
            @Nullable List<String> keys,
            SchemaEvolution evolution,
            @Nullable Watermark watermark) {
        return new PipelineSpec(
                new PipelineSource(null, name),
                new PipelineTarget(null, "travel", name, columns, partitioning),
                mode,
                keys,
                evolution,
                1,
                watermark,
                2);
    }

    private Order order(PipelineSpec spec, long generation) {
        return order(spec, generation, PipelinePosition.earliest(), 1);
    }

    private Order order(PipelineSpec spec, long generation, PipelinePosition restart, long restartGeneration) {
        return new Order(name, "default", name, generation, false, "token", spec, restart, restartGeneration);
    }

    private Map<String, Object> progress(Pipelines driver) {
        return driver.documents().stream()
                .filter(one -> name.equals(one.get("id")))
                .findFirst()
                .orElseThrow();
    }

    private List<Object> ids() {
        return lake.column(name, "id");
    }

    /** All of them, and each once. */
    private void awaitIds(long count) {
        await().atMost(PATIENCE).until(() -> ids().size() >= count);
        assertThat(ids())
                .containsExactlyInAnyOrderElementsOf(
                        LongStream.range(0, count).<Object>mapToObj(id -> id).toList());
    }

    private static String text(Header header) {
        return new String(header.value(), StandardCharsets.UTF_8);
    }
}
