package io.fjord.contract.core.cluster;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All that can have happened to a lakehouse cluster. */
public sealed interface ClusterEvent {

    <R> R match(Cases<R> cases);

    /**
     * @param id stable through deletion and re-creation under the same name
     * @param config settings of its Spark, by name; its actor is whose secrets they may name
     * @param owner who may do everything with it: who wished it; null for one of before there were owners
     */
    record ClusterCreated(
            String id,
            ClusterSize size,
            String secretRef,
            @Nullable Integer idleStopSeconds,
            Instant createdAt,
            @Nullable Map<String, ConfigValue> config,
            @Nullable String owner)
            implements ClusterEvent {

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** @param from null for one that was nobody's */
    record ClusterHandedOver(@Nullable String from, String to) implements ClusterEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ClusterResized(ClusterSize size) implements ClusterEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * A driver is wanted from now on.
     *
     * @param generation counts the starts of the cluster; a driver of a lower one must not run
     * @param attempt counts the drivers tried for this generation, from 1
     * @param notBefore the operator waits until then (backoff)
     * @param deadline if none is ready by then the cluster fails
     * @param reason why it starts
     */
    record ClusterStarting(long generation, int attempt, Instant notBefore, Instant deadline, String reason)
            implements ClusterEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ClusterRunning(long generation, int attempt, Endpoints endpoints, Instant since) implements ClusterEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** @param reason {@code requested} or {@code idle} */
    record ClusterStopping(long generation, String reason, Instant deadline) implements ClusterEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ClusterStopped(long generation) implements ClusterEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ClusterFailed(long generation, String reason) implements ClusterEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record ClusterDeleted() implements ClusterEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(ClusterCreated event);

        R on(ClusterHandedOver event);

        R on(ClusterResized event);

        R on(ClusterStarting event);

        R on(ClusterRunning event);

        R on(ClusterStopping event);

        R on(ClusterStopped event);

        R on(ClusterFailed event);

        R on(ClusterDeleted event);
    }
}
