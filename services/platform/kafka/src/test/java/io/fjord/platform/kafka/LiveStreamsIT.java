package io.fjord.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.Topics;
import io.fjord.kernel.CommandRecord;
import io.fjord.kernel.Reaction;
import io.fjord.testing.TestServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Outcomes, tails and reactions on the real broker. */
class LiveStreamsIT {

    private final KafkaConfig config = Samples.config(TestServers.kafka().bootstrapServers());
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final JournalSample journal = new JournalSample();
    private Vertx vertx;
    private String service;

    @BeforeEach
    void open() {
        vertx = Samples.vertx();
        service = Samples.newService(config);
    }

    @AfterEach
    void close() {
        Samples.get(vertx.close());
    }

    private List<EventEnvelope<byte[]>> events(long from, long to) {
        return LongStream.rangeClosed(from, to)
                .mapToObj(n -> Samples.event(service, 1, n, Samples.cluster((int) (n % 5))))
                .toList();
    }

    private EventEnvelope<byte[]> outcome(long n, String commandId) {
        return Samples.event(service, new Position(1, n), Samples.cluster(1), commandId);
    }

    @Test
    void an_outcome_reaches_who_waits_who_asks_later_and_nobody_else() {
        Samples.publish(config, service, List.of(outcome(1, "before")));
        LiveOutcomes outcomes = new LiveOutcomes(vertx, config, service, metrics);
        Samples.get(outcomes.started());

        var mine = outcomes.await("mine", Samples.PATIENCE);
        var alsoMine = outcomes.await("mine", Samples.PATIENCE);
        var never = outcomes.await("never", Duration.ofMillis(50));
        Samples.publish(config, service, events(2, 3));
        Samples.publish(config, service, List.of(outcome(4, "mine")));

        assertThat(Samples.get(mine)).map(EventEnvelope::commandId).contains("mine");
        assertThat(Samples.get(alsoMine)).map(EventEnvelope::commandId).contains("mine");
        assertThat(Samples.get(outcomes.await("mine", Duration.ofMillis(1)))).isPresent();
        assertThat(Samples.get(never)).isEqualTo(Optional.empty());
        assertThat(Samples.get(outcomes.await("before", Duration.ofMillis(50)))).isEmpty();
        assertThat(metrics.get("fjord.outcomes.awaited").gauge().value()).isZero();
        Samples.get(outcomes.stop());
    }

    @Test
    void a_tail_gives_what_is_asked_for_from_behind_a_position() {
        journal.set(events(1, 400));
        Samples.publish(config, service, events(1, 200));
        List<String> seen = new CopyOnWriteArrayList<>();
        EventTail.Subscription tail = new EventTail(vertx, config, journal, metrics)
                .start(
                        "test",
                        service,
                        new Position(1, 150),
                        event -> seen.add(event.position().toString()));

        tail.request(10);
        await().atMost(Samples.PATIENCE).untilAsserted(() -> assertThat(seen).hasSize(10));
        // A gap on the topic is none in the tail.
        Samples.publish(config, service, events(301, 400));
        tail.request(1_000);

        await().atMost(Samples.PATIENCE)
                .untilAsserted(() -> assertThat(seen)
                        .isEqualTo(LongStream.rangeClosed(151, 400)
                                .mapToObj(n -> "1:" + n)
                                .toList()));
        Samples.get(tail.cancel());
    }

    @Test
    void a_reaction_sends_its_commands_before_it_moves_on_and_not_again() {
        KafkaCommandLog log = new KafkaCommandLog(vertx, config);
        Map<String, Position> saved = new ConcurrentHashMap<>();
        Reaction.Positions positions = new Reaction.Positions() {
            @Override
            public Future<Position> position(String reaction, String of) {
                return Future.succeededFuture(saved.getOrDefault(of, Position.START));
            }

            @Override
            public Future<Void> save(String reaction, String of, Position position) {
                saved.put(of, position);
                return Future.succeededFuture();
            }
        };
        Reaction reaction = new Reaction() {
            @Override
            public String name() {
                return "every-fifth";
            }

            @Override
            public Set<String> services() {
                return Set.of(service);
            }

            @Override
            public Future<List<CommandEnvelope<byte[]>>> on(EventEnvelope<byte[]> event) {
                return Future.succeededFuture(
                        event.position().n() % 5 == 0
                                ? List.of(Samples.command(
                                        service,
                                        event.subject(),
                                        event.position().toString()))
                                : List.of());
            }
        };
        Samples.publish(config, service, events(1, 50));
        ReactionRunner first = new ReactionRunner(
                        vertx, config, reaction, positions, log, journal, f -> false, ParkedEvents.inMemory(), metrics)
                .start();
        Samples.get(first.caughtUp());
        Samples.get(first.stop());
        assertThat(saved).containsEntry(service, new Position(1, 50));

        Samples.publish(config, service, events(51, 60));
        ReactionRunner second = new ReactionRunner(
                        vertx, config, reaction, positions, log, journal, f -> false, ParkedEvents.inMemory(), metrics)
                .start();
        Samples.get(second.caughtUp());
        Samples.get(second.stop());

        KafkaUnreadCommands unread = new KafkaUnreadCommands(vertx, config, service);
        List<String> sent = new ArrayList<>();
        for (CommandRecord record : Samples.get(unread.from(unread.partitionOf(Samples.cluster(0)), 0))) {
            sent.add(Samples.text(Objects.requireNonNull(record.command()).data()));
        }
        assertThat(sent)
                .isEqualTo(LongStream.rangeClosed(1, 12)
                        .mapToObj(n -> "1:" + 5 * n)
                        .toList());
        assertThat(Topics.commands(service)).isNotEmpty();
        Samples.get(log.close());
    }
}
