package io.fjord.ingestion;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.ingestion.CommitWorld.Bug;
import io.fjord.ingestion.CommitWorld.Fault;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The direct writer's commits in thousands of orders; repeat one with {@code -Dfjord.seed=<seed>}. */
class CommitSchedulesTest {

    private static final int SCHEDULES = Boolean.getBoolean("fjord.all") ? 50_000 : 3_000;
    private static final long FIRST_SEED = Long.getLong("fjord.seed", 1);

    @Test
    void each_record_is_in_the_table_once_whoever_writes_and_whatever_fails() {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
            assertThat(new CommitWorld(seed, null).faults()).as("seed " + seed).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_writer_that_is_wrong_is_caught(Bug bug) {
        for (long seed = 1; seed <= 1_000; seed++) {
            List<Fault> faults = new CommitWorld(seed, bug).faults();
            if (faults.stream().anyMatch(fault -> fault.kind() == bug.shows)) {
                return;
            }
        }
        throw new AssertionError("No order of 1,000 shows " + bug);
    }
}
