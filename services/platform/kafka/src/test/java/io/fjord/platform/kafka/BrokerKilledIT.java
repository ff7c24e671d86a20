package io.fjord.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Position;
import io.fjord.embedded.KafkaBroker;
import io.fjord.kernel.CommandLog.NotAcknowledged;
import io.fjord.kernel.CommandRecord;
import io.fjord.kernel.Partition;
import io.fjord.testing.TestServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class BrokerKilledIT {

    @Test
    void what_was_acknowledged_is_handled_and_everyone_goes_on_when_the_broker_is_back() {
        KafkaBroker broker = TestServers.newKafka(TestServers.newHome("killed"));
        broker.start();
        try {
            Vertx vertx = Samples.vertx();
            KafkaConfig config = new KafkaConfig(broker.bootstrapServers(), Map.of(), 1, 4, Duration.ofMillis(1_500));
            String service = Samples.newService(config);
            SimpleMeterRegistry metrics = new SimpleMeterRegistry();
            KafkaCommandLog log = new KafkaCommandLog(vertx, config);
            DeadLetterLog deadLetters = new DeadLetterLog(vertx, config);
            Map<Partition, Long> rows = new HashMap<>();
            List<String> handled = new ArrayList<>();
            CommandConsumer consumer = new CommandConsumer(
                    vertx,
                    config,
                    service,
                    (partition, batch) -> {
                        synchronized (rows) {
                            for (CommandRecord record : batch) {
                                if (record.offset() >= rows.getOrDefault(partition, 0L)) {
                                    handled.add(Objects.requireNonNull(record.command())
                                            .id());
                                    rows.put(partition, record.offset() + 1);
                                }
                            }
                            return Future.succeededFuture(rows.get(partition));
                        }
                    },
                    partition -> {
                        synchronized (rows) {
                            return Future.succeededFuture(rows.getOrDefault(partition, 0L));
                        }
                    },
                    deadLetters,
                    metrics);
            Samples.get(consumer.start());
            JournalSample journal = new JournalSample();
            ViewSample view = new ViewSample("view", Set.of(service));
            ProjectionRunner runner = new ProjectionRunner(vertx, config, view, journal, metrics).start();
            LiveOutcomes outcomes = new LiveOutcomes(vertx, config, service, metrics);
            Samples.get(runner.caughtUp());
            Samples.get(outcomes.started());

            Set<String> acknowledged = ConcurrentHashMap.newKeySet();
            Samples.get(Future.all(append(log, service, 0, 300, acknowledged)));
            List<Future<Void>> during = append(log, service, 300, 600, acknowledged);
            broker.kill();
            during.addAll(append(log, service, 600, 700, acknowledged));
            Future<?> joined = Future.join(during).otherwiseEmpty();
            Samples.get(joined);
            assertThat(during.stream().map(Future::cause).filter(Objects::nonNull))
                    .isNotEmpty()
                    .allSatisfy(failure -> assertThat(failure).isInstanceOf(NotAcknowledged.class));

            broker.start();
            Samples.publish(
                    config,
                    service,
                    LongStream.rangeClosed(1, 50)
                            .mapToObj(n -> Samples.event(service, 1, n, Samples.cluster(1)))
                            .toList());
            Samples.publish(
                    config, service, List.of(Samples.event(service, new Position(1, 51), Samples.cluster(1), "after")));
            assertThat(Samples.get(outcomes.await("after", Samples.PATIENCE))).isPresent();
            Samples.get(Future.all(append(log, service, 700, 800, acknowledged)));

            await().atMost(Samples.PATIENCE).untilAsserted(() -> {
                synchronized (rows) {
                    assertThat(handled).containsAll(acknowledged);
                }
            });
            synchronized (rows) {
                assertThat(handled).doesNotHaveDuplicates();
            }
            await().atMost(Samples.PATIENCE)
                    .untilAsserted(() -> assertThat(view.seen()).hasSize(51));

            Samples.get(Future.join(
                    List.of(consumer.stop(), runner.stop(), outcomes.stop(), log.close(), deadLetters.close())));
            Samples.get(vertx.close());
        } finally {
            broker.kill();
        }
    }

    private static List<Future<Void>> append(
            KafkaCommandLog log, String service, int from, int until, Set<String> acknowledged) {
        List<Future<Void>> all = new ArrayList<>();
        for (int i = from; i < until; i++) {
            CommandEnvelope<byte[]> command = Samples.command(service, Samples.cluster(i % 20), String.valueOf(i));
            all.add(log.append(service, command)
                    .onSuccess(appended -> acknowledged.add(command.id()))
                    .mapEmpty());
        }
        return all;
    }
}
