package io.fjord.gateway;

import io.fjord.contract.Address;
import io.fjord.contract.core.cluster.Endpoints;
import io.vertx.core.net.SocketAddress;
import java.net.URI;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A cluster as core's events left it, and the way to its driver.
 *
 * @param state {@code starting}, {@code running}, {@code stopping}, {@code stopped} or {@code failed}
 * @param endpoints only while it runs
 */
record Cluster(Address address, String state, @Nullable Endpoints endpoints) {

    Cluster with(String next, @Nullable Endpoints where) {
        return new Cluster(address, next, where);
    }

    boolean isRunning() {
        return endpoints != null;
    }

    /** Where its HiveServer2 takes Thrift calls by POST; of a running one. */
    Destination hiveServer2() {
        URI at = URI.create(Objects.requireNonNull(endpoints, state).hiveServer2());
        String path = at.getRawPath() == null || at.getRawPath().isEmpty() ? "/cliservice" : at.getRawPath();
        return destination(at, path);
    }

    /** Where its Spark Connect listens; of a running one. */
    Destination sparkConnect() {
        return destination(URI.create(Objects.requireNonNull(endpoints, state).sparkConnect()), null);
    }

    private Destination destination(URI at, @Nullable String uri) {
        return new Destination(
                "cluster",
                SocketAddress.inetSocketAddress(at.getPort(), at.getHost()),
                uri,
                ClusterProblems.unreachable(address.name()),
                ClusterProblems.lost(address.name()));
    }
}
