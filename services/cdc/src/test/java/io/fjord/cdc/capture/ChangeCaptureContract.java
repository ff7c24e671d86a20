package io.fjord.cdc.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fjord.codec.CapturedChanges;
import io.fjord.codec.CapturedChanges.Kind;
import io.fjord.embedded.DatabaseAddress;
import io.fjord.embedded.DatabaseServer;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.testing.TestServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Tables of another program that are changed, captured in the order of its transactions, and after faults, on every database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@EnabledIfSystemProperty(named = "fjord.all", matches = "true", disabledReason = "run by ./fjord test --all")
abstract class ChangeCaptureContract {

    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private final Vertx vertx = Vertx.vertx();
    private final KafkaConfig kafka = new KafkaConfig(TestServers.kafka().bootstrapServers());
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    protected DatabaseServer server;
    private DatabaseAddress own;
    private ChangeCaptureConfig config;

    abstract DatabaseServer newDatabase();

    /** How a name is written that is to stay in capitals. */
    abstract String quoted(String name);

    /** What another does to the log while nobody captures. */
    abstract void loseTheLog() throws Exception;

    @BeforeAll
    void start() throws Exception {
        server = newDatabase();
        String name = "hive" + getClass().getSimpleName().substring(0, 2).toLowerCase(java.util.Locale.ROOT);
        own = server.apart(name, List.of("DBS", "TBLS"), DatabaseServer.Captured.ALL_CHANGES);
        server.start();
        config = new ChangeCaptureConfig(
                kafka,
                name,
                server.cdcAddress().withDatabase(name).url(),
                List.of("DBS", "TBLS"),
                "DBS",
                Duration.ofMillis(500));
        run("create table DBS (ID bigint primary key, NAME varchar(100))");
        run("create table TBLS (ID bigint primary key, NAME varchar(100), TEXT varchar(4000))");
        full("DBS");
        full("TBLS");
        run("insert into DBS values (1, 'default')");
    }

    /** As the metastore's own schema says it. */
    abstract void full(String table) throws Exception;

    @AfterAll
    void stop() throws Exception {
        done(vertx.close());
        server.close();
    }

    @Test
    void each_transaction_comes_once_in_order_and_a_gap_is_noticed_and_filled() throws Exception {
        String capture = deploy();
        await().atMost(PATIENCE).until(() -> !of(Kind.SNAPSHOT).isEmpty());
        assertThat(of(Kind.SNAPSHOT)).singleElement().satisfies(all -> {
            assertThat(all.reason()).isEqualTo("first");
            assertThat(all.last()).isTrue();
            assertThat(all.changes())
                    .singleElement()
                    .satisfies(row -> assertThat(row.after()).containsEntry("NAME", "default"));
        });

        run("insert into TBLS values (1, 'a', 'x')", "insert into TBLS values (2, 'b', 'y')");
        run("update TBLS set NAME = 'c' where ID = 1");
        run("delete from TBLS where ID = 2");
        await().atMost(PATIENCE).until(() -> of(Kind.TRANSACTION).size() >= 3);
        var three = of(Kind.TRANSACTION);
        assertThat(three.get(0).changes()).hasSize(2);
        assertThat(three.get(1).changes().get(0).before()).containsEntry("NAME", "a");
        assertThat(three.get(1).changes().get(0).after()).containsEntry("NAME", "c");
        assertThat(three.get(2).changes().get(0).before()).containsEntry("NAME", "b");
        assertThat(three.get(2).changes().get(0).after()).isNull();

        // What is so long that the database keeps it elsewhere is told though it did not change.
        String text = longText();
        run("insert into TBLS values (9, 'long', '" + text + "')");
        run("update TBLS set NAME = 'longer' where ID = 9");
        run("delete from TBLS where ID = 9");
        await().atMost(PATIENCE).until(() -> of(Kind.TRANSACTION).size() >= 6);
        assertThat(of(Kind.TRANSACTION).get(4).changes().get(0).after())
                .containsEntry("NAME", "longer")
                .containsEntry("TEXT", text);

        // While nobody captures, and while the topic holds more than the database was told.
        done(vertx.undeploy(capture));
        run("insert into TBLS values (3, 'd', 'z')");
        capture = deploy();
        await().atMost(PATIENCE).until(() -> of(Kind.TRANSACTION).size() >= 7);
        assertThat(of(Kind.SNAPSHOT)).hasSize(1);
        assertThat(of(Kind.TRANSACTION)).hasSize(7);

        done(vertx.undeploy(capture));
        loseTheLog();
        run("insert into TBLS values (4, 'e', 'lost')");
        capture = deploy();
        await().atMost(PATIENCE).until(() -> of(Kind.SNAPSHOT).size() >= 2);
        assertThat(of(Kind.SNAPSHOT).get(1).reason()).isIn("slot-lost", "log-purged", "log-reset");
        assertThat(of(Kind.SNAPSHOT).get(1).changes())
                .anySatisfy(row -> assertThat(row.after()).containsEntry("NAME", "e"));

        run("insert into TBLS values (5, 'f', 'after')");
        await().atMost(PATIENCE)
                .until(() -> of(Kind.TRANSACTION).stream()
                        .anyMatch(one -> one.changes().toString().contains("after")));

        // The program is upgraded under us.
        run("alter table TBLS add column MORE varchar(10)");
        run("insert into TBLS values (6, 'g', 'wider', 'x')");
        await().atMost(PATIENCE).until(() -> of(Kind.SNAPSHOT).size() >= 3);
        assertThat(of(Kind.SNAPSHOT).get(2).reason()).isEqualTo("schema-changed");
        assertThat(of(Kind.SNAPSHOT).get(2).changes())
                .anySatisfy(row -> assertThat(row.after()).containsEntry("MORE", "x"));
        done(vertx.undeploy(capture));

        assertThat(all()).extracting(CapturedChanges::n).doesNotHaveDuplicates().isSorted();
        assertThat(metrics.counter("fjord_capture_snapshots", "capture", config.name(), "reason", "schema-changed")
                        .count())
                .isEqualTo(1);
    }

    // Steps

    private static String longText() {
        return new Random(1)
                .ints(3_900, 'a', 'z' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private String deploy() throws Exception {
        return done(vertx.deployVerticle(CaptureVerticle.ofChanges(config, metrics)));
    }

    private void run(String... statements) throws Exception {
        try (var connection = DriverManager.getConnection(own.jdbcUrl(), own.user(), own.password());
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String one : statements) {
                statement.execute(one.replaceAll("\\b(DBS|TBLS|ID|NAME|TEXT|MORE)\\b", quoted("$1")));
            }
            connection.commit();
        }
    }

    private List<CapturedChanges> of(Kind kind) {
        return all().stream().filter(one -> one.kind() == kind).toList();
    }

    private List<CapturedChanges> all() {
        Map<String, Object> settings = kafka.consumer();
        settings.put("isolation.level", "read_committed");
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            if (!consumer.listTopics().containsKey(config.topic())) {
                return List.of();
            }
            var partition = List.of(new TopicPartition(config.topic(), 0));
            consumer.assign(partition);
            consumer.seekToBeginning(partition);
            long end = consumer.endOffsets(partition).get(partition.get(0));
            List<CapturedChanges> all = new ArrayList<>();
            while (consumer.position(partition.get(0)) < end) {
                consumer.poll(Duration.ofMillis(100)).forEach(one -> all.add(CapturedChanges.parse(one.value())));
            }
            return all;
        }
    }

    protected void admin(String sql) throws Exception {
        var admin = server.adminAddress();
        try (var connection = DriverManager.getConnection(admin.jdbcUrl(), admin.user(), admin.password());
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    protected void owner(String sql) throws Exception {
        try (var connection = DriverManager.getConnection(own.jdbcUrl(), own.user(), own.password());
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get();
    }
}
