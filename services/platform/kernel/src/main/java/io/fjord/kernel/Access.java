package io.fjord.kernel;

/**
 * Who may do what to which: asked before anything is done, answered from memory in microseconds, authoritative where the
 * command handler asks again.
 */
@FunctionalInterface
public interface Access {

    /** Never throws and never waits: what cannot be evaluated is refused. */
    AccessDecision decide(AccessRequest request);
}
