package io.fjord.iam.thing;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Things of one kind, a row for each. */
public final class RowStore<S extends Thing> implements Store<S> {

    private static final int MOST_AT_ONCE = 500;

    private final Table<S> table;
    private final String select;
    private final String insert;
    private final String update;

    public RowStore(Table<S> table) {
        this.table = table;
        String columns = String.join(", ", table.columns());
        this.select = "SELECT domain, name, version, " + columns + " FROM " + table.table();
        this.insert = "INSERT INTO " + table.table() + " (domain, name, version, " + columns + ") VALUES (?, ?, ?"
                + ", ?".repeat(table.columns().size()) + ")";
        this.update = "UPDATE " + table.table() + " SET version = ?, "
                + table.columns().stream().map(column -> column + " = ?").collect(Collectors.joining(", "))
                + " WHERE domain = ? AND name = ? AND version = ?";
    }

    Table<S> table() {
        return table;
    }

    String select() {
        return select;
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
        return loaded.compose(ok -> table.complete(tx, found));
    }

    private Future<Void> load(Tx tx, List<Address> chunk, Map<Address, Stored<S>> found) {
        List<Object> values = new ArrayList<>();
        for (Address subject : chunk) {
            values.add(subject.domain());
            values.add(subject.name());
        }
        String pairs = chunk.stream().map(address -> "(?, ?)").collect(Collectors.joining(", "));
        return SqlTx.of(tx)
                .query(select + " WHERE (domain, name) IN (" + pairs + ")", values.toArray())
                .map(rows -> {
                    rows.forEach(row -> found.put(address(row), read(row)));
                    return null;
                });
    }

    /** Those rows, complete and in their order. */
    Future<List<Stored<S>>> complete(Tx tx, Iterable<Row> rows) {
        Map<Address, Stored<S>> found = new LinkedHashMap<>();
        rows.forEach(row -> found.put(address(row), read(row)));
        return table.complete(tx, found)
                .map(all -> found.keySet().stream().map(all::get).toList());
    }

    private Address address(Row row) {
        return new Address(row.getString("domain"), table.kind(), row.getString("name"));
    }

    private Stored<S> read(Row row) {
        return new Stored<>(table.read(address(row), row), row.getLong("version"));
    }

    @Override
    public Future<Void> saveAll(Tx tx, List<Change<S>> changes) {
        SqlTx sql = SqlTx.of(tx);
        List<Future<Void>> all = new ArrayList<>();
        for (Change<S> change : changes) {
            all.add(save(sql, change));
        }
        all.add(table.saveMore(sql, changes));
        // All are waited for, also after one failed: a statement must not run on in a transaction that is gone.
        return Future.join(all).mapEmpty();
    }

    private Future<Void> save(SqlTx tx, Change<S> change) {
        Address address = change.subject();
        List<@Nullable Object> own = table.values(change.after().state());
        List<@Nullable Object> values = new ArrayList<>();
        if (change.before().version() == 0) {
            values.add(address.domain());
            values.add(address.name());
            values.add(change.after().version());
            values.addAll(own);
            return tx.query(insert, values.toArray()).mapEmpty();
        }
        values.add(change.after().version());
        values.addAll(own);
        values.add(address.domain());
        values.add(address.name());
        values.add(change.before().version());
        return tx.query(update, values.toArray())
                .compose(rows -> rows.rowCount() == 1
                        ? Future.succeededFuture()
                        : Future.failedFuture(new VersionConflict(address + " is no longer at version "
                                + change.before().version())));
    }
}
