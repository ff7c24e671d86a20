package io.fjord.controlpolicies.rule;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.kernel.Store;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Tx;
import io.fjord.kernel.VersionConflict;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Rules of one kind as rows, each with its state as JSON. */
public final class RuleStore<S extends Rule> implements Store<S> {

    private static final int MOST_AT_ONCE = 500;

    private final String table;
    private final Class<S> state;

    /** @param kind also the name of the table */
    public RuleStore(String kind, Class<S> state) {
        this.table = "control_policies." + kind;
        this.state = state;
    }

    String select() {
        return "SELECT version, detail FROM " + table;
    }

    Stored<S> read(Row row) {
        return new Stored<>(Json.read(row.getString("detail"), state), row.getLong("version"));
    }

    @Override
    public Future<Map<Address, Stored<S>>> loadAll(Tx tx, Collection<Address> subjects) {
        Map<Address, Stored<S>> found = new HashMap<>();
        Future<Void> loaded = Future.succeededFuture();
        List<Address> all = List.copyOf(subjects);
        for (int from = 0; from < all.size(); from += MOST_AT_ONCE) {
            List<Address> chunk = all.subList(from, Math.min(all.size(), from + MOST_AT_ONCE));
            loaded = loaded.compose(ok -> load(tx, chunk, found));
        }
        return loaded.map(found);
    }

    private Future<Void> load(Tx tx, List<Address> chunk, Map<Address, Stored<S>> found) {
        List<Object> values = new ArrayList<>();
        for (Address subject : chunk) {
            values.add(subject.domain());
            values.add(subject.name());
        }
        String pairs = String.join(", ", chunk.stream().map(address -> "(?, ?)").toList());
        return SqlTx.of(tx)
                .query(select() + " WHERE (domain, name) IN (" + pairs + ")", values.toArray())
                .map(rows -> {
                    rows.forEach(row -> {
                        Stored<S> stored = read(row);
                        found.put(stored.state().address(), stored);
                    });
                    return null;
                });
    }

    @Override
    public Future<Void> saveAll(Tx tx, List<Change<S>> changes) {
        List<Future<Void>> all = new ArrayList<>();
        for (Change<S> change : changes) {
            all.add(save(SqlTx.of(tx), change));
        }
        // All are waited for, also after one failed: a statement must not run on in a transaction that is gone.
        return Future.join(all).mapEmpty();
    }

    private Future<Void> save(SqlTx tx, Change<S> change) {
        Address address = change.subject();
        S after = change.after().state();
        if (change.before().version() == 0) {
            return tx.query(
                            "INSERT INTO " + table + " (domain, name, version, there, detail) VALUES (?, ?, ?, ?, ?)",
                            address.domain(),
                            address.name(),
                            change.after().version(),
                            after.there() ? 1 : 0,
                            Json.text(after))
                    .mapEmpty();
        }
        return tx.query(
                        "UPDATE " + table + " SET version = ?, there = ?, detail = ?"
                                + " WHERE domain = ? AND name = ? AND version = ?",
                        change.after().version(),
                        after.there() ? 1 : 0,
                        Json.text(after),
                        address.domain(),
                        address.name(),
                        change.before().version())
                .compose(rows -> rows.rowCount() == 1
                        ? Future.succeededFuture()
                        : Future.failedFuture(new VersionConflict(address + " is no longer at version "
                                + change.before().version())));
    }
}
