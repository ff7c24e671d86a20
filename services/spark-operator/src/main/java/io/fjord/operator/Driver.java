package io.fjord.operator;

import io.fjord.contract.core.cluster.Endpoints;
import org.jspecify.annotations.Nullable;

/**
 * A Spark driver that exists.
 *
 * @param controlUrl where its lease is renewed; null until it listens
 * @param endpoints where clients reach it; null until it listens
 */
record Driver(
        Key key, @Nullable String controlUrl, @Nullable Endpoints endpoints) {

    /** Which driver: a cluster has at most one at a time, and a start is tried again as another attempt. */
    record Key(String clusterId, long generation, int attempt) {
        @Override
        public String toString() {
            return clusterId + "/" + generation + "-" + attempt;
        }
    }

    boolean ready() {
        return endpoints != null;
    }
}
