package io.fjord.launcher.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fjord.contract.Position;
import io.fjord.embedded.Trees;
import io.fjord.launcher.kill.Evidence.Fact;
import io.fjord.launcher.kill.Evidence.Sent;
import io.fjord.launcher.kill.KillablePlatform.Answer;
import io.fjord.testing.TestServers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Worse than death: a control plane that wakes up late, a database from yesterday, a broker that has forgotten everything. */
@EnabledIfSystemProperty(
        named = "fjord.all",
        matches = "true",
        disabledReason = "takes minutes: run ./fjord test --all")
class FaultsEndToEndIT {

    private static final long SEED = Long.getLong("fjord.seed", 1);
    private static final String SERVICES = "cdc,control-policies,iam,core,catalog,audit,gateway";

    private static final List<String> DECIDING = List.of("core", "iam", "control-policies");
    private static final List<String> WITH_A_JOURNAL = List.of("core", "iam", "control-policies", "catalog");

    private final History history = new History();
    private KillablePlatform platform;
    private Workload workload;
    private Witness witness;

    @BeforeEach
    void start() {
        platform = KillablePlatform.withoutKeycloak();
        workload = new Workload(platform, history, SEED, platform.introduce(SERVICES));
        witness = new Witness(platform, history, SERVICES);
        platform.start(SERVICES);
    }

    @AfterEach
    void stop() {
        workload.close();
        platform.close();
    }

    @Test
    void a_control_plane_that_wakes_up_finds_itself_fenced() {
        workload.resume();
        workload.awaitMore(20);
        ControlPlaneChild zombie = platform.plane();
        zombie.signal("STOP");
        try (ControlPlaneChild successor = platform.child("successor")) {
            successor.with(SERVICES, null, 0).start();
            platform.turnTo(successor);
            workload.awaitMore(30);

            zombie.signal("CONT");
            workload.awaitMore(60);
            assertThat(zombie.isRunning()).isTrue();
            workload.pause();
            witness.findsAllWell();

            // And the one that slept can take over again.
            successor.kill();
            platform.turnTo(zombie);
            workload.resume();
            workload.awaitMore(30);
            workload.pause();
            witness.findsAllWell();
        }
    }

    @Test
    void a_database_from_an_older_copy_is_not_worked_on_until_somebody_says_so() throws Exception {
        workload.resume();
        workload.awaitMore(30);
        workload.pause();
        witness.findsAllWell();
        Map<String, List<Fact>> before = new HashMap<>();
        Map<String, Position> copied = new HashMap<>();
        for (String service : WITH_A_JOURNAL) {
            List<Fact> journal = witness.journal(service);
            before.put(service, journal);
            copied.put(
                    service,
                    journal.isEmpty()
                            ? Position.START
                            : journal.get(journal.size() - 1).position());
        }
        Path data = platform.databaseFolder();
        Path copy = TestServers.newHome("copy").root().resolve("postgres");
        platform.plane().stop();
        platform.database().stop();
        Trees.copy(data, copy);
        platform.database().start();
        platform.start(SERVICES);
        workload.resume();
        workload.awaitMore(30);
        workload.pause();
        witness.findsAllWell();
        platform.plane().stop();
        platform.database().stop();

        Trees.delete(data);
        Trees.copy(copy, data);
        platform.database().start();
        platform.plane().readyWhenAlive().with(SERVICES, null, 0).start();

        assertThat(platform.call("GET", "/health/services", null).status()).isEqualTo(503);
        workload.resume();
        for (String service : WITH_A_JOURNAL) {
            Answer restored = platform.call("POST", "/api/v1/restore?service=" + service, null);
            assertThat(restored.status()).as(service + restored.body()).isEqualTo(200);
            assertThat(restored.body().path("position").asText()).startsWith("2:");
        }
        await("ready").atMost(KillablePlatform.PATIENCE).until(this::isReady);
        workload.awaitMore(30);
        workload.pause();

        // The wishes are on the log, so even those whose outcome was forgotten have one again; if only that the secret
        // of
        // the cluster they would make went with the database.
        witness.findsAllWell(evidence -> evidence.withoutTheFutureAfter(copied.get(evidence.service())));
        before.forEach((service, then) -> {
            List<Fact> after = witness.journal(service);
            assertThat(after.subList(0, then.size())).isEqualTo(then);
            assertThat(after.subList(then.size(), after.size()))
                    .allMatch(fact -> fact.position().epoch() == 2);
        });
    }

    @Test
    void a_broker_that_forgot_everything_is_told_again_and_its_new_commands_are_all_decided() throws IOException {
        workload.resume();
        workload.awaitMore(60);
        workload.pause();
        witness.findsAllWell();
        Map<String, List<Sent>> forgotten = new HashMap<>();
        DECIDING.forEach(service -> forgotten.put(service, witness.of(service).commands()));
        platform.plane().stop();
        platform.kafka().stop();

        Trees.delete(platform.kafkaFolder());
        platform.kafka().start();
        platform.start(SERVICES);
        workload.resume();
        workload.awaitMore(120);
        workload.pause();

        witness.findsAllWell(evidence -> evidence.withForgottenCommands(forgotten.get(evidence.service())));
    }

    private boolean isReady() {
        try {
            return platform.call("GET", "/health/services", null).status() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
