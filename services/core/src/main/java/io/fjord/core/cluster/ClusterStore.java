package io.fjord.core.cluster;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.core.cluster.ClusterSize;
import io.fjord.core.cluster.ClusterDecider.NamedCluster;
import io.fjord.kernel.Store;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Tx;
import io.fjord.kernel.VersionConflict;
import io.fjord.platform.sql.SqlTx;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Clusters as rows of {@code core.cluster}. */
final class ClusterStore implements Store<NamedCluster> {

    private final Vault vault;

    ClusterStore(Vault vault) {
        this.vault = vault;
    }

    static final String KIND = "cluster";
    static final String COLUMNS =
            "domain, name, id, version, size, secret_ref, idle_stop_seconds, created_micros, generation, state, detail";

    private static final int MOST_AT_ONCE = 500;

    @Override
    public Future<Map<Address, Stored<NamedCluster>>> loadAll(Tx tx, Collection<Address> subjects) {
        Map<Address, Stored<NamedCluster>> found = new HashMap<>();
        Future<Void> loaded = Future.succeededFuture();
        List<Address> all = List.copyOf(subjects);
        for (int from = 0; from < all.size(); from += MOST_AT_ONCE) {
            List<Address> chunk = all.subList(from, Math.min(all.size(), from + MOST_AT_ONCE));
            loaded = loaded.compose(ok -> load(tx, chunk, found));
        }
        return loaded.map(found);
    }

    private static Future<Void> load(Tx tx, List<Address> chunk, Map<Address, Stored<NamedCluster>> found) {
        List<Object> values = new ArrayList<>();
        for (Address subject : chunk) {
            values.add(subject.domain());
            values.add(subject.name());
        }
        String pairs = String.join(", ", chunk.stream().map(a -> "(?, ?)").toList());
        return SqlTx.of(tx)
                .query(
                        "SELECT " + COLUMNS + " FROM core.cluster WHERE (domain, name) IN (" + pairs + ")",
                        values.toArray())
                .map(rows -> {
                    rows.forEach(row -> {
                        Stored<NamedCluster> stored = read(row);
                        found.put(stored.state().address(), stored);
                    });
                    return null;
                });
    }

    @Override
    public Future<Void> saveAll(Tx tx, List<Change<NamedCluster>> changes) {
        List<Future<Void>> all = new ArrayList<>();
        for (Change<NamedCluster> change : changes) {
            all.add(save(SqlTx.of(tx), change));
        }
        List<String> newSecrets = changes.stream()
                .filter(change -> !secretOf(change.before()).equals(secretOf(change.after())))
                .map(change -> secretOf(change.after()))
                .toList();
        // All are waited for, also after one failed: a statement must not run on in a transaction that is gone.
        return Future.join(all)
                .compose(saved -> newSecrets.isEmpty()
                        ? Future.succeededFuture()
                        : vault.markReferenced(SqlTx.of(tx), newSecrets));
    }

    private static String secretOf(Stored<NamedCluster> stored) {
        return stored.state().cluster().secretRef();
    }

    private static Future<Void> save(SqlTx tx, Change<NamedCluster> change) {
        Cluster cluster = change.after().state().cluster();
        Address address = change.subject();
        if (change.before().version() == 0) {
            return tx.query(
                            "INSERT INTO core.cluster (" + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                            address.domain(),
                            address.name(),
                            cluster.id(),
                            change.after().version(),
                            cluster.size().name(),
                            cluster.secretRef(),
                            cluster.idleStopSeconds(),
                            micros(cluster.createdAt()),
                            cluster.generation(),
                            cluster.lifecycle().label(),
                            Json.text(cluster.lifecycle()))
                    .mapEmpty();
        }
        return tx.query(
                        "UPDATE core.cluster SET version = ?, size = ?, secret_ref = ?, idle_stop_seconds = ?,"
                                + " created_micros = ?, generation = ?, state = ?, detail = ?"
                                + " WHERE domain = ? AND name = ? AND version = ?",
                        change.after().version(),
                        cluster.size().name(),
                        cluster.secretRef(),
                        cluster.idleStopSeconds(),
                        micros(cluster.createdAt()),
                        cluster.generation(),
                        cluster.lifecycle().label(),
                        Json.text(cluster.lifecycle()),
                        address.domain(),
                        address.name(),
                        change.before().version())
                .compose(rows -> rows.rowCount() == 1
                        ? Future.succeededFuture()
                        : Future.failedFuture(new VersionConflict(address + " is no longer at version "
                                + change.before().version())));
    }

    static Stored<NamedCluster> read(Row row) {
        Address address = new Address(row.getString("domain"), KIND, row.getString("name"));
        Cluster cluster = new Cluster(
                row.getString("id"),
                ClusterSize.valueOf(row.getString("size")),
                row.getString("secret_ref"),
                row.getInteger("idle_stop_seconds"),
                Instant.EPOCH.plus(row.getLong("created_micros"), ChronoUnit.MICROS),
                row.getLong("generation"),
                Json.read(row.getString("detail"), ClusterLifecycle.ofLabel(row.getString("state"))));
        return new Stored<>(new NamedCluster(address, cluster), row.getLong("version"));
    }

    private static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }
}
