package io.fjord.launcher.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.kernel.CrashPoint;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
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

    private static final long SEED = Long.getLong("fjord.seed", 1);
    private static final String SERVICES = "cdc,control-policies,iam,core,catalog,audit,gateway";

    private static final String ALL =
            "cdc,control-policies,iam,core,catalog,audit,ingest,webhooks,spark-operator,gateway";

    private static final List<CrashPoint> OF_COMMITS = List.of(
            CrashPoint.BETWEEN_FILES_AND_TABLE_COMMIT,
            CrashPoint.WITHIN_CATALOG_COMMIT,
            CrashPoint.BETWEEN_CATALOG_COMMIT_AND_REPLY);

    private static final List<CrashPoint> OF_THE_RECORD =
            List.of(CrashPoint.BETWEEN_TILES_AND_CHECKPOINT, CrashPoint.BETWEEN_CHECKPOINT_AND_ITS_FILE);

    private final History history = new History();
    private KillablePlatform platform;
    private Workload workload;
    private Writers writers;
    private Witness witness;
    private CommitWitness commits;
    private AuditChain chain;
    private Producers producers;
    private Witness everything;
    private FlowWitness flow;

    @BeforeAll
    void start() {
        platform = KillablePlatform.withoutKeycloak();
        workload = new Workload(platform, history, SEED, platform.introduce(ALL));
        writers = new Writers(platform, history, SEED);
        witness = new Witness(platform, history, SERVICES);
        commits = new CommitWitness(witness, writers);
        chain = new AuditChain(platform);
        producers = new Producers(platform, history, SEED);
        everything = new Witness(platform, history, ALL);
        flow = new FlowWitness(platform, everything, producers);
    }

    @AfterAll
    void stop() {
        workload.close();
        writers.close();
        producers.close();
        flow.close();
        platform.close();
    }

    @Test
    @Order(1)
    void each_named_point_once() {
        // Each start is the recovery from the death before.
        platform.startToDie(SERVICES, CrashPoint.BEFORE_DATABASE_COMMIT, 4);
        workload.resume();
        platform.awaitDeath();
        platform.startToDie(SERVICES, CrashPoint.AFTER_DATABASE_COMMIT, 4);
        platform.awaitDeath();
        platform.startToDie(SERVICES, CrashPoint.BETWEEN_PRODUCE_AND_REPLY, 4);
        platform.awaitDeath();
        platform.startToDie(SERVICES, CrashPoint.BETWEEN_RELAY_SEND_AND_ITS_POSITION, 4);
        platform.awaitDeath();
        // One log of all that was recorded, whoever of its steps was the last one.
        for (CrashPoint point : OF_THE_RECORD) {
            platform.startToDie(SERVICES, point, 3);
            platform.awaitDeath();
            chain.look();
        }
        // Eight writers make their tables and write to them, as soon as there is a catalog.
        writers.begin();
        for (CrashPoint point : OF_COMMITS) {
            platform.startToDie(SERVICES, point, 6);
            platform.awaitDeath();
        }
        platform.start(SERVICES);
        writers.awaitMore(20);
        writers.pause();
        workload.awaitMore(20);
        workload.pause();

        witness.findsAllWell();
        commits.findsAllWell();
        chain.isOneAndWhole();
    }

    @Test
    @Order(2)
    void six_kills_anywhere() {
        platform.start(SERVICES);
        Random random = new Random(SEED);
        List<Victim> victims = new ArrayList<>(platform.victims());
        while (victims.size() < 6) {
            victims.add(platform.victims().get(random.nextInt(platform.victims().size())));
        }
        Collections.shuffle(victims, random);
        workload.resume();
        writers.begin();
        for (Victim victim : victims) {
            workload.awaitMore(5 + random.nextInt(20));
            writers.awaitMore(5);
            victim.kill(platform);
            victim.start(platform);
            chain.look();
            assertThat(platform.plane().isRunning())
                    .as("the control plane outlives the servers it uses")
                    .isTrue();
        }
        workload.awaitMore(20);
        writers.awaitMore(20);
        workload.pause();
        writers.pause();

        witness.findsAllWell();
        commits.findsAllWell();
        chain.isOneAndWhole();
        commits.seesThatAFileIsGone();
    }

    @Test
    @Order(3)
    void clusters_and_events_come_to_what_was_wished_though_all_who_work_on_them_die() {
        platform.start(SERVICES);
        for (JsonNode cluster : platform.read("/api/v1/clusters").path("items")) {
            wish("DELETE", "/api/v1/clusters/" + cluster.path("name").asText(), null);
        }
        platform.plane().stop();

        platform.startToDie(ALL, CrashPoint.BETWEEN_ACK_AND_ANSWER, 8);
        flow.prepare();
        workload.withoutClusters().resume();
        producers.resume();
        platform.awaitDeath();

        platform.startToDie(ALL, CrashPoint.BETWEEN_DELIVERY_AND_ITS_ROW, 3);
        platform.awaitDeath();

        // The driver of pipelines lives and is adopted, so it is the cluster's.
        platform.startToDie(ALL, CrashPoint.WHILE_A_DRIVER_STARTS, 1);
        wish("POST", "/api/v1/clusters", "{\"name\":\"spark\",\"size\":\"XS\"}");
        platform.awaitDeath();
        platform.start(ALL);
        Drivers drivers = new Drivers(platform.plane().clusters());
        try {
            awaitState("running");
            List<ProcessHandle> first = drivers.alive();
            assertThat(first)
                    .as("the driver that was starting was adopted, or another made")
                    .hasSize(1);

            platform.plane().kill();
            first.get(0).destroyForcibly();
            Victim.PIPELINES.kill(platform);
            platform.start(ALL);
            await("another driver")
                    .atMost(KillablePlatform.PATIENCE)
                    .until(() -> drivers.alive().size() == 1);
            assertThat(drivers.alive()).isNotEqualTo(first);
            awaitState("running");
            producers.awaitMore(20);
            producers.pause();
            workload.pause();

            // Deleted while it runs.
            wish("DELETE", "/api/v1/clusters/spark", null);
            await("its driver ends")
                    .atMost(KillablePlatform.PATIENCE)
                    .until(() -> drivers.alive().isEmpty());
        } finally {
            drivers.alive().forEach(ProcessHandle::destroyForcibly);
        }

        flow.findsAllWell();
        everything.findsAllWell();
    }

    /** Sent under one key until somebody takes it. */
    private void wish(String method, String path, @Nullable String body) {
        String key = "one-" + UUID.randomUUID();
        await(method + " " + path)
                .atMost(KillablePlatform.PATIENCE)
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> platform.call(method, path, body, "Idempotency-Key", key)
                                .status()
                        == 202);
    }

    private void awaitState(String state) {
        await("cluster " + state)
                .atMost(KillablePlatform.PATIENCE)
                .until(() -> platform.read("/api/v1/clusters/spark")
                        .path("state")
                        .asText()
                        .equals(state));
    }
}
