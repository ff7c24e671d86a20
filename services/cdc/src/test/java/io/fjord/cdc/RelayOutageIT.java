package io.fjord.cdc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fjord.embedded.Durability;
import io.fjord.embedded.KafkaBroker;
import io.fjord.embedded.PostgresServer;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.testing.TestServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A broker or a database that goes away is waited for, and what was committed meanwhile is there once afterwards. */
class RelayOutageIT {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final KafkaBroker kafka = TestServers.newKafka(TestServers.newHome("outage-kafka"));
    private final PostgresServer postgres =
            TestServers.newPostgres(TestServers.newHome("outage-postgres"), Durability.ON_DISK);

    @AfterEach
    void stopServers() {
        postgres.stop();
        kafka.kill();
    }

    @Test
    void broker_and_database_come_back() throws Exception {
        kafka.start();
        postgres.start();
        JournalWriter journal = new JournalWriter(postgres.address(), "outage");
        journal.createTables();
        Relay relay = new Relay(
                new RelayConfig(
                        new KafkaConfig(kafka.bootstrapServers()),
                        postgres.cdcAddress().url(),
                        List.of("outage")),
                new SimpleMeterRegistry());
        Thread thread = new Thread(relay, "relay");
        thread.setDaemon(true);
        thread.start();
        try (EventTopic topic = new EventTopic(kafka.bootstrapServers(), "outage")) {
            await().atMost(PATIENCE).until(relay::isStreaming);
            journal.append(10);
            awaitExactly(topic, 10);

            kafka.kill();
            journal.append(10);
            await().atMost(PATIENCE).until(() -> relay.notReady().isPresent());
            journal.append(10);
            kafka.start();
            awaitExactly(topic, 30);

            postgres.kill();
            await().atMost(PATIENCE).until(() -> relay.notReady().isPresent());
            postgres.start();
            journal.append(10);
            awaitExactly(topic, 40);
            await().atMost(PATIENCE).until(relay::isStreaming);
            assertThat(relay.notReady()).isEmpty();
        } finally {
            relay.stop();
        }
    }

    private static void awaitExactly(EventTopic topic, int events) {
        await().atMost(PATIENCE).until(() -> topic.positions().size() >= events);
        assertThat(topic.positions()).isEqualTo(RelayContract.positions(1, 1, events));
    }
}
