package io.fjord.kernel;

import io.fjord.contract.Address;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Loads and saves the aggregates of one kind inside the caller's transaction, a batch at a time. */
public interface Store<S> {

    /** Those that exist; without locking them. */
    Future<Map<Address, Stored<S>>> loadAll(Tx tx, Collection<Address> subjects);

    /**
     * Writes in address order (the lock order), each row only if it still has {@code before.version()}; version 0 inserts.
     *
     * @return fails with {@link VersionConflict} if a row has moved
     */
    Future<Void> saveAll(Tx tx, List<Change<S>> changes);

    record Change<S>(Address subject, Stored<S> before, Stored<S> after) {}
}
