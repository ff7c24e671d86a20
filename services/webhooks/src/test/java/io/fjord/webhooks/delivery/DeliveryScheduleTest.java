package io.fjord.webhooks.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.fjord.contract.Position;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** Deliveries under thousands of schedules; and the same with a bug put in, which must show. */
class DeliveryScheduleTest {

    private static final int SCHEDULES = Boolean.getBoolean("fjord.all") ? 10_000 : 1_500;
    private static final long FIRST_SEED = Long.getLong("fjord.seed", 1);

    private static Vertx vertx;

    @BeforeAll
    static void open() {
        vertx = Vertx.vertx();
        // What goes wrong here is meant to, thousands of times.
        warnings(Level.ERROR);
    }

    private static void warnings(Level least) {
        ((Logger) LoggerFactory.getLogger(Deliveries.class)).setLevel(least);
    }

    @AfterAll
    static void close() throws Exception {
        warnings(Level.INFO);
        vertx.close().toCompletionStage().toCompletableFuture().get();
    }

    @Test
    void every_event_is_delivered_under_one_id_and_in_order_whatever_is_lost_when() throws Exception {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
            long one = seed;
            assertThat(onContext(() -> new DeliverySchedule(vertx, one, real -> real).run()))
                    .as("seed " + seed)
                    .isEmpty();
        }
    }

    private static <T> T onContext(Callable<T> work) throws Exception {
        CompletableFuture<T> done = new CompletableFuture<>();
        vertx.getOrCreateContext().runOnContext(go -> {
            try {
                done.complete(work.call());
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        return done.get(1, TimeUnit.MINUTES);
    }

    /** A bug a developer could put in. */
    enum Bug {
        FORGET_A_ROW(real -> new Around(real) {
            @Override
            public Future<Void> save(
                    List<Kept> deliveries, List<CourseAt> courses, List<String> through, Map<String, Position> read) {
                return real.save(deliveries.subList(0, Math.max(0, deliveries.size() - 1)), courses, through, read);
            }
        }),
        MOVE_THE_POSITION_FIRST(real -> new Around(real) {
            @Override
            public Future<Void> save(
                    List<Kept> deliveries, List<CourseAt> courses, List<String> through, Map<String, Position> read) {
                List<CourseAt> further = courses.stream()
                        .map(at -> new CourseAt(
                                at.subscriptionId(),
                                at.course(),
                                at.source(),
                                at.position().next()))
                        .toList();
                return real.save(deliveries, further, through, read);
            }
        }),
        TRY_NOTHING_AGAIN(real -> new Around(real) {
            @Override
            public Future<List<Due>> retrying(String subscriptionId, int most) {
                return real.retrying(subscriptionId, most).map(List.of());
            }
        }),
        FORGET_WHAT_IS_KNOWN_BEHIND_THE_POSITION(real -> new Around(real) {
            @Override
            public Future<List<Place>> after(String subscriptionId, String source, Position position) {
                return real.after(subscriptionId, source, position).map(List.of());
            }
        });

        private final UnaryOperator<Notes> put;

        Bug(UnaryOperator<Notes> put) {
            this.put = put;
        }
    }

    @ParameterizedTest
    @EnumSource(Bug.class)
    void a_bug_shows(Bug bug) throws Exception {
        boolean seen = false;
        for (long seed = 1; seed <= 200 && !seen; seed++) {
            long one = seed;
            seen = !onContext(() -> new DeliverySchedule(vertx, one, bug.put).run())
                    .isEmpty();
        }
        assertThat(seen).as("a schedule that shows " + bug).isTrue();
    }

    private static class Around implements Notes {

        private final Notes real;

        Around(Notes real) {
            this.real = real;
        }

        @Override
        public Future<Void> save(
                List<Kept> deliveries, List<CourseAt> courses, List<String> through, Map<String, Position> read) {
            return real.save(deliveries, courses, through, read);
        }

        @Override
        public Future<Map<String, Position>> read() {
            return real.read();
        }

        @Override
        public Future<Map<String, Position>> course(String subscriptionId, String course) {
            return real.course(subscriptionId, course);
        }

        @Override
        public Future<List<Place>> after(String subscriptionId, String source, Position position) {
            return real.after(subscriptionId, source, position);
        }

        @Override
        public Future<List<Due>> retrying(String subscriptionId, int most) {
            return real.retrying(subscriptionId, most);
        }

        @Override
        public Future<Instant> lastDelivered(String subscriptionId) {
            return real.lastDelivered(subscriptionId);
        }

        @Override
        public Future<Optional<Delivery>> one(String subscriptionId, Place place) {
            return real.one(subscriptionId, place);
        }

        @Override
        public Future<Void> resume(String subscriptionId, Instant now) {
            return real.resume(subscriptionId, now);
        }

        @Override
        public Future<Void> begin(String subscriptionId, Replay replay, Map<String, Position> starts) {
            return real.begin(subscriptionId, replay, starts);
        }

        @Override
        public Future<List<Replay>> replays(String subscriptionId) {
            return real.replays(subscriptionId);
        }
    }
}
