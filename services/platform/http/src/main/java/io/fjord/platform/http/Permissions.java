package io.fjord.platform.http;

import io.fjord.contract.Address;
import io.fjord.contract.Origin;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.AccessRequest;
import io.fjord.kernel.Candidates;
import io.fjord.kernel.SecondOpinion;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What the caller of one request may do, as far as the request needs to know. */
final class Permissions {

    /** What an agent asks of us it is not asked about: without its policies it allows nothing, also not to fetch them. */
    private static final String OPA = "opa";

    private static final AccessDecision OTHER_USE =
            new AccessDecision(false, "the token is not for this; its owner may have more", List.of(), "");

    private final Doorkeeper doorkeeper;
    private final Actor actor;
    private final Map<String, Object> context;
    private final @Nullable SecondOpinion opinion;
    private final Set<String> required = ConcurrentHashMap.newKeySet();
    private final Map<AccessRequest, Boolean> opinions = new ConcurrentHashMap<>();
    /** What our own rules allow, and the other has not been asked about. */
    private final Set<AccessRequest> open = ConcurrentHashMap.newKeySet();

    private volatile boolean asked;
    private volatile boolean presuming = true;

    /** @param context what conditions may look at */
    Permissions(Doorkeeper doorkeeper, Actor actor, Map<String, Object> context) {
        this.doorkeeper = doorkeeper;
        this.actor = actor;
        this.opinion = doorkeeper.opinionOf(actor);
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
        AccessRequest request = request(action, resource);
        // Who has no other opinion is not told why, so nobody has to say it.
        return opinion == null
                ? isWithinLimits(request) && doorkeeper.access().allows(request)
                : decide(request).allowed();
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

    /** Tells of many things which the caller may do it to; kinds about which all is known at once are asked about once. */
    Predicate<Address> those(String action) {
        asked = true;
        Map<String, Predicate<Address>> kinds = new HashMap<>();
        return resource -> kinds.computeIfAbsent(
                        resource.domain() + "/" + resource.kind(),
                        kind -> those(action, resource.domain(), resource.kind()))
                .test(resource);
    }

    private Predicate<Address> those(String action, String domain, String kind) {
        Optional<Boolean> all = uniform(action, domain, kind);
        if (all.isPresent()) {
            return resource -> all.get();
        }
        Optional<Candidates> some = candidates(action, domain, kind).filter(few -> few.certain() && !isNarrowed());
        if (some.isPresent()) {
            return resource -> some.get().include(resource.name());
        }
        return resource -> may(action, resource);
    }

    /** @return empty if the caller could do it to any */
    Optional<Candidates> candidates(String action, String domain, String kind) {
        return doorkeeper.access().candidates(actor.id(), action, domain, kind);
    }

    /** @return empty if some may and some may not */
    Optional<Boolean> uniform(String action, String domain, String kind) {
        asked = true;
        Optional<Boolean> all = doorkeeper.access().uniform(actor.id(), action, domain, kind);
        return all.equals(Optional.of(true)) && isNarrowed() ? Optional.empty() : all;
    }

    /** Whether something other than our rules may still say no. */
    private boolean isNarrowed() {
        Actor.Limits limits = actor.limits();
        return opinion != null || (limits != null && !limits.coverAll());
    }

    private AccessRequest request(String action, Address resource) {
        asked = true;
        return doorkeeper.access().followed(new AccessRequest(actor.id(), action, resource, context));
    }

    private AccessDecision decide(AccessRequest request) {
        if (!isWithinLimits(request)) {
            return OTHER_USE;
        }
        AccessDecision own = doorkeeper.access().decide(request);
        return own.allowed() && opinion != null && !request.resource().kind().equals(OPA)
                ? seconded(request, own)
                : own;
    }

    private boolean isWithinLimits(AccessRequest request) {
        Actor.Limits limits = actor.limits();
        return limits == null || limits.cover(request.action(), request.resource());
    }

    /** Until the other has been asked, its yes is presumed: {@link #settle} tells whether that was right. */
    private AccessDecision seconded(AccessRequest request, AccessDecision own) {
        Boolean known = opinions.get(request);
        if (known == null) {
            open.add(request);
            return presuming ? own : no(own);
        }
        return known ? own : no(own);
    }

    private static AccessDecision no(AccessDecision own) {
        return new AccessDecision(false, "the Open Policy Agent does not allow it", List.of(), own.policyPosition());
    }

    /** From now on what is not known to be allowed is not: for who answers before it could be settled. */
    void presumeNothing() {
        presuming = false;
    }

    /** Asks about all that was presumed; tells whether all of it was right. */
    Future<Boolean> settle() {
        SecondOpinion other = opinion;
        if (other == null || open.isEmpty()) {
            return Future.succeededFuture(true);
        }
        List<AccessRequest> requests = List.copyOf(open);
        return other.of(requests).map(answers -> {
            boolean right = true;
            for (int i = 0; i < requests.size(); i++) {
                opinions.put(requests.get(i), answers.get(i));
                open.remove(requests.get(i));
                right &= answers.get(i);
            }
            if (!right) {
                required.clear();
            }
            return right;
        });
    }
}
