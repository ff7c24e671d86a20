package io.fjord.ingest.produce;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.ingest.produce.RecentEvents.Name;
import io.fjord.ingest.produce.RecentEvents.Place;
import org.junit.jupiter.api.Test;

class RecentEventsTest {

    private static Name name(int i) {
        return Name.of("/source", "id-" + i);
    }

    @Test
    void it_knows_all_of_the_window() {
        RecentEvents recent = new RecentEvents(100, 1_000_000, 0);
        for (int i = 0; i < 50_000; i++) {
            recent.put(name(i), i % 7, i, i * 31L, i / 1_000);
        }
        for (int i = 0; i < 50_000; i++) {
            assertThat(recent.find(name(i))).isEqualTo(new Place(i % 7, i, i * 31L));
        }
        assertThat(recent.find(name(50_000))).isNull();
    }

    @Test
    void what_is_older_is_forgotten_at_last_and_not_before() {
        RecentEvents recent = new RecentEvents(100, 1_000_000, 0);
        recent.put(name(1), 0, 1, 1, 50);
        recent.put(name(2), 0, 2, 2, 149);
        assertThat(recent.find(name(1))).isNotNull();
        recent.put(name(3), 0, 3, 3, 260);
        assertThat(recent.find(name(1))).isNull();
        assertThat(recent.find(name(2))).isNotNull();
        assertThat(recent.since()).isEqualTo(149);
    }

    @Test
    void it_never_holds_more_than_it_may() {
        RecentEvents recent = new RecentEvents(1_000, 100, 0);
        for (int i = 0; i < 1_000; i++) {
            recent.put(name(i), 0, i, 0, 0);
        }
        assertThat(recent.size()).isLessThanOrEqualTo(200);
        assertThat(recent.find(name(999))).isNotNull();
        assertThat(recent.find(name(900))).isNotNull();
    }
}
