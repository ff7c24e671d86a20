package io.fjord.core.cluster;

import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.core.cluster.ClusterDecider.NamedCluster;
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

/** Reads of clusters: now from the rows, then from the journal. */
final class ClusterQueries {

    private final Metastore metastore;
    private final ClusterStore store;
    private final History<NamedCluster, ?> history;

    ClusterQueries(Metastore metastore, ClusterStore store, History<NamedCluster, ?> history) {
        this.metastore = metastore;
        this.store = store;
        this.history = history;
    }

    /** The cluster if it exists, and the position that is true at. */
    Future<At<Optional<Stored<NamedCluster>>>> one(Address address) {
        return metastore.snapshot(tx -> store.loadAll(tx, List.of(address)).map(found -> existing(found.get(address))));
    }

    Future<At<Optional<Stored<NamedCluster>>>> oneAt(Address address, Position position) {
        return history.at(address, position).map(state -> new At<>(existing(state), position));
    }

    /**
     * @param state only those in it, or null for all
     * @param page reads pieces of the list until it is full: those after a name, at most so many
     */
    <P> Future<At<P>> page(
            String domain,
            @Nullable String state,
            Function<BiFunction<String, Integer, Future<List<Stored<NamedCluster>>>>, Future<P>> page) {
        String sql = "SELECT " + ClusterStore.COLUMNS + " FROM core.cluster WHERE domain = ? AND name > ?"
                + (state == null ? " AND state <> 'deleted'" : " AND state = ?") + " ORDER BY name LIMIT ?";
        return metastore.snapshot(tx -> page.apply((after, size) -> {
            List<Object> values = new ArrayList<>(List.of(domain, after));
            if (state != null) {
                values.add(state);
            }
            values.add(size);
            return SqlTx.of(tx).query(sql, values.toArray()).map(rows -> {
                List<Stored<NamedCluster>> found = new ArrayList<>();
                rows.forEach(row -> found.add(ClusterStore.read(row)));
                return found;
            });
        }));
    }

    /** As {@link #page}, of then. */
    <P> Future<At<P>> pageAt(
            String domain,
            @Nullable String state,
            Position position,
            Function<BiFunction<String, Integer, Future<List<Stored<NamedCluster>>>>, Future<P>> page) {
        return history.allAt(position)
                .compose(all -> page.apply((after, size) -> Future.succeededFuture(all.values().stream()
                        .filter(stored -> stored.state().cluster().exists())
                        .filter(stored -> stored.state().address().domain().equals(domain))
                        .filter(stored -> stored.state().address().name().compareTo(after) > 0)
                        .filter(stored -> state == null
                                || stored.state().cluster().lifecycle().label().equals(state))
                        .limit(size)
                        .toList())))
                .map(found -> new At<>(found, position));
    }

    private static Optional<Stored<NamedCluster>> existing(@Nullable Stored<NamedCluster> stored) {
        return Optional.ofNullable(stored).filter(s -> s.state().cluster().exists());
    }
}
