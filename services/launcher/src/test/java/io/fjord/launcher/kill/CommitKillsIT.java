package io.fjord.launcher.kill;

import io.fjord.kernel.CrashPoint;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Kill upon kill while eight writers commit to tables. */
@EnabledIfSystemProperty(
        named = "fjord.all",
        matches = "true",
        disabledReason = "takes an hour: ./fjord test --all --kills N --seed S --minutes M")
@Timeout(value = 6, unit = TimeUnit.HOURS)
class CommitKillsIT {

    private static final String SERVICES = "cdc,control-policies,iam,core,catalog,audit,gateway";

    /** Those every commit comes by. */
    static final List<CrashPoint> POINTS = List.of(
            CrashPoint.BEFORE_METADATA_FILE,
            CrashPoint.BETWEEN_FILES_AND_TABLE_COMMIT,
            CrashPoint.WITHIN_CATALOG_COMMIT,
            CrashPoint.BETWEEN_CATALOG_COMMIT_AND_REPLY,
            CrashPoint.BETWEEN_RELAY_SEND_AND_ITS_POSITION);

    private record Committing(KillablePlatform platform, Writers writers, Witness witness) implements KillSeries.Era {

        static Committing of(long seed) {
            KillablePlatform platform = KillablePlatform.withoutKeycloak();
            platform.introduce(SERVICES);
            History history = new History();
            return new Committing(
                    platform, new Writers(platform, history, seed), new Witness(platform, history, SERVICES));
        }

        @Override
        public void resume() {
            writers.begin();
        }

        @Override
        public void awaitMore(int answers) {
            writers.awaitMore(answers);
        }

        @Override
        public void check() {
            writers.pause();
            new CommitWitness(witness, writers).findsAllWell();
            witness.findsAllWell();
        }

        @Override
        public void close() {
            writers.close();
            platform.close();
        }
    }

    @Test
    void every_acknowledged_commit_is_there_once_whoever_dies_when() throws IOException {
        new KillSeries("commits-", SERVICES, POINTS).survive(Committing::of);
    }
}
