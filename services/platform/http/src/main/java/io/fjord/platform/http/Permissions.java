package io.fjord.platform.http;

import io.fjord.contract.Address;
import io.fjord.contract.Origin;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.AccessRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/** What the caller of one request may do, as far as the request needs to know. */
final class Permissions {

    private static final AccessDecision OTHER_USE =
            new AccessDecision(false, "the token is not for this; its owner may have more", List.of(), "");

    private final Doorkeeper doorkeeper;
    private final Actor actor;
    private final Map<String, Object> context;
    private final Set<String> required = ConcurrentHashMap.newKeySet();
    private volatile boolean asked;

    /** @param context what conditions may look at */
    Permissions(Doorkeeper doorkeeper, Actor actor, Map<String, Object> context) {
        this.doorkeeper = doorkeeper;
        this.actor = actor;
        this.context = Map.copyOf(context);
    }

    Actor actor() {
        return actor;
    }

    /** Where the request comes from, for what is done later in its name. */
    Origin origin() {
        return new Origin((String) context.get("address"), (String) context.get("purpose"), actor.token());
    }

    /** Whether anything was asked: what answers without asking is a mistake. */
    boolean asked() {
        return asked;
    }

    /** The handler decides by something else, which it says it has. */
    void decidedOtherwise() {
        asked = true;
    }

    boolean may(String action, Address resource) {
        return decide(request(action, resource)).allowed();
    }

    /** @throws ProblemException 403, with the id under which the decision can be read */
    void require(String action, Address resource) {
        String key = action + " " + resource;
        if (required.contains(key)) {
            return;
        }
        AccessRequest request = request(action, resource);
        AccessDecision decision = decide(request);
        if (!decision.allowed()) {
            throw HttpProblems.accessDenied(request, doorkeeper.denials().denied(request, decision));
        }
        required.add(key);
    }

    /** @throws ProblemException 403 if there is nothing of that kind the caller may do it to, whatever its name */
    void requireSome(String action, String domain, String kind) {
        asked = true;
        if (uniform(action, domain, kind).equals(Optional.of(false))) {
            require(action, new Address(domain, kind, "*"));
        }
        // Which one it is about, the handler asks when it knows.
        asked = false;
    }

    /** Tells of many things which the caller may do it to; kinds that are all the same are asked about once. */
    Predicate<Address> those(String action) {
        asked = true;
        Map<String, Optional<Boolean>> kinds = new HashMap<>();
        return resource -> kinds.computeIfAbsent(
                        resource.domain() + "/" + resource.kind(),
                        kind -> uniform(action, resource.domain(), resource.kind()))
                .orElseGet(() -> may(action, resource));
    }

    /** @return empty if some may and some may not */
    Optional<Boolean> uniform(String action, String domain, String kind) {
        asked = true;
        Optional<Boolean> all = doorkeeper.access().uniform(actor.id(), action, domain, kind);
        return actor.limits() != null && all.equals(Optional.of(true)) ? Optional.empty() : all;
    }

    private AccessRequest request(String action, Address resource) {
        asked = true;
        return new AccessRequest(actor.id(), action, resource, context);
    }

    private AccessDecision decide(AccessRequest request) {
        Actor.Limits limits = actor.limits();
        return limits != null && !limits.cover(request.action(), request.resource())
                ? OTHER_USE
                : doorkeeper.access().decide(request);
    }
}
