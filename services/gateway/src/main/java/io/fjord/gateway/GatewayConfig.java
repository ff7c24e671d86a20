package io.fjord.gateway;

import io.vertx.core.net.SocketAddress;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where the door is, and what stands behind it.
 *
 * @param host interface to listen on
 * @param port 0 for any
 * @param services address by name; each has its document {@code openapi/<name>.yaml}, which says what paths are its own
 * @param maxBody the most bytes that are let in with one request; services may take less
 */
public record GatewayConfig(String host, int port, Map<String, SocketAddress> services, long maxBody) {

    public static final long DEFAULT_MAX_BODY = 64L * 1024 * 1024;

    public GatewayConfig {
        services = Map.copyOf(new TreeMap<>(services));
    }

    public static GatewayConfig of(String host, int port, Map<String, SocketAddress> services) {
        return new GatewayConfig(host, port, services, DEFAULT_MAX_BODY);
    }
}
