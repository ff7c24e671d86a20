package io.fjord.kernel;

import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.kernel.Metastore.At;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Reads of the things of one kind that exist: now, or as of then. */
public interface Things<S extends Thing> {

    /**
     * @param asOf empty for now
     * @return the thing if it exists, and the position that is true at
     */
    Future<At<Optional<Stored<S>>>> one(Address address, Optional<Position> asOf);

    /**
     * Those of a domain by name, as far as is wanted; all of it is true at one position.
     *
     * @param asOf empty for now
     * @param wanted reads pieces until it has enough
     */
    <P> Future<At<P>> page(String domain, Optional<Position> asOf, Function<Pieces<S>, Future<P>> wanted);

    /** Only those whose names are among these, in lists. */
    Things<S> among(Candidates candidates);

    /** The middle of their addresses. */
    String kind();

    /** A list, read piece by piece. */
    @FunctionalInterface
    interface Pieces<S> {

        /** Those after a name, at most so many. */
        Future<List<Stored<S>>> after(String name, int size);
    }
}
