package io.fjord.kernel;

import java.util.Map;
import java.util.TreeMap;

/** What a domain may use of each resource, and what it uses: the shared row behind its quota. */
public record Quota(String domain, Map<String, Allowance> resources) {

    /** @param limit the most it may use; {@link Long#MAX_VALUE} for no limit */
    public record Allowance(long limit, long used) {}

    public Quota {
        resources = Map.copyOf(resources);
    }

    public static Quota unlimited(String domain) {
        return new Quota(domain, Map.of());
    }

    public Allowance of(String resource) {
        return resources.getOrDefault(resource, new Allowance(Long.MAX_VALUE, 0));
    }

    public boolean admits(String resource, long more) {
        Allowance allowance = of(resource);
        return more <= 0 || allowance.used() + more <= allowance.limit();
    }

    /** With what one thing used before taken out and what it uses now put in. */
    public Quota replacing(Map<String, Long> before, Map<String, Long> after) {
        Map<String, Allowance> next = new TreeMap<>(resources);
        before.forEach((resource, amount) -> next.put(
                resource, new Allowance(of(resource).limit(), of(resource).used() - amount)));
        after.forEach((resource, amount) -> {
            Allowance was = next.getOrDefault(resource, of(resource));
            next.put(resource, new Allowance(was.limit(), was.used() + amount));
        });
        return new Quota(domain, next);
    }
}
