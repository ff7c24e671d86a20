package io.fjord.gateway;

import io.fjord.kernel.Journals;
import io.fjord.platform.kafka.KafkaConfig;
import io.vertx.core.net.SocketAddress;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where the door is, and what stands behind it.
 *
 * @param host interface to listen on
 * @param port 0 for any
 * @param services address by name; each has its document {@code openapi/<name>.yaml}, which says what paths are its own
 * @param maxBody the most bytes that are let in with one request; services may take less
 * @param clusters where it learns of clusters; null if there are none behind it
 * @param defaultCluster for callers that name none; empty: the one that runs, if it is one
 * @param thriftPort of binary HiveServer2; 0 for any, {@link #NO_THRIFT} for none
 * @param limits of each caller
 * @param origins whose pages may read answers (CORS)
 * @param tls null: none is spoken
 */
public record GatewayConfig(
        String host,
        int port,
        Map<String, SocketAddress> services,
        long maxBody,
        @Nullable Feed clusters,
        String defaultCluster,
        int thriftPort,
        Limits limits,
        Set<String> origins,
        @Nullable Tls tls) {

    public static final long DEFAULT_MAX_BODY = 64L * 1024 * 1024;
    public static final int NO_THRIFT = -1;

    /** Core's events, and its journal for what the topic does not have. */
    public record Feed(KafkaConfig kafka, Journals journals) {}

    public GatewayConfig {
        services = Map.copyOf(new TreeMap<>(services));
        origins = Set.copyOf(origins);
    }

    public static GatewayConfig of(String host, int port, Map<String, SocketAddress> services) {
        return new GatewayConfig(
                host, port, services, DEFAULT_MAX_BODY, null, "", NO_THRIFT, Limits.DEFAULT, Set.of(), null);
    }

    public GatewayConfig withMaxBody(long bytes) {
        return new GatewayConfig(
                host, port, services, bytes, clusters, defaultCluster, thriftPort, limits, origins, tls);
    }

    public GatewayConfig withClusters(Feed feed, String whenUnnamed) {
        return new GatewayConfig(host, port, services, maxBody, feed, whenUnnamed, thriftPort, limits, origins, tls);
    }

    public GatewayConfig withThrift(int at) {
        return new GatewayConfig(host, port, services, maxBody, clusters, defaultCluster, at, limits, origins, tls);
    }

    public GatewayConfig withLimits(Limits each) {
        return new GatewayConfig(
                host, port, services, maxBody, clusters, defaultCluster, thriftPort, each, origins, tls);
    }

    public GatewayConfig withOrigins(Set<String> allowed) {
        return new GatewayConfig(
                host, port, services, maxBody, clusters, defaultCluster, thriftPort, limits, allowed, tls);
    }

    public GatewayConfig withTls(@Nullable Tls with) {
        return new GatewayConfig(
                host, port, services, maxBody, clusters, defaultCluster, thriftPort, limits, origins, with);
    }
}
