package io.fjord.iam.identitysource;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.iam.identitysource.IdentitySourceEvent.IdentitySourceSynced;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings;
import io.fjord.kernel.Store.Change;
import io.fjord.platform.sql.SqlTx;
import io.fjord.platform.sql.Table;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Identity sources as rows of {@code iam.identity_source}; a password that was replaced leaves the vault in the same transaction.
 */
final class IdentitySourceTable implements Table<IdentitySource> {

    static final String KIND = "identity-source";

    private final Vault vault;

    IdentitySourceTable(Vault vault) {
        this.vault = vault;
    }

    @Override
    public String table() {
        return "iam.identity_source";
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public List<String> columns() {
        return List.of(
                "id",
                "state",
                "generation",
                "settings",
                "secret_ref",
                "reported",
                "failure",
                "wished",
                "synced",
                "created_micros");
    }

    @Override
    public List<@Nullable Object> values(IdentitySource source) {
        return Arrays.asList(
                source.id(),
                source.exists() ? "active" : "deleted",
                source.generation(),
                Json.text(source.settings()),
                source.secretRef(),
                source.reported(),
                source.failure(),
                source.wished(),
                source.synced() == null ? null : Json.text(source.synced()),
                Table.micros(source.createdAt()));
    }

    @Override
    public IdentitySource read(Address address, Row row) {
        String synced = row.getString("synced");
        return new IdentitySource(
                address,
                row.getString("id"),
                row.getString("state").equals("active"),
                row.getLong("generation"),
                Json.read(row.getString("settings"), IdentitySourceSettings.class),
                row.getString("secret_ref"),
                row.getLong("reported"),
                row.getString("failure"),
                row.getLong("wished"),
                synced == null ? null : Json.read(synced, IdentitySourceSynced.class),
                Table.time(row.getLong("created_micros")));
    }

    @Override
    public boolean exists(IdentitySource source) {
        return source.exists();
    }

    @Override
    public String existing() {
        return "state = 'active'";
    }

    @Override
    public Future<Void> saveMore(SqlTx tx, Collection<Change<IdentitySource>> changes) {
        List<Future<Void>> gone = new ArrayList<>();
        List<String> kept = new ArrayList<>();
        for (Change<IdentitySource> change : changes) {
            String before = change.before().state().secretRef();
            String after = change.after().state().secretRef();
            if (!Objects.equals(before, after)) {
                if (before != null) {
                    gone.add(vault.remove(tx, before));
                }
                if (after != null) {
                    kept.add(after);
                }
            }
        }
        // All are waited for, also after one failed: a statement must not run on in a transaction that is gone.
        return Future.join(gone)
                .compose(ok -> kept.isEmpty() ? Future.succeededFuture() : vault.markReferenced(tx, kept));
    }
}
