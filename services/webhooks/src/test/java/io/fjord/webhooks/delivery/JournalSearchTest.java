package io.fjord.webhooks.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JournalSearchTest {

    private static final Instant BEGIN = Instant.parse("2026-11-22T00:00:00Z");

    /** Ten events in the first epoch, one a second; restored at the sixth, and ten more. */
    private final List<EventEnvelope<byte[]>> journal = new ArrayList<>();

    private final JournalSearch search =
            new JournalSearch((service, after, limit) -> Future.succeededFuture(journal.stream()
                    .filter(event -> event.position().isAfter(after))
                    .limit(limit)
                    .toList()));

    JournalSearchTest() {
        for (int n = 1; n <= 10; n++) {
            add(new Position(1, n), n);
        }
        for (int n = 7; n <= 16; n++) {
            add(new Position(2, n), 100 + n);
        }
    }

    private void add(Position position, int seconds) {
        journal.add(new EventEnvelope<>(
                "id-" + position,
                "fjord.core.cluster.ClusterCreated.v1",
                "core",
                BEGIN.plusSeconds(seconds),
                Address.parse("default/cluster/etl"),
                position,
                1L,
                "user:ana",
                "c",
                null,
                null,
                null,
                null,
                null,
                new byte[] {'{', '}'}));
    }

    private Position before(int seconds) {
        return search.before("core", BEGIN.plusSeconds(seconds), new Position(2, 16))
                .result();
    }

    /** What is read after it begins with the first event that is not older. */
    private Position firstSince(int seconds) {
        Position after = before(seconds);
        return journal.stream()
                .map(EventEnvelope::position)
                .filter(position -> position.isAfter(after))
                .findFirst()
                .orElse(new Position(9, 9));
    }

    @Test
    void a_time_is_found_across_restorations() {
        assertThat(firstSince(0)).isEqualTo(new Position(1, 1));
        assertThat(firstSince(1)).isEqualTo(new Position(1, 1));
        assertThat(firstSince(4)).isEqualTo(new Position(1, 4));
        assertThat(firstSince(50)).isEqualTo(new Position(2, 7));
        assertThat(firstSince(107)).isEqualTo(new Position(2, 7));
        assertThat(firstSince(110)).isEqualTo(new Position(2, 10));
        assertThat(firstSince(500)).isEqualTo(new Position(9, 9));
    }

    @Test
    void one_event_is_found_or_is_not_there() {
        assertThat(search.at(new Place("core", new Position(2, 8))).result()).isPresent();
        assertThat(search.at(new Place("core", new Position(1, 11))).result()).isEmpty();
        assertThat(Place.parse("control-policies.2.8")).contains(new Place("control-policies", new Position(2, 8)));
        assertThat(Place.parse("core.0.8")).isEmpty();
        assertThat(Place.parse("core.1")).isEmpty();
    }
}
