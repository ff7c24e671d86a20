package io.fjord.ingest.produce;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.ingest.produce.Deduplication.Known;
import io.fjord.ingest.produce.RecentEvents.Name;
import io.fjord.ingest.produce.Result.Fate;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** All streams share what memory there is, and each says truly how far back it knows its events. */
class DeduplicationRoomTest {

    private static final long WINDOW = 10_000;
    private static final int STREAMS = 4;

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();

    private record Told(Name name, long at) {}

    private static Deduplication of(DeduplicationRoom room, int stream) {
        return new Deduplication(WINDOW, room, new Address("default", "event-stream", "s" + stream), 0);
    }

    private static boolean accept(Deduplication stream, Name name, long offset, long now) {
        boolean fresh = stream.claim(name) instanceof Known.New;
        if (fresh) {
            stream.settle(name, 1, new Result(0, Fate.ACCEPTED, "e", 0, offset, null), false, now);
        }
        return fresh;
    }

    @Test
    void the_bound_holds_over_all_streams_and_what_is_said_of_the_window_is_true() {
        for (long seed = 1; seed <= 20; seed++) {
            Random random = new Random(seed);
            long most = 150_000 + random.nextInt(600_000);
            DeduplicationRoom room = new DeduplicationRoom(most, metrics);
            List<Deduplication> streams = new ArrayList<>();
            List<List<Told>> told = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                streams.add(of(room, i));
                told.add(new ArrayList<>());
            }
            long now = 0;
            for (int i = 0; i < 40_000; i++) {
                now += random.nextInt(3);
                // One is busier than the others, and by turns.
                int which = random.nextInt(3) == 0 ? random.nextInt(STREAMS) : i / 10_000;
                Name name = Name.of("/s", seed + "-" + i);
                assertThat(accept(streams.get(which), name, i, now)).isTrue();
                told.get(which).add(new Told(name, now));
                assertThat(room.used()).isLessThanOrEqualTo(most);
            }
            for (int i = 0; i < STREAMS; i++) {
                Long shortened = streams.get(i).shortened(now);
                long since = shortened == null ? now - WINDOW : shortened;
                for (Told one : told.get(i)) {
                    if (one.at() > since) {
                        assertThat(streams.get(i).claim(one.name()))
                                .as("seed %d: of stream %d, that came at %d, since %d", seed, i, one.at(), since)
                                .isInstanceOf(Known.There.class);
                    }
                }
            }
        }
    }

    @Test
    void the_largest_gives_up_and_the_others_keep_their_window() {
        DeduplicationRoom room = new DeduplicationRoom(400_000, metrics);
        Deduplication small = of(room, 1);
        Deduplication large = of(room, 2);
        for (int i = 0; i < 500; i++) {
            accept(small, Name.of("/small", "" + i), i, 100);
        }
        for (int i = 0; i < 100_000; i++) {
            accept(large, Name.of("/large", "" + i), i, 200 + i / 1_000);
        }
        assertThat(small.shortened(300)).isNull();
        assertThat(large.shortened(300)).isGreaterThan(200);
        assertThat(accept(small, Name.of("/small", "0"), 1, 300)).isFalse();
        assertThat(accept(large, Name.of("/large", "99999"), 1, 300)).isFalse();
        assertThat(metrics.counter("fjord.stream.deduplication.shortened", "domain", "default", "stream", "s2")
                        .count())
                .isPositive();
        assertThat(metrics.find("fjord.stream.deduplication.shortened")
                        .tags("stream", "s1")
                        .counter())
                .isNull();
    }

    @Test
    void what_nobody_needs_any_more_goes_first() {
        DeduplicationRoom room = new DeduplicationRoom(300_000, metrics);
        Deduplication silent = of(room, 1);
        Deduplication speaking = of(room, 2);
        for (int i = 0; i < 5_000; i++) {
            accept(silent, Name.of("/silent", "" + i), i, 100);
        }
        long later = 100 + WINDOW;
        for (int i = 0; i < 5_000; i++) {
            accept(speaking, Name.of("/speaking", "" + i), i, later);
        }
        assertThat(speaking.shortened(later)).isNull();
        assertThat(silent.shortened(later)).isNull();
        assertThat(silent.size()).isZero();
        room.leave(speaking);
        assertThat(room.used()).isZero();
    }
}
