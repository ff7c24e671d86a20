package io.fjord.launcher.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import io.fjord.kernel.CrashPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
import java.util.function.IntFunction;

/**
 * Kill upon kill, alone, together and at named points, each drawn from the seed and its own number; what was survived and
 * checked is written to {@code target/kills}, where the next run goes on.
 */
final class KillSeries {

    private static final int KILLS = Integer.getInteger("fjord.kills", 200);

    /** After which no further kill is begun. */
    private static final Duration LONGEST = Duration.ofMinutes(Integer.getInteger("fjord.minutes", 150));

    private static final long SEED = Long.getLong("fjord.seed", 1);

    /** Kills between two looks at everything, and between two beginnings with empty servers. */
    private static final int CHECKED_EVERY = 10;

    private static final int FRESH_EVERY = 50;

    /** A platform with its clients, from empty servers on. */
    interface Era extends AutoCloseable {

        KillablePlatform platform();

        /** Who asks for something from now on. */
        void resume();

        /** Returns when so much more of what was asked for was answered. */
        void awaitMore(int answers);

        /** Nobody asks any more; looks at everything. */
        void check();

        @Override
        void close();
    }

    private final long began = System.nanoTime();
    private final String services;
    private final List<CrashPoint> points;
    private final Path results;

    /**
     * @param name what its file begins with
     * @param points those that are come by all the time
     */
    KillSeries(String name, String services, List<CrashPoint> points) {
        this.services = services;
        this.points = points;
        this.results = Path.of("target", "kills", name + SEED + ".jsonl");
    }

    /** @param fresh of a seed */
    void survive(IntFunction<Era> fresh) throws IOException {
        Files.createDirectories(results.getParent());
        while (survived() < KILLS && !isTimeUp()) {
            int from = survived();
            try (Era era = fresh.apply((int) (1_000 * SEED) + from)) {
                survive(era, from, Math.min(KILLS, (from / FRESH_EVERY + 1) * FRESH_EVERY));
            }
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

    private void survive(Era era, int from, int until) throws IOException {
        era.platform().start(services);
        List<String> survived = new ArrayList<>();
        era.resume();
        for (int number = from; number < until; number++) {
            boolean last;
            try {
                survived.add(kill(era, number));
                last = number + 1 == until || isTimeUp();
                if ((number + 1) % CHECKED_EVERY == 0 || last) {
                    era.check();
                }
            } catch (RuntimeException | AssertionError e) {
                keepEvidence(era.platform(), survived, number + 1);
                throw e;
            }
            if ((number + 1) % CHECKED_EVERY == 0 || last) {
                // Counted only now: a kill that was not looked at is done again by the next run.
                Files.write(results, survived, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                survived.clear();
                if (last) {
                    return;
                }
                era.resume();
            }
        }
    }

    /** What was done since the last look, and what the control plane said: its home is gone when the test ends. */
    private void keepEvidence(KillablePlatform platform, List<String> killed, int number) throws IOException {
        Path folder = Files.createDirectories(results.resolveSibling(results.getFileName() + "-failed-" + number));
        Files.write(folder.resolve("kills.jsonl"), killed);
        Path log = platform.plane().log();
        if (Files.exists(log)) {
            Files.copy(log, folder.resolve(log.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** @return the line that tells of it */
    private String kill(Era era, int number) {
        KillablePlatform platform = era.platform();
        Random random = new Random(1_000_003L * SEED + number);
        ObjectNode line = Json.MAPPER.createObjectNode().put("kill", number + 1);
        era.awaitMore(1 + random.nextInt(20));
        long began = System.nanoTime();
        if (random.nextInt(4) == 0) {
            CrashPoint point = points.get(random.nextInt(points.size()));
            int nth = 1 + random.nextInt(30);
            line.put("killed", point + ":" + nth);
            platform.plane().kill();
            platform.startToDie(services, point, nth);
            platform.awaitDeath();
            began = System.nanoTime();
            platform.start(services);
        } else {
            List<Victim> victims = victims(platform, random);
            line.put("killed", victims.toString());
            victims.forEach(victim -> victim.kill(platform));
            Collections.shuffle(victims, random);
            // They wait for servers that are not there, but nobody starts those while they do so here.
            victims.sort(Comparator.comparingInt(KillSeries::turn));
            victims.forEach(victim -> victim.start(platform));
        }
        era.awaitMore(5);
        assertThat(platform.plane().isRunning()).as("after " + line).isTrue();
        return line.put("wellAfterMillis", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began))
                .put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
                .toString();
    }

    private static int turn(Victim victim) {
        return switch (victim) {
            case BROKER, DATABASE, OBJECT_STORE -> 0;
            case CONTROL_PLANE -> 1;
            case KEYCLOAK, PIPELINES -> 2;
        };
    }

    /** Mostly one; now and then some at once, as when a machine dies. */
    private static List<Victim> victims(KillablePlatform platform, Random random) {
        List<Victim> all = new ArrayList<>(platform.victims());
        Collections.shuffle(all, random);
        return new ArrayList<>(all.subList(0, random.nextInt(4) == 0 ? 2 + random.nextInt(2) : 1));
    }
}
