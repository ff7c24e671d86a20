package io.fjord.cdc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Topics;
import io.fjord.embedded.DatabaseServer;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.sql.Schemas;
import io.fjord.testing.TestProcess;
import io.fjord.testing.TestServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the relay does on every database: the topic holds the journal, each event once and in order, whatever happened. */
abstract class RelayContract {

    private static final AtomicInteger TESTS = new AtomicInteger();
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    final String kafka = TestServers.kafka().bootstrapServers();
    final String service = "a-service" + TESTS.incrementAndGet();
    final String schema = Schemas.of(service);
    final DatabaseServer server = server();
    final JournalWriter journal = new JournalWriter(server.address(), schema);
    final EventTopic topic = new EventTopic(kafka, service);
    final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final List<Relay> relays = new ArrayList<>();

    abstract DatabaseServer server();

    /** Takes away what the stream would resume from. */
    abstract void loseThePlaceInTheLog() throws SQLException;

    /** Commits events in a way that the stream does not show. */
    abstract void appendUnseenByTheStream(int events) throws SQLException;

    @BeforeEach
    void makeAJournal() throws SQLException {
        journal.createTables();
    }

    @AfterEach
    void stopRelays() throws InterruptedException {
        for (Relay relay : relays) {
            relay.stop();
        }
        topic.close();
    }

    RelayConfig config() {
        return new RelayConfig(new KafkaConfig(kafka), server.cdcAddress().url(), List.of(service));
    }

    Relay startRelay() {
        Relay relay = new Relay(config(), metrics);
        relays.add(relay);
        Thread thread = new Thread(relay, "relay");
        thread.setDaemon(true);
        thread.start();
        return relay;
    }

    Relay startStreamingRelay() throws SQLException {
        Relay relay = startRelay();
        await().atMost(PATIENCE).until(relay::isStreaming);
        return relay;
    }

    static List<String> positions(int epoch, int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(n -> epoch + ":" + n).toList();
    }

    void awaitExactly(List<String> positions) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> topic.positions().size() >= positions.size());
        assertThat(topic.positions()).isEqualTo(positions);
    }

    @Test
    void events_arrive_as_they_stand_in_the_journal() throws Exception {
        journal.append(2);
        startStreamingRelay();
        journal.append(1);

        awaitExactly(positions(1, 1, 3));

        // Filled from the table and streamed from the log: the same bytes.
        for (EventEnvelope<byte[]> event : topic.events()) {
            long n = event.position().n();
            assertThat(event.source()).isEqualTo(service);
            assertThat(event.type()).isEqualTo("fjord.test.thing.ThingHappened.v1");
            assertThat(event.subject()).hasToString("default/thing/t" + n % 7);
            assertThat(event.version()).isEqualTo(n);
            assertThat(event.actor()).isEqualTo("user:anna");
            assertThat(event.commandId()).isNull();
            assertThat(new String(event.data(), StandardCharsets.UTF_8))
                    .isEqualTo("{\"n\":" + n + ",\"wörd\":\"\\\"é\"}");
        }
        assertThat(topic.records())
                .allSatisfy(record -> assertThat(record.key()).startsWith("default/thing/t"));
    }

    @Test
    void writers_at_once_leave_one_dense_order() throws Exception {
        startStreamingRelay();

        var writers = IntStream.range(0, 4)
                .mapToObj(writer -> new Thread(() -> {
                    try (Connection connection = journal.connect()) {
                        for (int i = 0; i < 50; i++) {
                            journal.append(connection, 1 + (i + writer) % 5);
                        }
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                }))
                .toList();
        writers.forEach(Thread::start);
        for (Thread writer : writers) {
            writer.join();
        }

        awaitExactly(positions(1, 1, 4 * 150));
        assertThat(metrics.counter("fjord_relay_holes", "service", service).count())
                .isZero();
    }

    @Test
    void an_event_is_at_a_consumer_soon_after_its_commit() throws Exception {
        startStreamingRelay();
        long[] micros = new long[200];
        try (Connection connection = journal.connect()) {
            for (int i = 0; i < micros.length; i++) {
                journal.append(connection, 1);
                long committed = System.nanoTime();
                int want = i + 1;
                while (topic.events(Duration.ofMillis(5)).size() < want) {
                    Thread.onSpinWait();
                }
                micros[i] = (System.nanoTime() - committed) / 1000;
            }
        }

        awaitExactly(positions(1, 1, micros.length));
        Arrays.sort(micros);
        System.out.printf(
                "commit → consumer on %s: p50 %.1f ms, p99 %.1f ms%n",
                server.name(), micros[100] / 1000.0, micros[197] / 1000.0);
    }

    @Test
    void a_relay_killed_under_load_loses_nothing_and_repeats_nothing() throws Exception {
        Random random = new Random(20261121);
        AtomicBoolean on = new AtomicBoolean(true);
        AtomicInteger written = new AtomicInteger();
        Thread load = new Thread(() -> {
            try (Connection connection = journal.connect()) {
                for (int i = 0; on.get(); i++) {
                    int events = 1 + i % 40;
                    journal.append(connection, events);
                    written.addAndGet(events);
                    // So much that the stream can follow: kills must hit it as well as the filling at the start.
                    LockSupport.parkNanos(10_000_000);
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
        load.start();

        for (int kill = 0; kill < 3; kill++) {
            int seen = topic.events().size();
            int more = 500 + random.nextInt(6000);
            try (TestProcess relay = RelayProcess.start(config(), Map.of())) {
                await().atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> topic.events(Duration.ofMillis(1)).size() >= seen + more);
                assertThat(relay.isAlive()).isTrue();
            }
        }
        on.set(false);
        load.join();
        startRelay();

        awaitExactly(positions(1, 1, written.get()));
    }

    @Test
    void a_relay_that_dies_between_sending_and_moving_on_repeats_nothing() throws Exception {
        journal.append(10);
        try (TestProcess relay =
                RelayProcess.start(config(), Map.of("FJORD_CRASH_AT", "BETWEEN_RELAY_SEND_AND_ITS_POSITION"))) {
            await().atMost(PATIENCE).until(() -> !relay.isAlive());
            assertThat(relay.exitCode()).isEqualTo(137);
        }
        journal.append(5);
        startRelay();

        awaitExactly(positions(1, 1, 15));
    }

    @Test
    void a_transaction_of_3000_rows_survives_a_kill_in_its_middle() throws Exception {
        try (TestProcess relay = RelayProcess.start(config(), Map.of())) {
            journal.append(1);
            awaitExactly(positions(1, 1, 1));
            journal.append(3000);
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> topic.events(Duration.ofMillis(1)).size() > 1);
            assertThat(relay.isAlive()).isTrue();
        }
        startRelay();

        awaitExactly(positions(1, 1, 3001));
    }

    @Test
    void a_lost_place_in_the_log_is_filled_from_the_journal() throws Exception {
        Relay first = startStreamingRelay();
        journal.append(3);
        awaitExactly(positions(1, 1, 3));
        first.stop();
        journal.append(3);
        loseThePlaceInTheLog();
        journal.append(3);
        startStreamingRelay();
        journal.append(3);

        awaitExactly(positions(1, 1, 12));
    }

    @Test
    void a_place_in_the_log_lost_while_streaming_is_found_again() throws Exception {
        Relay relay = startStreamingRelay();
        journal.append(3);
        awaitExactly(positions(1, 1, 3));
        loseThePlaceInTheLog();
        journal.append(3);
        awaitExactly(positions(1, 1, 6));
        await().atMost(PATIENCE).until(relay::isStreaming);
        journal.append(3);

        awaitExactly(positions(1, 1, 9));
    }

    @Test
    void what_the_stream_leaves_out_is_fetched() throws Exception {
        startStreamingRelay();
        journal.append(2);
        appendUnseenByTheStream(2);
        awaitExactly(positions(1, 1, 4));
        appendUnseenByTheStream(2);
        journal.append(2);

        awaitExactly(positions(1, 1, 8));
        assertThat(metrics.counter("fjord_relay_filled").count()).isPositive();
    }

    @Test
    void a_topic_that_lost_its_end_gets_it_again() throws Exception {
        Relay relay = startStreamingRelay();
        journal.append(20);
        awaitExactly(positions(1, 1, 20));
        relay.stop();
        topic.loseTail(12);
        startRelay();

        awaitExactly(positions(1, 1, 20));
    }

    @Test
    void a_topic_that_loses_its_end_under_a_relay_gets_it_again() throws Exception {
        startStreamingRelay();
        journal.append(20);
        awaitExactly(positions(1, 1, 20));
        topic.loseTail(0);

        awaitExactly(positions(1, 1, 20));
    }

    @Test
    void a_second_relay_waits_for_its_turn() throws Exception {
        Relay first = startStreamingRelay();
        Relay second = startRelay();
        journal.append(5);
        awaitExactly(positions(1, 1, 5));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(second.notReady()).contains("Another relay is at work"));

        first.stop();
        journal.append(5);

        awaitExactly(positions(1, 1, 10));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(second.notReady()).isEmpty());
    }

    @Test
    void a_database_restored_from_an_older_copy_is_refused_until_its_epoch_is_raised() throws Exception {
        Relay before = startStreamingRelay();
        journal.append(10);
        awaitExactly(positions(1, 1, 10));
        before.stop();
        journal.execute(
                "delete from " + schema + ".event where n > 6", "update " + schema + ".counter set n = 6 where id = 1");

        Relay relay = startRelay();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(relay.notReady().orElse("")).contains("fjord restore"));
        journal.append(2);
        assertThat(topic.positions()).hasSize(10);

        // What 'fjord restore' does; the two events of the old epoch were decided on the restored state and are gone.
        journal.execute(
                "delete from " + schema + ".event where n > 6",
                "update " + schema + ".counter set epoch = 2, n = 6 where id = 1");
        journal.append(3);

        List<String> all = new ArrayList<>(positions(1, 1, 10));
        all.addAll(positions(2, 7, 9));
        awaitExactly(all);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(relay.notReady()).isEmpty());
    }

    @Test
    void a_restored_database_that_has_caught_up_in_number_is_refused_too() throws Exception {
        Relay before = startStreamingRelay();
        journal.append(10);
        awaitExactly(positions(1, 1, 10));
        before.stop();
        journal.execute(
                "delete from " + schema + ".event where n > 6", "update " + schema + ".counter set n = 6 where id = 1");
        journal.append(8);

        Relay relay = startRelay();

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(relay.notReady().orElse("")).contains("another event there"));
        assertThat(topic.positions()).hasSize(10);
    }

    @Test
    void every_service_announces_where_it_is() throws Exception {
        startStreamingRelay();
        journal.append(4);
        awaitExactly(positions(1, 1, 4));

        try (var consumer = new KafkaConsumer<>(
                Map.<String, Object>of("bootstrap.servers", kafka, "auto.offset.reset", "earliest"),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.assign(List.of(new TopicPartition(Topics.HIGH_WATER, 0)));
            List<String> announced = new ArrayList<>();
            await().atMost(PATIENCE).until(() -> {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> {
                    if (record.key().equals(service)) {
                        announced.add(record.value());
                    }
                });
                return announced.contains("1:4");
            });
        }
    }

    @Test
    void a_service_without_tables_is_waited_for() throws Exception {
        String late = service + "late";
        JournalWriter other = new JournalWriter(server.address(), Schemas.of(late));
        Relay relay = new Relay(
                new RelayConfig(new KafkaConfig(kafka), server.cdcAddress().url(), List.of(service, late)), metrics);
        relays.add(relay);
        Thread thread = new Thread(relay);
        thread.setDaemon(true);
        thread.start();
        journal.append(1);
        awaitExactly(positions(1, 1, 1));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(relay.notReady().orElse("")).contains("'" + late + "'"));
        await().atMost(PATIENCE).until(relay::isStreaming);

        other.createTables();
        other.append(3);

        try (EventTopic lateTopic = new EventTopic(kafka, late)) {
            await().atMost(PATIENCE).until(() -> lateTopic.positions().size() == 3);
        }
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(relay.notReady()).isEmpty());
    }

    @Test
    void an_unreachable_database_address_is_a_sentence_without_the_password() {
        assertThatThrownBy(() -> JournalDatabase.at("oracle://a:secret@h/x"))
                .hasMessageContaining("postgresql")
                .hasMessageNotContaining("secret");
    }
}
