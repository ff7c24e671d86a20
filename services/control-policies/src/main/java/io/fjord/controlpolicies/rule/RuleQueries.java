package io.fjord.controlpolicies.rule;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.History;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Metastore.At;
import io.fjord.kernel.Stored;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads of rules of one kind: now from the rows, then from the journal. */
public final class RuleQueries<S extends Rule> {

    private final Metastore metastore;
    private final RuleStore<S> store;
    private final History<S, ?> history;

    public RuleQueries(Metastore metastore, MessageTypes types, RuleStore<S> store, Aggregate<?, S, ?> aggregate) {
        this.metastore = metastore;
        this.store = store;
        this.history = new History<>(metastore, types, aggregate);
    }

    /** The rule if it exists, and the position that is true at. */
    public Future<At<Optional<Stored<S>>>> one(Address address) {
        return metastore.snapshot(tx -> store.loadAll(tx, List.of(address)).map(found -> existing(found.get(address))));
    }

    public Future<At<Optional<Stored<S>>>> oneAt(Address address, Position position) {
        return history.at(address, position).map(state -> new At<>(existing(state), position));
    }

    /**
     * The rules of a domain by name, as far as a page wants them.
     *
     * @param page reads pieces of the list until it is full: those after a name, at most so many
     */
    <P> Future<At<P>> page(
            String domain, Function<BiFunction<String, Integer, Future<List<Stored<S>>>>, Future<P>> page) {
        return metastore.snapshot(tx -> page.apply((after, size) -> SqlTx.of(tx)
                .query(
                        store.select() + " WHERE domain = ? AND name > ? AND there = 1 ORDER BY name LIMIT ?",
                        domain,
                        after,
                        size)
                .map(rows -> {
                    List<Stored<S>> found = new ArrayList<>();
                    rows.forEach(row -> found.add(store.read(row)));
                    return found;
                })));
    }

    /** As {@link #page}, of then. */
    <P> Future<At<P>> pageAt(
            String domain,
            Position position,
            Function<BiFunction<String, Integer, Future<List<Stored<S>>>>, Future<P>> page) {
        return history.allAt(position)
                .compose(all -> page.apply((after, size) -> Future.succeededFuture(all.values().stream()
                        .filter(stored -> stored.state().there())
                        .filter(stored -> stored.state().address().domain().equals(domain))
                        .filter(stored -> stored.state().address().name().compareTo(after) > 0)
                        .limit(size)
                        .toList())))
                .map(found -> new At<>(found, position));
    }

    private Optional<Stored<S>> existing(@Nullable Stored<S> stored) {
        return Optional.ofNullable(stored).filter(one -> one.state().there());
    }
}
