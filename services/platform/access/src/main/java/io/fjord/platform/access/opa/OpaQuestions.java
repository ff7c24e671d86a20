package io.fjord.platform.access.opa;

import io.fjord.kernel.AccessRequest;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** Requests for access as the bundle's rules expect them. */
final class OpaQuestions {

    private OpaQuestions() {}

    static Map<String, Object> input(AccessRequest request, Instant now) {
        Map<String, Object> context = new HashMap<>(request.context());
        context.put("time", now);
        return Map.of(
                "actor", request.actor(),
                "action", request.action(),
                "resource",
                        Map.of(
                                "domain", request.resource().domain(),
                                "kind", request.resource().kind(),
                                "name", request.resource().name()),
                "context", context);
    }
}
