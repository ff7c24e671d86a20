package io.fjord.kernel;

import io.fjord.contract.Address;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The pure rules of one aggregate: no clock, no I/O; given the same state, command and context it says the same.
 *
 * @param <C> its commands
 * @param <S> its state as its events left it
 * @param <E> its events
 */
public interface Decider<C, S, E> {

    /** The state of a thing nothing has happened to yet. */
    S initial(Address subject);

    Decision<E> decide(C command, S state, Context context);

    S evolve(S state, E event);

    /** What the thing takes of its domain's quota, by resource; the handler keeps the sums in the shared row. */
    default Map<String, Long> usage(S state) {
        return Map.of();
    }

    /** The unique names a command would give its subject; who holds them is known when it is decided. */
    default Set<String> wants(C command) {
        return Set.of();
    }

    /** The unique names the thing holds: no other thing of the service does while it is so. */
    default Set<String> holds(S state) {
        return Set.of();
    }

    /** When this state must have ended, and the command to send if it has not. Every state that is not terminal has one. */
    default Optional<Deadline<C>> deadline(S state, long version) {
        return Optional.empty();
    }

    record Deadline<C>(Instant due, C command) {}
}
