package io.fjord.core.cluster;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.core.cluster.ClusterSize;
import io.fjord.contract.core.cluster.ConfigValue;
import io.fjord.core.cluster.ClusterDecider.NamedCluster;
import io.fjord.kernel.Store.Change;
import io.fjord.kernel.Stored;
import io.fjord.platform.sql.SqlTx;
import io.fjord.platform.sql.Table;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Clusters as rows of {@code core.cluster}. */
final class ClusterTable implements Table<NamedCluster> {

    static final String KIND = "cluster";

    private final Vault vault;

    private static final class Config extends HashMap<String, ConfigValue> {
        private static final long serialVersionUID = 1L;
    }

    ClusterTable(Vault vault) {
        this.vault = vault;
    }

    @Override
    public String table() {
        return "core.cluster";
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public List<String> columns() {
        return List.of(
                "id",
                "size",
                "secret_ref",
                "idle_stop_seconds",
                "config",
                "owner",
                "created_micros",
                "generation",
                "state",
                "detail");
    }

    @Override
    public List<@Nullable Object> values(NamedCluster named) {
        Cluster cluster = named.cluster();
        return Arrays.asList(
                cluster.id(),
                cluster.size().name(),
                cluster.secretRef(),
                cluster.idleStopSeconds(),
                cluster.config().isEmpty() ? null : Json.text(new TreeMap<>(cluster.config())),
                cluster.owner(),
                Table.micros(cluster.createdAt()),
                cluster.generation(),
                cluster.lifecycle().label(),
                Json.text(cluster.lifecycle()));
    }

    @Override
    public NamedCluster read(Address address, Row row) {
        String config = row.getString("config");
        return new NamedCluster(
                address,
                new Cluster(
                        row.getString("id"),
                        ClusterSize.valueOf(row.getString("size")),
                        row.getString("secret_ref"),
                        row.getInteger("idle_stop_seconds"),
                        config == null ? Map.of() : Map.copyOf(Json.read(config, Config.class)),
                        row.getString("owner"),
                        Table.time(row.getLong("created_micros")),
                        row.getLong("generation"),
                        Json.read(row.getString("detail"), ClusterLifecycle.ofLabel(row.getString("state")))));
    }

    @Override
    public boolean exists(NamedCluster named) {
        return named.cluster().exists();
    }

    @Override
    public String existing() {
        return "state <> 'deleted'";
    }

    @Override
    public Future<Void> saveMore(SqlTx tx, Collection<Change<NamedCluster>> changes) {
        List<String> newSecrets = changes.stream()
                .filter(change -> !secretOf(change.before()).equals(secretOf(change.after())))
                .map(change -> secretOf(change.after()))
                .toList();
        return newSecrets.isEmpty() ? Future.succeededFuture() : vault.markReferenced(tx, newSecrets);
    }

    private static String secretOf(Stored<NamedCluster> stored) {
        return stored.state().cluster().secretRef();
    }
}
