package io.fjord.platform.sql;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Candidates;
import io.fjord.kernel.History;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Metastore.At;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Thing;
import io.fjord.kernel.Things;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads of things of one kind: now from their rows, then from the journal. */
public final class Listing<S extends Thing> implements Things<S> {

    private final Metastore metastore;
    private final RowStore<S> store;
    private final History<S, ?> history;
    private final Where<S> where;

    public Listing(Metastore metastore, MessageTypes types, RowStore<S> store, Aggregate<?, S, ?> aggregate) {
        this(metastore, store, new History<>(metastore, types, aggregate), Where.all());
    }

    private Listing(Metastore metastore, RowStore<S> store, History<S, ?> history, Where<S> where) {
        this.metastore = metastore;
        this.store = store;
        this.history = history;
        this.where = where;
    }

    /** Only those, in lists; one that is asked for by its address is found all the same. */
    public Listing<S> where(Where<S> only) {
        return new Listing<>(metastore, store, history, only);
    }

    @Override
    public Listing<S> among(Candidates candidates) {
        return where(where.among(candidates));
    }

    @Override
    public String kind() {
        return store.table().kind();
    }

    public Future<At<Optional<Stored<S>>>> one(Address address) {
        return metastore.snapshot(tx -> store.loadAll(tx, List.of(address)).map(found -> existing(found.get(address))));
    }

    @Override
    public Future<At<Optional<Stored<S>>>> one(Address address, Optional<Position> asOf) {
        return asOf.isEmpty()
                ? one(address)
                : history.at(address, asOf.get()).map(state -> new At<>(existing(state), asOf.get()));
    }

    /** The first so many, now. */
    public Future<At<List<Stored<S>>>> first(String domain, int size) {
        return page(domain, Optional.empty(), pieces -> pieces.after("", size));
    }

    @Override
    public <P> Future<At<P>> page(String domain, Optional<Position> asOf, Function<Pieces<S>, Future<P>> wanted) {
        if (asOf.isEmpty()) {
            return metastore.snapshot(tx -> wanted.apply((after, size) -> store.after(tx, domain, where, after, size)));
        }
        return history.allAt(asOf.get())
                .compose(all -> {
                    List<Stored<S>> there = all.values().stream()
                            .filter(stored -> store.table().exists(stored.state()))
                            .filter(stored -> stored.state().address().domain().equals(domain))
                            .filter(stored -> where.test().test(stored.state()))
                            .toList();
                    return wanted.apply((after, size) -> Future.succeededFuture(there.stream()
                            .filter(stored -> stored.state().address().name().compareTo(after) > 0)
                            .limit(size)
                            .toList()));
                })
                .map(found -> new At<>(found, asOf.get()));
    }

    private Optional<Stored<S>> existing(@Nullable Stored<S> stored) {
        return Optional.ofNullable(stored).filter(one -> store.table().exists(one.state()));
    }
}
