package io.fjord.sql.cluster;

import io.fjord.contract.Address;
import io.fjord.contract.core.cluster.Endpoints;
import org.jspecify.annotations.Nullable;

/**
 * A cluster as core's events left it.
 *
 * @param state {@code starting}, {@code running}, {@code stopping}, {@code stopped} or {@code failed}
 * @param endpoints only while it runs
 * @param reason why it is so, where its event said
 */
public record ClusterView(
        Address address,
        String state,
        long generation,
        int attempt,
        @Nullable Endpoints endpoints,
        @Nullable String reason) {

    ClusterView with(String next, long newGeneration, int newAttempt, @Nullable Endpoints where, @Nullable String why) {
        return new ClusterView(address, next, newGeneration, newAttempt, where, why);
    }

    /** Whether the other is the same driver: same start of the cluster, same attempt. */
    boolean sameDriver(ClusterView other) {
        return generation == other.generation && attempt == other.attempt && other.endpoints != null;
    }
}
