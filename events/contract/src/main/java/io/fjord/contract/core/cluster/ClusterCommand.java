package io.fjord.contract.core.cluster;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All that can be wished of a lakehouse cluster. */
public sealed interface ClusterCommand {

    <R> R match(Cases<R> cases);

    /**
     * Bring a cluster into being and start it.
     *
     * @param secretRef vault row that holds the secret every call to the cluster is checked with
     * @param idleStopSeconds stop it after so long without a statement; null: never
     * @param config settings of its Spark, by name; those that are secrets by reference only
     */
    record CreateCluster(
            ClusterSize size,
            String secretRef,
            @Nullable Integer idleStopSeconds,
            @Nullable Map<String, ConfigValue> config)
            implements ClusterCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Change its size; a running cluster starts again in the new one. */
    record ResizeCluster(ClusterSize size) implements ClusterCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record StartCluster() implements ClusterCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record StopCluster() implements ClusterCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Take it away; its name may be used again, its tables stay. */
    record DeleteCluster() implements ClusterCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * Make it somebody else's: who owns it may do everything with it.
     *
     * @param to {@code user:…} or {@code service-account:…}
     */
    record HandOverCluster(String to) implements ClusterCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Fact from the operator: the driver of this generation and attempt listens. */
    record ReportDriverReady(long generation, int attempt, Endpoints endpoints) implements ClusterCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Fact from the operator: the driver of this generation and attempt could not start, or died. */
    record ReportDriverFailed(long generation, int attempt, String reason) implements ClusterCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Fact from the operator: no driver of this generation runs any more. */
    record ReportDriverStopped(long generation) implements ClusterCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Fact from the operator: nothing was asked of the driver for so long. */
    record ReportClusterIdle(long generation, long idleSeconds) implements ClusterCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** This deadline has passed; it means nothing if the state has another by now. */
    record ExpireClusterState(Instant deadline) implements ClusterCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(CreateCluster command);

        R on(ResizeCluster command);

        R on(StartCluster command);

        R on(StopCluster command);

        R on(DeleteCluster command);

        R on(HandOverCluster command);

        R on(ReportDriverReady command);

        R on(ReportDriverFailed command);

        R on(ReportDriverStopped command);

        R on(ReportClusterIdle command);

        R on(ExpireClusterState command);
    }
}
