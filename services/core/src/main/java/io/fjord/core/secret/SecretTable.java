package io.fjord.core.secret;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.core.secret.SecretReference;
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
import org.jspecify.annotations.Nullable;

/** Secrets as rows of {@code core.secret}; a value that was replaced or deleted leaves the vault in the same transaction. */
final class SecretTable implements Table<Secret> {

    static final String KIND = "secret";

    private final Vault vault;

    SecretTable(Vault vault) {
        this.vault = vault;
    }

    @Override
    public String table() {
        return "core.secret";
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public List<String> columns() {
        return List.of("id", "secret_ref", "reference", "description", "created_micros", "changed_micros");
    }

    @Override
    public List<@Nullable Object> values(Secret secret) {
        return Arrays.asList(
                secret.id(),
                secret.secretRef(),
                secret.reference() == null ? null : Json.text(secret.reference()),
                secret.description(),
                Table.micros(secret.createdAt()),
                Table.micros(secret.changedAt()));
    }

    @Override
    public Secret read(Address address, Row row) {
        String reference = row.getString("reference");
        return new Secret(
                address,
                row.getString("id"),
                row.getString("secret_ref"),
                reference == null ? null : Json.read(reference, SecretReference.class),
                row.getString("description"),
                Table.time(row.getLong("created_micros")),
                Table.time(row.getLong("changed_micros")));
    }

    @Override
    public boolean exists(Secret secret) {
        return secret.exists();
    }

    @Override
    public String existing() {
        return "(secret_ref <> '' OR reference IS NOT NULL)";
    }

    @Override
    public Future<Void> saveMore(SqlTx tx, Collection<Change<Secret>> changes) {
        List<Future<Void>> sent = new ArrayList<>();
        List<String> kept = new ArrayList<>();
        for (Change<Secret> change : changes) {
            String before = change.before().state().secretRef();
            String after = change.after().state().secretRef();
            if (!before.equals(after)) {
                if (!before.isEmpty()) {
                    sent.add(vault.remove(tx, before));
                }
                if (!after.isEmpty()) {
                    kept.add(after);
                }
            }
        }
        if (!kept.isEmpty()) {
            sent.add(vault.markReferenced(tx, kept));
        }
        return Future.join(sent).mapEmpty();
    }
}
