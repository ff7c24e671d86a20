package io.fjord.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Position;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.NewEvent;
import io.fjord.kernel.Partition;
import io.fjord.kernel.Tx;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The handler under thousands of crash schedules; and the same with a bug put in, which must show. */
class CrashScheduleTest {

    private static final int SCHEDULES = Boolean.getBoolean("fjord.all") ? 10_000 : 1_500;
    private static final long FIRST_SEED = Long.getLong("fjord.seed", 1);

    @Test
    void every_command_has_one_outcome_whatever_dies_when() {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
            assertThat(new CrashSchedule(seed, real -> real).run())
                    .as("seed " + seed)
                    .isEmpty();
        }
    }

    /** A bug a developer could put in. */
    enum Bug {
        SKIP_THE_INBOX(real -> new OfProcess(real, () -> true) {
            @Override
            public Future<Map<String, String>> handled(Tx tx, Collection<String> commandIds) {
                return Future.succeededFuture(Map.of());
            }
        }),
        NO_OFFSET_ROW(real -> new OfProcess(real, () -> true) {
            @Override
            public Future<Void> writeOffset(Tx tx, Partition partition, long next) {
                return Future.succeededFuture();
            }

            @Override
            public Future<Long> lockOffset(Tx tx, Partition partition) {
                return real.offset(partition);
            }
        }),
        REMEMBER_NOTHING(real -> new OfProcess(real, () -> true) {
            @Override
            public Future<Void> remember(Tx tx, Map<String, String> digests, Instant now) {
                return Future.succeededFuture();
            }
        }),
        LOSE_AN_EVENT(real -> new OfProcess(real, () -> true) {
            @Override
            public Future<Position> append(Tx tx, List<NewEvent> events, Instant now) {
                return super.append(tx, events.subList(0, Math.max(1, events.size() - 1)), now);
            }
        });

        private final UnaryOperator<Metastore> put;

        Bug(UnaryOperator<Metastore> put) {
            this.put = put;
        }
    }

    @ParameterizedTest
    @EnumSource(Bug.class)
    void a_bug_shows(Bug bug) {
        boolean seen = false;
        for (long seed = 1; seed <= 200 && !seen; seed++) {
            try {
                seen = !new CrashSchedule(seed, bug.put).run().isEmpty();
            } catch (IllegalStateException neverEnds) {
                seen = true;
            }
        }
        assertThat(seen).as("a schedule that shows " + bug).isTrue();
    }
}
