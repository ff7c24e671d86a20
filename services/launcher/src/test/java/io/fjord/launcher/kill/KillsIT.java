package io.fjord.launcher.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import io.fjord.kernel.CrashPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Kill upon kill, alone, together and at named points, each drawn from the seed and its own number; what was survived and
 * checked is written to {@code target/kills/<seed>.jsonl}, where the next run goes on.
 */
@EnabledIfSystemProperty(
        named = "fjord.all",
        matches = "true",
        disabledReason = "takes an hour: ./fjord test --all --kills N --seed S --minutes M")
@Timeout(value = 6, unit = TimeUnit.HOURS)
class KillsIT {

    private static final int KILLS = Integer.getInteger("fjord.kills", 200);

    /** After which no further kill is begun. */
    private static final Duration LONGEST = Duration.ofMinutes(Integer.getInteger("fjord.minutes", 150));

    private static final long SEED = Long.getLong("fjord.seed", 1);
    private static final String SERVICES = "cdc,control-policies,iam,core,catalog,audit,gateway";

    /** Kills between two looks at everything, and between two beginnings with empty servers. */
    private static final int CHECKED_EVERY = 10;

    private static final int FRESH_EVERY = 50;

    /** Those every control action comes by. */
    private static final List<CrashPoint> POINTS = List.of(
            CrashPoint.BEFORE_DATABASE_COMMIT,
            CrashPoint.AFTER_DATABASE_COMMIT,
            CrashPoint.BETWEEN_PRODUCE_AND_REPLY,
            CrashPoint.BETWEEN_RELAY_SEND_AND_ITS_POSITION);

    private final long began = System.nanoTime();
    private final Path results = Path.of("target", "kills", SEED + ".jsonl");

    @Test
    void nothing_is_lost_and_nothing_done_twice_whoever_dies_when() throws IOException {
        Files.createDirectories(results.getParent());
        while (survived() < KILLS && !isTimeUp()) {
            era(survived(), Math.min(KILLS, (survived() / FRESH_EVERY + 1) * FRESH_EVERY));
        }
        assumeThat(survived())
                .as("kills survived of " + KILLS + " when the time was up; the same command goes on with the next")
                .isGreaterThanOrEqualTo(KILLS);
    }

    private int survived() throws IOException {
        return Files.exists(results) ? Files.readAllLines(results).size() : 0;
    }

    private boolean isTimeUp() {
        return System.nanoTime() - began > LONGEST.toNanos();
    }

    /** From empty servers on. */
    private void era(int from, int until) throws IOException {
        History history = new History();
        try (KillablePlatform platform = KillablePlatform.withKeycloak();
                Workload workload =
                        new Workload(platform, history, 1_000L * SEED + from, platform.introduce(SERVICES))) {
            Witness witness = new Witness(platform, history);
            platform.start(SERVICES);
            List<String> survived = new ArrayList<>();
            workload.resume();
            for (int number = from; number < until; number++) {
                survived.add(kill(platform, workload, number));
                boolean last = number + 1 == until || isTimeUp();
                if ((number + 1) % CHECKED_EVERY == 0 || last) {
                    workload.pause();
                    witness.findsAllWell();
                    // Counted only now: a kill that was not looked at is done again by the next run.
                    Files.write(results, survived, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                    survived.clear();
                    if (last) {
                        return;
                    }
                    workload.resume();
                }
            }
        }
    }

    /** @return the line that tells of it */
    private static String kill(KillablePlatform platform, Workload workload, int number) {
        Random random = new Random(1_000_003L * SEED + number);
        ObjectNode line = Json.MAPPER.createObjectNode().put("kill", number + 1);
        workload.awaitMore(1 + random.nextInt(20));
        long began = System.nanoTime();
        if (random.nextInt(4) == 0) {
            CrashPoint point = POINTS.get(random.nextInt(POINTS.size()));
            int nth = 1 + random.nextInt(30);
            line.put("killed", point + ":" + nth);
            platform.plane().kill();
            platform.startToDie(SERVICES, point, nth);
            platform.awaitDeath();
            began = System.nanoTime();
            platform.start(SERVICES);
        } else {
            List<Victim> victims = victims(platform, random);
            line.put("killed", victims.toString());
            victims.forEach(victim -> victim.of(platform).kill());
            Collections.shuffle(victims, random);
            // They wait for servers that are not there, but nobody starts those while they do so here.
            victims.sort(Comparator.comparingInt(KillsIT::turn));
            victims.forEach(victim -> victim.of(platform).start());
        }
        workload.awaitMore(5);
        assertThat(platform.plane().isRunning()).as("after " + line).isTrue();
        return line.put("wellAfterMillis", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began))
                .put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
                .toString();
    }

    private static int turn(Victim victim) {
        return switch (victim) {
            case BROKER, DATABASE -> 0;
            case CONTROL_PLANE -> 1;
            case KEYCLOAK -> 2;
        };
    }

    /** Mostly one; now and then some at once, as when a machine dies. */
    private static List<Victim> victims(KillablePlatform platform, Random random) {
        List<Victim> all = new ArrayList<>(platform.victims());
        Collections.shuffle(all, random);
        return new ArrayList<>(all.subList(0, random.nextInt(4) == 0 ? 2 + random.nextInt(2) : 1));
    }
}
