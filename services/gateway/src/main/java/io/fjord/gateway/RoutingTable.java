package io.fjord.gateway;

import io.fjord.platform.http.Document;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which service answers to which path, as their documents say: {@code /api/v1/<noun>} belongs whole to one service, any other
 * first part of a path too. What concerns a journal belongs to all, and names the service as a parameter.
 */
final class RoutingTable {

    private static final Set<String> OF_JOURNALS = Set.of("/api/v1/events", "/api/v1/restore");

    private final Map<String, String> serviceByPrefix = new HashMap<>();
    private final TreeSet<String> services;

    /** @throws IllegalArgumentException if two services want the same */
    RoutingTable(Map<String, Document> documents) {
        services = new TreeSet<>(documents.keySet());
        for (Map.Entry<String, Document> entry : documents.entrySet()) {
            String service = entry.getKey();
            for (Document.Route route : entry.getValue().routes()) {
                String prefix = prefix(route.path());
                String other = isOfJournals(prefix) ? null : serviceByPrefix.put(prefix, service);
                if (other != null && !other.equals(service)) {
                    throw new IllegalArgumentException(
                            "Both " + other + " and " + service + " have routes under " + prefix);
                }
            }
        }
    }

    /** Whether the service is a parameter. */
    static boolean isOfJournals(String path) {
        return OF_JOURNALS.contains(path);
    }

    Optional<String> service(String path) {
        return Optional.ofNullable(serviceByPrefix.get(prefix(path)));
    }

    TreeSet<String> services() {
        return services;
    }

    /** {@code /api/v1/clusters/etl} → {@code /api/v1/clusters}; {@code /iceberg/v1/config} → {@code /iceberg} */
    static String prefix(String path) {
        int from = path.startsWith("/api/v1/") ? "/api/v1/".length() : 1;
        int end = path.indexOf('/', Math.min(from, path.length()));
        return end < 0 ? path : path.substring(0, end);
    }
}
