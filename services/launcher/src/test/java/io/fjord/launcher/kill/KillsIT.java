package io.fjord.launcher.kill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import io.fjord.kernel.CrashPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Kill upon kill, alone, together and at named points, each drawn from the seed and its own number; what was survived and
 * checked is written to {@code target/kills/<seed>.jsonl}, where the next run goes on.
 */
@EnabledIfSystemProperty(
        named = "fjord.all",
        matches = "true",
        disabledReason = "takes an hour: ./fjord test --all --kills N --seed S")
class KillsIT {

    private static final int KILLS = Integer.getInteger("fjord.kills", 200);
    private static final long SEED = Long.getLong("fjord.seed", 1);
    private static final String SERVICES = "cdc,core,catalog,audit,gateway";

    /** Kills between two looks at everything, and between two beginnings with empty servers. */
    private static final int CHECKED_EVERY = 10;

    private static final int FRESH_EVERY = 50;

    /** Those every control action comes by. */
    private static final List<CrashPoint> POINTS = List.of(
            CrashPoint.BEFORE_DATABASE_COMMIT,
            CrashPoint.AFTER_DATABASE_COMMIT,
            CrashPoint.BETWEEN_PRODUCE_AND_REPLY,
            CrashPoint.BETWEEN_RELAY_SEND_AND_ITS_POSITION);

    private final Path results = Path.of("target", "kills", SEED + ".jsonl");

    @Test
    void nothing_is_lost_and_nothing_done_twice_whoever_dies_when() throws IOException {
        Files.createDirectories(results.getParent());
        int survived = Files.exists(results) ? Files.readAllLines(results).size() : 0;
        while (survived < KILLS) {
            survived = era(survived, Math.min(KILLS, (survived / FRESH_EVERY + 1) * FRESH_EVERY));
        }
        assertThat(Files.readAllLines(results)).hasSizeGreaterThanOrEqualTo(KILLS);
    }

    /** From empty servers on. */
    private int era(int from, int until) throws IOException {
        History history = new History();
        try (KillablePlatform platform = new KillablePlatform();
                Workload workload = new Workload(platform, history, 1_000L * SEED + from)) {
            Witness witness = new Witness(platform, history);
            platform.start(SERVICES);
            List<String> survived = new ArrayList<>();
            workload.resume();
            for (int number = from; number < until; number++) {
                survived.add(kill(platform, workload, number));
                if ((number + 1) % CHECKED_EVERY == 0 || number + 1 == until) {
                    workload.pause();
                    witness.findsAllWell();
                    // Counted only now: a kill that was not looked at is done again by the next run.
                    Files.write(results, survived, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                    survived.clear();
                    workload.resume();
                }
            }
            workload.pause();
        }
        return until;
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
            List<Victim> victims = victims(random);
            line.put("killed", victims.toString());
            victims.forEach(victim -> victim.of(platform).kill());
            Collections.shuffle(victims, random);
            // It waits for servers that are not there, but nobody starts them while it does so here.
            victims.sort((a, b) -> Boolean.compare(a == Victim.CONTROL_PLANE, b == Victim.CONTROL_PLANE));
            victims.forEach(victim -> victim.of(platform).start());
        }
        workload.awaitMore(5);
        assertThat(platform.plane().isRunning()).as("after " + line).isTrue();
        return line.put("wellAfterMillis", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began))
                .put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
                .toString();
    }

    /** Mostly one; now and then some at once, as when a machine dies. */
    private static List<Victim> victims(Random random) {
        List<Victim> all = new ArrayList<>(List.of(Victim.values()));
        Collections.shuffle(all, random);
        return new ArrayList<>(all.subList(0, random.nextInt(4) == 0 ? 2 + random.nextInt(2) : 1));
    }
}
