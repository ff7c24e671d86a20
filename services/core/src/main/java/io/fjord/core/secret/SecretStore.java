package io.fjord.core.secret;

import io.fjord.contract.Address;
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

/** Secrets as rows of {@code core.secret}; a value that was replaced or deleted leaves the vault in the same transaction. */
final class SecretStore implements Store<Secret> {

    static final String KIND = "secret";
    static final String COLUMNS = "domain, name, id, version, secret_ref, description, created_micros, changed_micros";

    private static final int MOST_AT_ONCE = 500;

    private final Vault vault;

    SecretStore(Vault vault) {
        this.vault = vault;
    }

    @Override
    public Future<Map<Address, Stored<Secret>>> loadAll(Tx tx, Collection<Address> subjects) {
        Map<Address, Stored<Secret>> found = new HashMap<>();
        Future<Void> loaded = Future.succeededFuture();
        List<Address> all = List.copyOf(subjects);
        for (int from = 0; from < all.size(); from += MOST_AT_ONCE) {
            List<Address> chunk = all.subList(from, Math.min(all.size(), from + MOST_AT_ONCE));
            loaded = loaded.compose(ok -> load(tx, chunk, found));
        }
        return loaded.map(found);
    }

    private static Future<Void> load(Tx tx, List<Address> chunk, Map<Address, Stored<Secret>> found) {
        List<Object> values = new ArrayList<>();
        for (Address subject : chunk) {
            values.add(subject.domain());
            values.add(subject.name());
        }
        String pairs = String.join(", ", chunk.stream().map(a -> "(?, ?)").toList());
        return SqlTx.of(tx)
                .query(
                        "SELECT " + COLUMNS + " FROM core.secret WHERE (domain, name) IN (" + pairs + ")",
                        values.toArray())
                .map(rows -> {
                    rows.forEach(row -> {
                        Stored<Secret> stored = read(row);
                        found.put(stored.state().address(), stored);
                    });
                    return null;
                });
    }

    @Override
    public Future<Void> saveAll(Tx tx, List<Change<Secret>> changes) {
        SqlTx sql = SqlTx.of(tx);
        List<Future<Void>> all = new ArrayList<>();
        List<String> kept = new ArrayList<>();
        for (Change<Secret> change : changes) {
            all.add(save(sql, change));
            String before = change.before().state().secretRef();
            String after = change.after().state().secretRef();
            if (!before.equals(after)) {
                if (!before.isEmpty()) {
                    all.add(vault.remove(sql, before));
                }
                if (!after.isEmpty()) {
                    kept.add(after);
                }
            }
        }
        // All are waited for, also after one failed: a statement must not run on in a transaction that is gone.
        return Future.join(all)
                .compose(saved -> kept.isEmpty() ? Future.succeededFuture() : vault.markReferenced(sql, kept));
    }

    private static Future<Void> save(SqlTx tx, Change<Secret> change) {
        Secret secret = change.after().state();
        Address address = change.subject();
        if (change.before().version() == 0) {
            return tx.query(
                            "INSERT INTO core.secret (" + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                            address.domain(),
                            address.name(),
                            secret.id(),
                            change.after().version(),
                            secret.secretRef(),
                            secret.description(),
                            micros(secret.createdAt()),
                            micros(secret.changedAt()))
                    .mapEmpty();
        }
        return tx.query(
                        "UPDATE core.secret SET version = ?, secret_ref = ?, description = ?, created_micros = ?,"
                                + " changed_micros = ? WHERE domain = ? AND name = ? AND version = ?",
                        change.after().version(),
                        secret.secretRef(),
                        secret.description(),
                        micros(secret.createdAt()),
                        micros(secret.changedAt()),
                        address.domain(),
                        address.name(),
                        change.before().version())
                .compose(rows -> rows.rowCount() == 1
                        ? Future.succeededFuture()
                        : Future.failedFuture(new VersionConflict(address + " is no longer at version "
                                + change.before().version())));
    }

    static Stored<Secret> read(Row row) {
        return new Stored<>(
                new Secret(
                        new Address(row.getString("domain"), KIND, row.getString("name")),
                        row.getString("id"),
                        row.getString("secret_ref"),
                        row.getString("description"),
                        time(row.getLong("created_micros")),
                        time(row.getLong("changed_micros"))),
                row.getLong("version"));
    }

    private static Instant time(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    private static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }
}
