package io.fjord.launcher.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.kernel.CrashPoint;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** Kill -9 at every named point and six times anywhere, under load: nothing acknowledged is lost, nothing done twice. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class KillEndToEndIT {

    private static final long SEED = Long.getLong("fjord.seed", System.nanoTime() % 1_000_000);
    private static final String SERVICES = "cdc,core,catalog,audit,gateway";

    private final History history = new History();
    private KillablePlatform platform;
    private Workload workload;
    private Witness witness;

    @BeforeAll
    void start() {
        platform = new KillablePlatform();
        workload = new Workload(platform, history, SEED);
        witness = new Witness(platform, history);
    }

    @AfterAll
    void stop() {
        workload.close();
        platform.close();
    }

    @Test
    @Order(1)
    void each_named_point_once() {
        // Each start is the recovery from the death before.
        platform.startToDie(SERVICES, CrashPoint.BEFORE_DATABASE_COMMIT, 10);
        workload.resume();
        platform.awaitDeath();
        platform.startToDie(SERVICES, CrashPoint.AFTER_DATABASE_COMMIT, 10);
        platform.awaitDeath();
        platform.startToDie(SERVICES, CrashPoint.BETWEEN_PRODUCE_AND_REPLY, 10);
        platform.awaitDeath();
        platform.startToDie(SERVICES, CrashPoint.BETWEEN_RELAY_SEND_AND_ITS_POSITION, 10);
        platform.awaitDeath();
        // The fourth commit of the table; the first makes it.
        platform.startToDie(SERVICES, CrashPoint.BETWEEN_FILES_AND_TABLE_COMMIT, 4);
        LakehouseTable table = new LakehouseTable(platform, "points");
        CompletableFuture<Void> commits = CompletableFuture.runAsync(() -> table.commit(6));
        platform.awaitDeath();
        platform.start(SERVICES);
        commits.join();
        table.holdsEveryCommitOnce();
        workload.awaitMore(20);
        workload.pause();

        witness.findsAllWell();
    }

    @Test
    @Order(2)
    void six_kills_anywhere() {
        platform.start(SERVICES);
        Random random = new Random(SEED);
        List<Victim> victims = new ArrayList<>(List.of(Victim.values()));
        while (victims.size() < 6) {
            victims.add(Victim.values()[random.nextInt(Victim.values().length)]);
        }
        Collections.shuffle(victims, random);
        workload.resume();
        for (Victim victim : victims) {
            workload.awaitMore(5 + random.nextInt(20));
            victim.of(platform).kill();
            victim.of(platform).start();
            assertThat(platform.plane().isRunning())
                    .as("the control plane outlives the servers it uses")
                    .isTrue();
        }
        workload.awaitMore(20);
        workload.pause();

        witness.findsAllWell();
    }
}
