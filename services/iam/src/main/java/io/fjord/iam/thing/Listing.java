package io.fjord.iam.thing;

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
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads of things of one kind: now from their rows, then from the journal. */
public final class Listing<S extends Thing> {

    private final Metastore metastore;
    private final RowStore<S> store;
    private final Table<S> table;
    private final History<S, ?> history;

    public Listing(Metastore metastore, MessageTypes types, RowStore<S> store, Aggregate<?, S, ?> aggregate) {
        this.metastore = metastore;
        this.store = store;
        this.table = store.table();
        this.history = new History<>(metastore, types, aggregate);
    }

    /** The thing if it exists, and the position that is true at. */
    public Future<At<Optional<Stored<S>>>> one(Address address) {
        return metastore.snapshot(tx -> store.loadAll(tx, List.of(address)).map(found -> existing(found.get(address))));
    }

    public Future<At<Optional<Stored<S>>>> oneAt(Address address, Position position) {
        return history.at(address, position).map(state -> new At<>(existing(state), position));
    }

    /** @param after names after this one */
    public Future<At<List<Stored<S>>>> page(String domain, Where<S> where, String after, int size) {
        List<Object> values = new ArrayList<>(List.of(domain, after));
        values.addAll(where.values());
        values.add(size);
        String sql = store.select() + " WHERE domain = ? AND name > ? AND " + table.existing() + where.sql()
                + " ORDER BY name LIMIT ?";
        return metastore.snapshot(
                tx -> SqlTx.of(tx).query(sql, values.toArray()).compose(rows -> store.complete(tx, rows)));
    }

    public Future<At<List<Stored<S>>>> pageAt(
            String domain, Where<S> where, String after, int size, Position position) {
        return history.allAt(position)
                .map(all -> new At<>(
                        all.entrySet().stream()
                                .filter(entry -> entry.getKey().domain().equals(domain))
                                .filter(entry -> entry.getKey().name().compareTo(after) > 0)
                                .map(Map.Entry::getValue)
                                .filter(stored -> table.exists(stored.state()))
                                .filter(stored -> where.test().test(stored.state()))
                                .limit(size)
                                .toList(),
                        position));
    }

    private Optional<Stored<S>> existing(@Nullable Stored<S> stored) {
        return Optional.ofNullable(stored).filter(one -> table.exists(one.state()));
    }
}
