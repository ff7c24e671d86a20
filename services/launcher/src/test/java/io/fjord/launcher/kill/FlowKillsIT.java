package io.fjord.launcher.kill;

import io.fjord.kernel.CrashPoint;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Kill upon kill while events come in, go on to a table, and go out as webhooks. */
@EnabledIfSystemProperty(
        named = "fjord.all",
        matches = "true",
        disabledReason = "takes an hour: ./fjord test --all --kills N --seed S --minutes M")
@Timeout(value = 6, unit = TimeUnit.HOURS)
class FlowKillsIT {

    private static final String SERVICES =
            "cdc,control-policies,iam,core,catalog,audit,ingest,webhooks,spark-operator,gateway";

    /** Those events come by all the time. */
    private static final List<CrashPoint> POINTS = List.of(
            CrashPoint.BETWEEN_ACK_AND_ANSWER,
            CrashPoint.BETWEEN_DELIVERY_AND_ITS_RECORD,
            CrashPoint.BETWEEN_DELIVERY_AND_ITS_ROW,
            CrashPoint.BETWEEN_RELAY_SEND_AND_ITS_POSITION);

    private static final class Flowing implements KillSeries.Era {

        private final KillablePlatform platform = KillablePlatform.withPipelines();
        private final History history = new History();
        private final Workload workload;
        private final Producers producers;
        private final Witness witness;
        private final FlowWitness flow;
        private boolean prepared;

        Flowing(long seed) {
            workload = new Workload(platform, history, seed, platform.introduce(SERVICES)).withoutClusters();
            producers = new Producers(platform, history, seed);
            witness = new Witness(platform, history, SERVICES);
            flow = new FlowWitness(platform, witness, producers);
        }

        @Override
        public KillablePlatform platform() {
            return platform;
        }

        @Override
        public void resume() {
            if (!prepared) {
                flow.prepare();
                prepared = true;
            }
            workload.resume();
            producers.resume();
        }

        @Override
        public void awaitMore(int answers) {
            workload.awaitMore(answers);
            producers.awaitMore(answers);
        }

        @Override
        public void check() {
            workload.pause();
            producers.pause();
            flow.findsAllWell();
            witness.findsAllWell();
        }

        @Override
        public void close() {
            workload.close();
            producers.close();
            flow.close();
            platform.close();
        }
    }

    @Test
    void what_was_acknowledged_is_in_its_table_once_and_told_in_order_whoever_dies_when() throws IOException {
        new KillSeries("flow-", SERVICES, POINTS).survive(Flowing::new);
    }
}
