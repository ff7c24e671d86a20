package io.fjord.kernel;

import io.fjord.contract.Address;
import java.util.Set;

/**
 * One kind of thing a service decides on: the line in its table of contents.
 *
 * @param kind the middle of its addresses: {@code cluster}
 * @param commands the sealed interface of its commands
 * @param events the sealed interface of its events
 * @param quotas the resources of its domain's quota it takes from; empty: the shared row is not locked for it
 */
public record Aggregate<C, S, E>(
        String kind, Class<C> commands, Class<E> events, Decider<C, S, E> decider, Store<S> store, Set<String> quotas) {

    Stored<S> initial(Address subject) {
        return new Stored<>(decider.initial(subject), 0);
    }
}
