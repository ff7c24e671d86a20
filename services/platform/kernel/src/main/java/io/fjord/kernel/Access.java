package io.fjord.kernel;

import io.fjord.contract.Position;
import io.vertx.core.Future;
import java.util.Optional;

/**
 * Who may do what to which: asked before anything is done, answered from memory in microseconds, authoritative where the
 * command handler asks again.
 */
@FunctionalInterface
public interface Access {

    /** Never throws and never waits: what cannot be evaluated is refused. */
    AccessDecision decide(AccessRequest request);

    /** What {@link #decide} decides, for who asks of many things and tells nobody why. */
    default boolean allows(AccessRequest request) {
        return decide(request).allowed();
    }

    /**
     * The request that is decided in its place, for rights on some things follow those on others; whoever else has a say is asked
     * that one, too.
     */
    default AccessRequest followed(AccessRequest request) {
        return request;
    }

    /**
     * Whether all things of a kind get the same answer, so that a list need not ask for each.
     *
     * @return empty if some do and some do not
     */
    default Optional<Boolean> uniform(String actor, String action, String domain, String kind) {
        return Optional.empty();
    }

    /** Somebody who owns the domain and is neither suspended nor archived: who has for the longest time. */
    default Optional<String> ownerOf(String domain) {
        return Optional.empty();
    }

    /**
     * Which things of a kind could be allowed, so that a list need not look at all others.
     *
     * @return empty if it could be any, or more than can be named
     */
    default Optional<Candidates> candidates(String actor, String action, String domain, String kind) {
        return Optional.empty();
    }

    /** Completes when the rules are known as far as that position of a service, or after a moment of waiting for it. */
    default Future<Void> known(String service, Position position) {
        return Future.succeededFuture();
    }
}
