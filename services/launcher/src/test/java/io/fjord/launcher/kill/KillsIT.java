package io.fjord.launcher.kill;

import io.fjord.kernel.CrashPoint;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Kill upon kill while clients wish this and that. */
@EnabledIfSystemProperty(
        named = "fjord.all",
        matches = "true",
        disabledReason = "takes an hour: ./fjord test --all --kills N --seed S --minutes M")
@Timeout(value = 6, unit = TimeUnit.HOURS)
class KillsIT {

    private static final String SERVICES = "cdc,control-policies,iam,core,catalog,audit,gateway";

    /** {@code -Dfjord.kills.without=keycloak}: its starts take most of the time of a series. */
    private static final boolean WITHOUT_KEYCLOAK =
            System.getProperty("fjord.kills.without", "").equals("keycloak");

    /** Those every control action comes by. */
    private static final List<CrashPoint> POINTS = List.of(
            CrashPoint.BEFORE_DATABASE_COMMIT,
            CrashPoint.AFTER_DATABASE_COMMIT,
            CrashPoint.BETWEEN_PRODUCE_AND_REPLY,
            CrashPoint.BETWEEN_RELAY_SEND_AND_ITS_POSITION,
            CrashPoint.BETWEEN_TILES_AND_CHECKPOINT,
            CrashPoint.BETWEEN_CHECKPOINT_AND_ITS_FILE);

    private record Wishing(KillablePlatform platform, Workload workload, Witness witness, AuditChain chain)
            implements KillSeries.Era {

        static Wishing of(long seed) {
            KillablePlatform platform =
                    WITHOUT_KEYCLOAK ? KillablePlatform.withoutKeycloak() : KillablePlatform.withKeycloak();
            History history = new History();
            Workload workload = new Workload(platform, history, seed, platform.introduce(SERVICES));
            return new Wishing(platform, workload, new Witness(platform, history, SERVICES), new AuditChain(platform));
        }

        @Override
        public void resume() {
            workload.resume();
        }

        @Override
        public void awaitMore(int answers) {
            workload.awaitMore(answers);
        }

        @Override
        public void check() {
            workload.pause();
            chain.look();
            witness.findsAllWell();
            chain.isOneAndWhole();
        }

        @Override
        public void close() {
            workload.close();
            platform.close();
        }
    }

    @Test
    void nothing_is_lost_and_nothing_done_twice_whoever_dies_when() throws IOException {
        new KillSeries("", SERVICES, POINTS).survive(Wishing::of);
    }
}
