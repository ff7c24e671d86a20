package io.fjord.core.cluster;

import io.fjord.contract.core.cluster.Endpoints;
import java.time.Instant;

/**
 * Where a cluster is in its life; each step exists only where it is legal.
 *
 * <pre>
 *  Absent ──► Starting ──► Running ──► Stopping ──► Stopped ──► Starting …
 *               │  ▲          │                        ▲
 *               │  └──────────┘ (driver died,          │
 *               ▼               next attempt)          │
 *             Failed ──► Starting …         any ──► Deleted ──► Starting …
 * </pre>
 */
sealed interface ClusterLifecycle {

    /** What never was, or is deleted. */
    record Absent() implements ClusterLifecycle {}

    record Starting(int attempt, Instant notBefore, Instant deadline, String reason) implements ClusterLifecycle {}

    record Running(int attempt, Endpoints endpoints, Instant since) implements ClusterLifecycle {}

    record Stopping(String reason, Instant deadline) implements ClusterLifecycle {}

    record Stopped() implements ClusterLifecycle {}

    record Failed(String reason) implements ClusterLifecycle {}

    record Deleted() implements ClusterLifecycle {}

    /** As it stands in rows and answers. */
    default String label() {
        return getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
    }

    static Class<? extends ClusterLifecycle> ofLabel(String label) {
        return switch (label) {
            case "absent" -> Absent.class;
            case "starting" -> Starting.class;
            case "running" -> Running.class;
            case "stopping" -> Stopping.class;
            case "stopped" -> Stopped.class;
            case "failed" -> Failed.class;
            case "deleted" -> Deleted.class;
            default -> throw new IllegalArgumentException("No cluster state is called '" + label + "'");
        };
    }
}
