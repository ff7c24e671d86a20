package io.fjord.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import java.time.Instant;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class KernelProblemsTest {

    @Test
    void what_has_changed_since_is_named() {
        assertThat(KernelProblems.versionMismatch(1, 3, changes(2, 3)).detail())
                .contains("Since then: ClusterResized by user:ana at 2026-11-22T09:00:02Z (version 2); ")
                .contains("(version 3). Read it again");
    }

    @Test
    void of_many_changes_the_last_are_named_and_the_others_counted() {
        assertThat(KernelProblems.versionMismatch(0, 5_000, changes(1, 5_000)).detail())
                .contains("Since then: 4990 changes, then ClusterResized")
                .contains("(version 4991); ")
                .contains("(version 5000). Read it again")
                .doesNotContain("(version 4990)")
                .hasSizeLessThan(1_500);
    }

    private static List<EventEnvelope<String>> changes(long from, long to) {
        return LongStream.rangeClosed(from, to)
                .mapToObj(version -> new EventEnvelope<>(
                        "e" + version,
                        "fjord.core.cluster.ClusterResized.v1",
                        "core",
                        Instant.parse("2026-11-22T09:00:00Z").plusSeconds(version),
                        Address.parse("default/cluster/k4"),
                        new Position(1, version),
                        version,
                        "user:ana",
                        "c",
                        null,
                        null,
                        null,
                        null,
                        null,
                        "{}"))
                .toList();
    }
}
