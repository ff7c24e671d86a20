package io.fjord.ingest.produce;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.ingest.produce.Deduplication.Known;
import io.fjord.ingest.produce.RecentEvents.Name;
import io.fjord.ingest.produce.Result.Fate;
import io.fjord.platform.kafka.StreamReader.Lying;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * Events sent again and again by several at once, under schedules drawn from seeds: acknowledgements are lost though the record was
 * written, or not written, and the process dies; what is told is true, and no event is in the topic twice.
 */
class DeduplicationScheduleTest {

    private static final int SCHEDULES = Boolean.getBoolean("fjord.all") ? 10_000 : 3_000;
    private static final long FIRST_SEED = Long.getLong("fjord.seed", 1);

    /** What a developer could get wrong. */
    enum Bug {
        NONE,
        SEND_WITHOUT_ASKING,
        THINK_AN_UNKNOWN_ONE_NOT_SENT,
        READ_BACK_BEFORE_THE_REST_HAS_COME,
        READ_BACK_NOTHING
    }

    @Test
    void an_event_is_in_the_topic_once_whatever_is_lost_when() {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
            assertThat(new Schedule(seed, Bug.NONE).run()).as("seed " + seed).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void a_bug_shows(Bug bug) {
        boolean seen = false;
        for (long seed = 1; seed <= 300 && !seen; seed++) {
            seen = !new Schedule(seed, bug).run().isEmpty();
        }
        assertThat(seen).as("a schedule that shows " + bug).isTrue();
    }

    private static final class Schedule {

        private static final int EVENTS = 6;
        private static final int STEPS = 150;
        private static final long WINDOW = 600_000;
        private final DeduplicationRoom room = new DeduplicationRoom(Long.MAX_VALUE, new SimpleMeterRegistry());
        private static final Address STREAM = new Address("default", "event-stream", "s");
        private static final byte[] DATA = "{}".getBytes(StandardCharsets.UTF_8);

        private final Random random;
        private final Bug bug;
        private final List<String> topic = new ArrayList<>();
        private final List<String> broken = new ArrayList<>();
        private final Set<String> acknowledged = new HashSet<>();

        /** Of the process that lives: events whose record is on its way, and those who wait for them. */
        private final Map<String, Integer> onTheWay = new HashMap<>();

        /** Written at some time by the broker though nobody waits any more, unless the producer is closed first. */
        private final List<String> strays = new ArrayList<>();

        private Deduplication known;
        private boolean calm;

        Schedule(long seed, Bug bug) {
            this.random = new Random(seed);
            this.bug = bug;
            this.known = readBack();
        }

        List<String> run() {
            for (int i = 0; i < STEPS; i++) {
                switch (random.nextInt(8)) {
                    case 0, 1, 2 -> send("e" + random.nextInt(EVENTS));
                    case 3 -> {
                        if (!strays.isEmpty() && random.nextBoolean()) {
                            topic.add(strays.remove(0));
                        }
                    }
                    case 4 -> {
                        if (random.nextInt(10) == 0) {
                            die();
                        }
                    }
                    default -> answer();
                }
            }
            calm = true;
            for (int i = 0; i < 20; i++) {
                while (!onTheWay.isEmpty()) {
                    answer();
                }
                for (int event = 0; event < EVENTS; event++) {
                    send("e" + event);
                }
            }
            while (!onTheWay.isEmpty()) {
                answer();
            }
            for (int event = 0; event < EVENTS; event++) {
                String id = "e" + event;
                long times = topic.stream().filter(id::equals).count();
                if (times > 1) {
                    broken.add(id + " is in the topic " + times + " times");
                }
                if (!acknowledged.contains(id)) {
                    broken.add(id + " was never acknowledged");
                }
            }
            return broken;
        }

        private static Name name(String id) {
            return Name.of("/source", id);
        }

        private void send(String id) {
            if (known.isDoubtful()) {
                reopen();
                return;
            }
            Known what =
                    bug == Bug.SEND_WITHOUT_ASKING && random.nextInt(10) == 0 ? new Known.New() : known.claim(name(id));
            if (what instanceof Known.New) {
                onTheWay.putIfAbsent(id, 0);
            } else if (what instanceof Known.There there) {
                told(id, there.place().partition(), there.place().offset());
            } else if (what instanceof Known.OnItsWay other) {
                heard(id, other.result());
            }
        }

        private void heard(String id, Future<Result> other) {
            other.onSuccess(result -> {
                if (result.result() == Fate.ACCEPTED) {
                    told(id, result.partition(), result.offset());
                }
            });
        }

        /** What the broker made of one record comes to be known, or does not. */
        private void answer() {
            if (onTheWay.isEmpty()) {
                return;
            }
            List<String> all = new ArrayList<>(onTheWay.keySet());
            String id = all.get(random.nextInt(all.size()));
            onTheWay.remove(id);
            int dice = calm ? 0 : random.nextInt(10);
            if (dice < 6) {
                topic.add(id);
                settle(id, topic.size() - 1, false);
            } else if (dice < 7) {
                settle(id, -1, false);
            } else {
                // It is left open what became of it: written, not written, or to be written still.
                if (dice == 8) {
                    topic.add(id);
                } else if (dice == 9) {
                    strays.add(id);
                }
                settle(id, -1, bug != Bug.THINK_AN_UNKNOWN_ONE_NOT_SENT);
            }
        }

        private void settle(String id, int offset, boolean unknown) {
            Result result = offset < 0
                    ? new Result(0, Fate.NOT_ACKNOWLEDGED, id, null, null, null)
                    : new Result(0, Fate.ACCEPTED, id, 0, (long) offset, null);
            if (offset >= 0) {
                told(id, 0, offset);
            }
            known.settle(name(id), RecentEvents.print(DATA), result, unknown, 1_000);
        }

        private void told(String id, int partition, long offset) {
            acknowledged.add(id);
            if (partition != 0
                    || offset >= topic.size()
                    || !topic.get((int) offset).equals(id)) {
                broken.add(id + " was said to lie at " + offset + " of " + topic);
            }
        }

        /** As when a stream is opened again: what is on its way is waited for, and the producer ended. */
        private void reopen() {
            Future<Void> drained = known.drained();
            while (!drained.isComplete() && !onTheWay.isEmpty()) {
                answer();
            }
            endProducer();
            room.leave(known);
            known = readBack();
        }

        /** What is on its way is written or not, then nothing comes any more. */
        private void die() {
            List.copyOf(onTheWay.keySet()).forEach(id -> {
                onTheWay.remove(id);
                if (random.nextBoolean()) {
                    strays.add(id);
                }
            });
            endProducer();
            room.leave(known);
            known = readBack();
        }

        private void endProducer() {
            if (bug != Bug.READ_BACK_BEFORE_THE_REST_HAS_COME) {
                strays.forEach(id -> {
                    if (random.nextBoolean()) {
                        topic.add(id);
                    }
                });
                strays.clear();
            }
        }

        private Deduplication readBack() {
            Deduplication fresh = new Deduplication(WINDOW, room, STREAM, 1_000);
            for (int offset = 0; offset < topic.size() && bug != Bug.READ_BACK_NOTHING; offset++) {
                fresh.learn(new Lying(
                        0,
                        offset,
                        Instant.ofEpochMilli(1_000),
                        null,
                        DATA,
                        Map.of("ce_source", "/source", "ce_id", topic.get(offset))));
            }
            return fresh;
        }
    }
}
