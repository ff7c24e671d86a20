package io.fjord.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.Topics;
import io.fjord.testing.TestServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProjectionRunnerIT {

    private final KafkaConfig config = Samples.config(TestServers.kafka().bootstrapServers());
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final List<ProjectionRunner> runners = new ArrayList<>();
    private final JournalSample journal = new JournalSample();
    private Vertx vertx;
    private String service;
    private ViewSample view;
    private DeadLetterLog parked;

    @BeforeEach
    void open() {
        vertx = Samples.vertx();
        service = Samples.newService(config);
        view = new ViewSample("view", Set.of(service));
        parked = new DeadLetterLog(vertx, config);
    }

    @AfterEach
    void close() {
        runners.forEach(runner -> Samples.get(runner.stop()));
        Samples.get(parked.close());
        Samples.get(vertx.close());
    }

    private ProjectionRunner start() {
        ProjectionRunner runner = new ProjectionRunner(
                        vertx,
                        config,
                        view,
                        journal,
                        failure -> failure instanceof IllegalStateException,
                        parked,
                        metrics)
                .start();
        runners.add(runner);
        return runner;
    }

    private void restart() {
        stop();
        Samples.get(start().caughtUp());
    }

    private void stop() {
        runners.forEach(runner -> Samples.get(runner.stop()));
        runners.clear();
    }

    private List<EventEnvelope<byte[]>> events(long epoch, long from, long to) {
        return LongStream.rangeClosed(from, to)
                .mapToObj(n -> Samples.event(service, epoch, n, Samples.cluster((int) (n % 5))))
                .toList();
    }

    private void publish(List<EventEnvelope<byte[]>> events) {
        Samples.publish(config, service, events);
    }

    private void announce(long epoch, long n) {
        try (Producer<String, byte[]> producer = Samples.producer(config)) {
            var unused = producer.send(new HighWater(service, new Position(epoch, n)).toRecord());
            producer.flush();
        }
    }

    private static List<String> positions(long epoch, long from, long to) {
        return LongStream.rangeClosed(from, to).mapToObj(n -> epoch + ":" + n).toList();
    }

    private void sees(List<String> expected) {
        await().atMost(Samples.PATIENCE)
                .untilAsserted(() -> assertThat(view.seen()).isEqualTo(expected));
    }

    private double missing() {
        return metrics.counter("fjord.events.missing", "projection", "view", "service", service)
                .count();
    }

    @Test
    void what_is_there_at_the_start_is_applied_before_it_says_so_and_then_what_comes() {
        publish(events(1, 1, 2_500));
        Samples.get(start().caughtUp());
        assertThat(view.seen()).isEqualTo(positions(1, 1, 2_500));
        publish(events(1, 2_501, 2_600));
        sees(positions(1, 1, 2_600));
        assertThat(journal.asked()).isZero();
        await().atMost(Samples.PATIENCE)
                .untilAsserted(() -> assertThat(metrics.get("fjord.projection.lag.events")
                                .tag("service", service)
                                .gauge()
                                .value())
                        .isZero());
    }

    @Test
    void it_goes_on_where_the_view_is() {
        publish(events(1, 1, 1_000));
        Samples.get(start().caughtUp());
        stop();
        publish(events(1, 1_001, 1_500));
        restart();
        assertThat(view.seen()).isEqualTo(positions(1, 1, 1_500));
        assertThat(journal.asked()).isZero();
    }

    @Test
    void repetitions_have_no_effect() {
        publish(events(1, 1, 10));
        publish(events(1, 4, 12));
        publish(events(1, 1, 15));
        Samples.get(start().caughtUp());
        assertThat(view.seen()).isEqualTo(positions(1, 1, 15));
    }

    @Test
    void a_gap_is_counted_and_filled_from_the_journal() {
        journal.set(events(1, 1, 2_000));
        publish(events(1, 1, 10));
        publish(events(1, 1_511, 2_000));
        Samples.get(start().caughtUp());
        assertThat(view.seen()).isEqualTo(positions(1, 1, 2_000));
        assertThat(missing()).isEqualTo(1_500);
    }

    @Test
    void a_gap_the_journal_cannot_fill_yet_is_waited_for() {
        journal.set(events(1, 1, 10));
        publish(events(1, 1, 10));
        publish(events(1, 21, 30));
        start();
        await().atMost(Samples.PATIENCE).until(() -> journal.asked() > 1);
        assertThat(view.seen()).isEqualTo(positions(1, 1, 10));
        journal.set(events(1, 1, 30));
        sees(positions(1, 1, 30));
    }

    @Test
    void a_truncated_topic_is_a_gap() throws Exception {
        journal.set(events(1, 1, 100));
        publish(events(1, 1, 100));
        try (Admin admin = Samples.admin(config)) {
            admin.deleteRecords(Map.of(new TopicPartition(Topics.events(service), 0), RecordsToDelete.beforeOffset(60)))
                    .all()
                    .get();
        }
        Samples.get(start().caughtUp());
        assertThat(view.seen()).isEqualTo(positions(1, 1, 100));
        assertThat(missing()).isEqualTo(60);
    }

    @Test
    void a_lost_tail_shows_by_the_high_water() {
        journal.set(events(1, 1, 50));
        publish(events(1, 1, 30));
        Samples.get(start().caughtUp());
        announce(1, 50);
        sees(positions(1, 1, 50));
        assertThat(missing()).isPositive();
        publish(events(1, 31, 60));
        sees(positions(1, 1, 60));
    }

    @Test
    void a_tail_lost_before_the_start_is_waited_for() {
        journal.set(events(1, 1, 50));
        announce(1, 50);
        Samples.get(start().caughtUp());
        assertThat(view.seen()).isEqualTo(positions(1, 1, 50));
    }

    @Test
    void a_view_ahead_of_a_restored_database_begins_again_and_says_so() {
        publish(events(1, 1, 40));
        ProjectionRunner runner = start();
        Samples.get(runner.caughtUp());
        assertThat(runner.isCaughtUp()).isTrue();
        Queue<Boolean> meanwhile = new ConcurrentLinkedQueue<>();
        view.beforeApplying = () -> meanwhile.add(runner.isCaughtUp());
        // Restored from a copy that ended at 25.
        journal.set(Stream.concat(events(1, 1, 25).stream(), events(2, 26, 45).stream())
                .toList());
        publish(events(2, 26, 45));
        List<String> expected = Stream.concat(positions(1, 1, 25).stream(), positions(2, 26, 45).stream())
                .toList();
        sees(expected);
        assertThat(view.resets()).isEqualTo(1);
        assertThat(meanwhile).isNotEmpty().containsOnly(false);
        Samples.get(runner.caughtUp());
        assertThat(runner.isCaughtUp()).isTrue();
        publish(events(2, 46, 50));
        await().atMost(Samples.PATIENCE).until(() -> view.seen().size() == 50);
    }

    @Test
    void a_view_behind_a_restored_database_goes_on() {
        publish(events(1, 1, 20));
        Samples.get(start().caughtUp());
        journal.set(Stream.concat(events(1, 1, 25).stream(), events(2, 26, 45).stream())
                .toList());
        publish(events(2, 26, 45));
        sees(Stream.concat(positions(1, 1, 25).stream(), positions(2, 26, 45).stream())
                .toList());
        assertThat(view.resets()).isZero();
    }

    @Test
    void a_record_that_is_no_event_is_passed_over_and_what_it_hid_comes_from_the_journal() {
        journal.set(events(1, 1, 30));
        publish(events(1, 1, 10));
        try (Producer<String, byte[]> producer = Samples.producer(config)) {
            var unused = producer.send(
                    new ProducerRecord<>(Topics.events(service), 0, "x", "garbage".getBytes(StandardCharsets.UTF_8)));
            producer.flush();
        }
        publish(events(1, 12, 30));
        Samples.get(start().caughtUp());
        assertThat(view.seen()).isEqualTo(positions(1, 1, 30));
        assertThat(missing()).isEqualTo(1);
    }

    @Test
    void an_event_that_cannot_be_applied_parks_its_subject_alone_and_over_restarts() {
        view.cannotApply.add(new Position(1, 7)); // of cluster 2
        publish(events(1, 1, 20));
        Samples.get(start().caughtUp());
        assertThat(view.seenOf(Samples.cluster(2))).containsExactly("1:2");
        assertThat(view.seenOf(Samples.cluster(3))).containsExactly("1:3", "1:8", "1:13", "1:18");

        view.cannotApply.clear();
        stop();
        publish(events(1, 21, 30));
        restart();
        assertThat(view.seenOf(Samples.cluster(2))).containsExactly("1:2");
        assertThat(view.seenOf(Samples.cluster(3))).containsExactly("1:3", "1:8", "1:13", "1:18", "1:23", "1:28");
        assertThat(metrics.counter("fjord.events.parked", "projection", "view", "service", service)
                        .count())
                .isEqualTo(5);

        // A view built anew has nothing parked.
        stop();
        view = new ViewSample("view", Set.of(service));
        restart();
        assertThat(view.seen()).isEqualTo(positions(1, 1, 30));
        restart();
        publish(events(1, 31, 40));
        sees(positions(1, 1, 40));
    }

    @Test
    void an_apply_whose_answer_was_lost_is_not_repeated() {
        view.failuresAfterCommit.add(new IllegalStateException("connection lost"));
        view.failuresAfterCommit.add(new IllegalArgumentException("who knows"));
        view.failuresAfterCommit.add(new IllegalStateException("connection lost"));
        publish(events(1, 1, 1_200));
        Samples.get(start().caughtUp());
        publish(events(1, 1_201, 1_300));
        sees(positions(1, 1, 1_300));
        assertThat(view.failuresAfterCommit).isEmpty();
    }
}
