package io.fjord.controlpolicies.opa;

import io.fjord.kernel.AccessRequest;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** A request for access as the bundle's rules expect it. */
final class OpaInput {

    private OpaInput() {}

    static Map<String, Object> of(AccessRequest request, Instant now) {
        Map<String, Object> context = new HashMap<>(request.context());
        context.put("time", now);
        Map<String, Object> resource = new LinkedHashMap<>();
        resource.put("domain", request.resource().domain());
        resource.put("kind", request.resource().kind());
        resource.put("name", request.resource().name());
        Map<String, Object> input = new LinkedHashMap<>();
        input.put("actor", request.actor());
        input.put("action", request.action());
        input.put("resource", resource);
        input.put("context", context);
        return input;
    }
}
