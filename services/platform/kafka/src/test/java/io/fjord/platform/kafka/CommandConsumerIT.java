package io.fjord.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fjord.codec.KafkaMessages;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Topics;
import io.fjord.kernel.CommandLog.Appended;
import io.fjord.kernel.CommandRecord;
import io.fjord.kernel.DeadLetter;
import io.fjord.kernel.Fenced;
import io.fjord.kernel.Partition;
import io.fjord.testing.TestServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CommandConsumerIT {

    private final KafkaConfig config = Samples.config(TestServers.kafka().bootstrapServers());
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final List<CommandConsumer> consumers = new ArrayList<>();
    private Vertx vertx;
    private String service;
    private KafkaCommandLog log;
    private DeadLetterLog deadLetters;
    private OffsetRows rows;

    /** Offset rows and what was handled, changed together as a database would. */
    private static final class OffsetRows {
        private final Map<Partition, Long> next = new HashMap<>();
        private final Map<String, List<String>> handledBySubject = new HashMap<>();
        private final List<CommandRecord> unreadable = new ArrayList<>();

        synchronized Future<Long> next(Partition partition) {
            return Future.succeededFuture(next.getOrDefault(partition, 0L));
        }

        /** As the command handler does it: what is below the row is skipped. */
        synchronized long handle(Partition partition, List<CommandRecord> batch) {
            long from = next.getOrDefault(partition, 0L);
            for (CommandRecord record : batch) {
                if (record.offset() >= from) {
                    CommandEnvelope<byte[]> command = record.command();
                    if (record.unreadable() != null) {
                        unreadable.add(record);
                    } else {
                        handledBySubject
                                .computeIfAbsent(
                                        Objects.requireNonNull(command)
                                                .subject()
                                                .toString(),
                                        s -> new ArrayList<>())
                                .add(Samples.text(command.data()));
                    }
                    from = record.offset() + 1;
                }
            }
            next.put(partition, from);
            return batch.get(batch.size() - 1).offset() + 1;
        }

        synchronized int handled() {
            return handledBySubject.values().stream().mapToInt(List::size).sum();
        }
    }

    @BeforeEach
    void open() {
        vertx = Samples.vertx();
        service = Samples.newService(config);
        log = new KafkaCommandLog(vertx, config);
        deadLetters = new DeadLetterLog(vertx, config);
        rows = new OffsetRows();
    }

    @AfterEach
    void close() {
        consumers.forEach(consumer -> Samples.get(consumer.stop()));
        Samples.get(log.close());
        Samples.get(deadLetters.close());
        Samples.get(vertx.close());
    }

    private CommandConsumer consumer(BiFunction<Partition, List<CommandRecord>, Future<Long>> handler) {
        CommandConsumer consumer =
                new CommandConsumer(vertx, config, service, handler, rows::next, deadLetters, metrics);
        consumers.add(consumer);
        return consumer;
    }

    private Future<Long> handleSlowly(Partition partition, List<CommandRecord> batch) {
        return vertx.timer(5, TimeUnit.MILLISECONDS).map(ok -> rows.handle(partition, batch));
    }

    private List<Future<Appended>> append(int from, int until) {
        List<Future<Appended>> all = new ArrayList<>();
        for (int i = from; i < until; i++) {
            all.add(log.append(service, Samples.command(service, Samples.cluster(i % 20), String.valueOf(i))));
        }
        return all;
    }

    private void everythingOnceAndInOrder(int total) {
        await().atMost(Samples.PATIENCE)
                .untilAsserted(() -> assertThat(rows.handled()).isGreaterThanOrEqualTo(total));
        synchronized (rows) {
            for (int subject = 0; subject < 20; subject++) {
                List<String> expected = new ArrayList<>();
                for (int i = subject; i < total; i += 20) {
                    expected.add(String.valueOf(i));
                }
                assertThat(rows.handledBySubject.get(Samples.cluster(subject).toString()))
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void a_rebalance_under_load_loses_nothing_and_repeats_nothing() {
        CommandConsumer first = consumer(this::handleSlowly);
        Samples.get(first.start());
        Samples.get(Future.all(append(0, 1_000)));

        List<Future<Appended>> during = append(1_000, 3_000);
        Samples.get(consumer(this::handleSlowly).start());
        Samples.get(Future.all(during));
        List<Future<Appended>> after = append(3_000, 4_000);
        Samples.get(first.stop());
        consumers.remove(first);
        Samples.get(Future.all(after));

        everythingOnceAndInOrder(4_000);
    }

    @Test
    void a_poison_record_is_put_away_first_and_its_neighbours_are_handled() {
        CommandEnvelope<byte[]> broken = Samples.command(service, Samples.cluster(0), "broken");
        Samples.get(Future.all(append(0, 20)));
        try (Producer<String, byte[]> producer = Samples.producer(config)) {
            var garbage = new ProducerRecord<>(
                    Topics.commands(service), 0, "nobody", "not json".getBytes(StandardCharsets.UTF_8));
            var headless = KafkaMessages.toRecord(Topics.commands(service), broken);
            headless.headers().remove("ce_time").remove("ce_actor");
            var unused = producer.send(garbage);
            unused = producer.send(headless);
            unused = producer.send(new ProducerRecord<>(Topics.commands(service), 0, "tombstone", null));
            producer.flush();
        }
        Samples.get(Future.all(append(20, 40)));

        Samples.get(consumer(this::handleSlowly).start());

        everythingOnceAndInOrder(40);
        await().atMost(Samples.PATIENCE)
                .untilAsserted(() -> assertThat(rows.unreadable).hasSize(3));
        assertThat(rows.unreadable.stream()
                        .map(CommandRecord::command)
                        .filter(Objects::nonNull)
                        .map(CommandEnvelope::id))
                .containsExactly(broken.id());
        List<DeadLetter> letters = Samples.get(deadLetters.list(service, 10));
        assertThat(letters).hasSize(3).allSatisfy(letter -> {
            assertThat(letter.problem().slug()).isEqualTo("unreadable-command");
            assertThat(letter.topic()).isEqualTo(Topics.commands(service));
        });
        DeadLetter kept = letters.stream()
                .filter(letter -> "nobody".equals(letter.key()))
                .findFirst()
                .orElseThrow();
        assertThat(Samples.get(deadLetters.get(service, kept.id())))
                .hasValueSatisfying(same -> assertThat(new String(same.data(), StandardCharsets.UTF_8))
                        .isEqualTo("not json"));
        assertThat(metrics.counter("fjord.commands.unreadable", "service", service)
                        .count())
                .isEqualTo(3);
    }

    @Test
    void it_begins_where_the_database_is_not_where_the_group_is() {
        Samples.get(Future.all(append(0, 100)));
        CommandConsumer before = consumer(this::handleSlowly);
        Samples.get(before.start());
        everythingOnceAndInOrder(100);
        Samples.get(before.stop());
        consumers.remove(before);

        // The database was restored from a copy that had handled nothing.
        rows = new OffsetRows();
        Samples.get(consumer(this::handleSlowly).start());

        everythingOnceAndInOrder(100);
    }

    @Test
    void a_failing_batch_is_tried_again_as_it_was() {
        Samples.get(Future.all(append(0, 60)));
        Map<Partition, Integer> tries = new HashMap<>();
        Samples.get(consumer((partition, batch) -> {
                    synchronized (tries) {
                        if (tries.merge(partition, 1, Integer::sum) <= 2) {
                            throw new IllegalStateException("not yet");
                        }
                    }
                    return handleSlowly(partition, batch);
                })
                .start());
        everythingOnceAndInOrder(60);
    }

    @Test
    void a_fenced_handler_that_still_owns_the_partition_begins_again() {
        Samples.get(Future.all(append(0, 40)));
        List<Partition> fenced = new ArrayList<>();
        Samples.get(consumer((partition, batch) -> {
                    synchronized (fenced) {
                        if (fenced.isEmpty()) {
                            fenced.add(partition);
                            return Future.failedFuture(new Fenced("moved"));
                        }
                    }
                    return handleSlowly(partition, batch);
                })
                .start());
        everythingOnceAndInOrder(40);
        assertThat(fenced).hasSize(1);
    }

    @Test
    void a_topic_shorter_than_the_database_says_is_not_read() {
        Partition first = new Partition(Topics.commands(service), 0);
        synchronized (rows) {
            rows.next.put(first, 1_000_000L);
        }
        KafkaUnreadCommands unread = new KafkaUnreadCommands(vertx, config, service);
        Samples.get(consumer(this::handleSlowly).start());
        Samples.get(Future.all(append(0, 40)));
        int elsewhere = (int) java.util.stream.IntStream.range(0, 40)
                .filter(i -> unread.partitionOf(Samples.cluster(i % 20)).number() != 0)
                .count();
        assertThat(elsewhere).isLessThan(40);

        await().atMost(Samples.PATIENCE)
                .untilAsserted(() -> assertThat(rows.handled()).isEqualTo(elsewhere));

        // Once they agree the rest is handled too.
        synchronized (rows) {
            rows.next.put(first, 0L);
        }
        everythingOnceAndInOrder(40);
    }
}
