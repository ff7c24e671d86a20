package io.fjord.gateway;

import io.fjord.platform.http.Document;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which service answers to which path, as their documents say: {@code /api/v1/<noun>} belongs to one service, any other first part
 * of a path too. Of a noun's things another service may have a part: {@code /api/v1/domains/{domain}/owners} is iam's, all else of
 * domains core's. What concerns a journal belongs to all, and names the service as a parameter.
 */
final class RoutingTable {

    private static final Set<String> OF_JOURNALS = Set.of("/api/v1/events", "/api/v1/restore", "/api/v1/dead-letters");

    private final Map<String, String> serviceByPrefix = new HashMap<>();
    private final Map<String, String> serviceByPart = new HashMap<>();
    private final Set<String> open = new TreeSet<>();
    private final TreeSet<String> services;

    /** @throws IllegalArgumentException if two services want the same */
    RoutingTable(Map<String, Document> documents) {
        services = new TreeSet<>(documents.keySet());
        for (Map.Entry<String, Document> entry : documents.entrySet()) {
            String service = entry.getKey();
            Set<String> whole = new TreeSet<>();
            for (Document.Route route : entry.getValue().routes()) {
                if (part(route.path()).isEmpty()) {
                    whole.add(prefix(route.path()));
                }
            }
            for (Document.Route route : entry.getValue().routes()) {
                if (route.open()) {
                    open.add(route.path());
                }
                String prefix = prefix(route.path());
                if (isOfJournals(prefix)) {
                    continue;
                }
                Optional<String> part = part(route.path());
                if (part.isPresent() && !whole.contains(prefix)) {
                    put(serviceByPart, part.get(), service);
                } else {
                    put(serviceByPrefix, prefix, service);
                    part.ifPresent(own -> put(serviceByPart, own, service));
                }
            }
        }
    }

    private static void put(Map<String, String> table, String key, String service) {
        String other = table.put(key, service);
        if (other != null && !other.equals(service)) {
            throw new IllegalArgumentException("Both " + other + " and " + service + " have routes under " + key);
        }
    }

    /** Whether the service is a parameter. */
    static boolean isOfJournals(String path) {
        return OF_JOURNALS.contains(prefix(path));
    }

    /** Whether it answers to anybody: a token is what is asked for there. */
    boolean isOpen(String path) {
        return open.contains(path);
    }

    Optional<String> service(String path) {
        return part(path).map(serviceByPart::get).or(() -> Optional.ofNullable(serviceByPrefix.get(prefix(path))));
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

    /** {@code /api/v1/domains/sales/owners/user:ana} → what is below a thing of that noun; empty if it is less. */
    private static Optional<String> part(String path) {
        String prefix = prefix(path);
        int thing = path.indexOf('/', Math.min(prefix.length() + 1, path.length()));
        if (!path.startsWith("/api/v1/") || thing < 0) {
            return Optional.empty();
        }
        int end = path.indexOf('/', thing + 1);
        return Optional.of(prefix + "/*" + path.substring(thing, end < 0 ? path.length() : end));
    }
}
