package io.fjord.cdc;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** The relay under thousands of schedules; and the same with a bug put in, which must show. */
class RelayScheduleTest {

    private static final int SCHEDULES = Boolean.getBoolean("fjord.all") ? 10_000 : 1_500;
    private static final long FIRST_SEED = Long.getLong("fjord.seed", 1);

    private static final Logger FEED = (Logger) LoggerFactory.getLogger(Feed.class);

    @BeforeAll
    static void quiet() {
        FEED.setLevel(Level.OFF);
    }

    @AfterAll
    static void loud() {
        FEED.setLevel(null);
    }

    @Test
    void the_topic_holds_the_journal_in_order_without_holes() throws InterruptedException {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
            assertThat(new RelaySchedule(seed, RelaySchedule.Bug.NONE).run())
                    .as("seed " + seed)
                    .isEmpty();
        }
    }

    /** A bug a developer could put in. */
    enum Bug {
        IGNORE_A_GAP(new RelaySchedule.Bug(
                real -> new JournalOf(real) {
                    @Override
                    public List<EventEnvelope<byte[]>> after(String service, Position position, int limit) {
                        return List.of();
                    }
                },
                real -> real)),
        SKIP_ONE(new RelaySchedule.Bug(
                real -> new JournalOf(real) {
                    @Override
                    public List<EventEnvelope<byte[]>> after(String service, Position position, int limit) {
                        var page = super.after(service, position, limit);
                        return page.size() < 2 ? page : page.subList(1, page.size());
                    }
                },
                real -> real)),
        TRUST_AN_OFFSET_INSTEAD_OF_THE_TOPIC(new RelaySchedule.Bug(real -> real, real -> new LogOf(real) {
            private Last stored = Last.empty(0);

            @Override
            public Future<RecordMetadata> send(EventEnvelope<byte[]> event) {
                stored = stored.and(event.position(), event.id(), true);
                return super.send(event);
            }

            @Override
            public Last last(String service) {
                return new Last(
                        stored.position(),
                        stored.id(),
                        stored.complete(),
                        super.last(service).endOffset());
            }
        })),
        MOVE_ON_BEFORE_THE_ACKNOWLEDGEMENT(new RelaySchedule.Bug(real -> real, real -> new LogOf(real) {
            private long next;

            @Override
            public Last last(String service) {
                Last last = super.last(service);
                next = last.endOffset();
                return last;
            }

            @Override
            public Future<RecordMetadata> send(EventEnvelope<byte[]> event) {
                var forgotten = super.send(event);
                assertThat(forgotten).isNotNull();
                return CompletableFuture.completedFuture(
                        new RecordMetadata(new TopicPartition("memory", 0), next++, 0, 0, 0, 0));
            }
        }));

        private final RelaySchedule.Bug put;

        Bug(RelaySchedule.Bug put) {
            this.put = put;
        }
    }

    @ParameterizedTest
    @EnumSource(Bug.class)
    void a_bug_shows(Bug bug) throws InterruptedException {
        boolean seen = false;
        for (long seed = 1; seed <= 50 && !seen; seed++) {
            seen = !new RelaySchedule(seed, bug.put).run().isEmpty();
        }
        assertThat(seen).as("a schedule that shows " + bug).isTrue();
    }

    private static class JournalOf implements JournalSource {
        private final JournalSource real;

        JournalOf(JournalSource real) {
            this.real = real;
        }

        @Override
        public Position end(String service) {
            return real.end(service);
        }

        @Override
        public Optional<String> idAt(String service, Position position) {
            return real.idAt(service, position);
        }

        @Override
        public List<EventEnvelope<byte[]>> after(String service, Position position, int limit) {
            return real.after(service, position, limit);
        }
    }

    private static class LogOf implements EventLog {
        private final EventLog real;

        LogOf(EventLog real) {
            this.real = real;
        }

        @Override
        public Last last(String service) {
            return real.last(service);
        }

        @Override
        public Future<RecordMetadata> send(EventEnvelope<byte[]> event) {
            return real.send(event);
        }

        @Override
        public Future<RecordMetadata> announce(String service, Position position) {
            return real.announce(service, position);
        }

        @Override
        public void startOver() {
            real.startOver();
        }
    }
}
