package io.fjord.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.audit.SealingWorld.Bug;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two sealers of one log, each killed or failing at any step, in the order a seed says: there is one log, of all entries, whole at each
 * moment somebody could have read it.
 */
class SealingSchedulesTest {

    private static final long SEED = Long.getLong("fjord.seed", 1);

    /** A bug that so many schedules do not show could as well be none. */
    private static final int ENOUGH = 400;

    @Test
    void whoever_fails_when_there_is_one_log() {
        assertThat(faults(300)).isEmpty();
    }

    @Test
    @EnabledIfSystemProperty(named = "fjord.all", matches = "true", disabledReason = "takes two minutes")
    void whoever_fails_when_there_is_one_log_ten_thousand_times() {
        assertThat(faults(10_000)).isEmpty();
    }

    private static List<String> faults(int schedules) {
        List<String> faults = new ArrayList<>();
        LongStream.range(SEED * 1_000_000, SEED * 1_000_000 + schedules)
                .forEach(seed -> new SealingWorld(seed, null)
                        .faults()
                        .forEach(fault -> faults.add("schedule " + seed + ": " + fault)));
        return faults;
    }

    @ParameterizedTest
    @EnumSource(Bug.class)
    void a_sealer_with_a_bug_is_found(Bug bug) {
        Set<SealingWorld.Fault.Kind> found = EnumSet.noneOf(SealingWorld.Fault.Kind.class);
        for (long seed = 0; seed < ENOUGH && !found.contains(bug.shows); seed++) {
            new SealingWorld(seed, bug).faults().forEach(fault -> found.add(fault.kind()));
        }
        assertThat(found).contains(bug.shows);
    }
}
