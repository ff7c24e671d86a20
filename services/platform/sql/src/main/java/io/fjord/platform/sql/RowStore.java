package io.fjord.platform.sql;

import io.fjord.contract.Address;
import io.fjord.kernel.Store;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Thing;
import io.fjord.kernel.Tx;
import io.fjord.kernel.VersionConflict;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Things of one kind, a row for each. */
public final class RowStore<S extends Thing> implements Store<S> {

    private static final int MOST_AT_ONCE = 256;

    private final Table<S> table;
    private final String select;
    private final String into;
    private final String update;

    public RowStore(Table<S> table) {
        this.table = table;
        String columns = "domain, name, version, " + String.join(", ", table.columns());
        this.select = "SELECT " + columns + " FROM " + table.table();
        this.into = table.table() + " (" + columns + ")";
        this.update = "UPDATE " + table.table() + " SET version = ?, "
                + table.columns().stream().map(column -> column + " = ?").collect(Collectors.joining(", "))
                + " WHERE domain = ? AND name = ? AND version = ?";
    }

    Table<S> table() {
        return table;
    }

    @Override
    public Future<Map<Address, Stored<S>>> loadAll(Tx tx, Collection<Address> subjects) {
        List<Address> all = List.copyOf(subjects);
        List<Future<?>> sent = new ArrayList<>();
        List<Row> rows = new ArrayList<>();
        for (int from = 0; from < all.size(); from += MOST_AT_ONCE) {
            List<Address> some = all.subList(from, Math.min(all.size(), from + MOST_AT_ONCE));
            sent.add(load(SqlTx.of(tx), some).onSuccess(found -> found.forEach(rows::add)));
        }
        return sent.isEmpty()
                ? Future.succeededFuture(Map.of())
                : SqlTx.all(sent).compose(ok -> table.complete(tx, read(rows)));
    }

    private Future<? extends Iterable<Row>> load(SqlTx tx, List<Address> some) {
        // Padded with the last to a power of two, so that few different statements have to be prepared.
        int count = Integer.highestOneBit(some.size() * 2 - 1);
        Tuple values = Tuple.tuple();
        for (int i = 0; i < count; i++) {
            Address subject = some.get(Math.min(i, some.size() - 1));
            values.addValue(subject.domain()).addValue(subject.name());
        }
        return tx.query(
                select + " WHERE (domain, name) IN (" + String.join(", ", Collections.nCopies(count, "(?, ?)")) + ")",
                values);
    }

    /** Those after a name, at most so many. */
    Future<List<Stored<S>>> after(Tx tx, String domain, Where<S> where, String name, int size) {
        List<Object> values = new ArrayList<>(List.of(domain, name));
        values.addAll(where.values());
        values.add(size);
        return SqlTx.of(tx)
                .queryAmong(
                        select + " WHERE domain = ? AND name > ? AND " + table.existing() + where.sql()
                                + " ORDER BY name LIMIT ?",
                        values)
                .compose(rows -> {
                    Map<Address, Stored<S>> found = read(rows);
                    List<Address> inOrder = List.copyOf(found.keySet());
                    return table.complete(tx, found)
                            .map(all -> inOrder.stream().map(all::get).toList());
                });
    }

    private Map<Address, Stored<S>> read(Iterable<Row> rows) {
        Map<Address, Stored<S>> found = new LinkedHashMap<>();
        for (Row row : rows) {
            Address address = new Address(row.getString("domain"), table.kind(), row.getString("name"));
            found.put(address, new Stored<>(table.read(address, row), row.getLong("version")));
        }
        return found;
    }

    /** New rows with few statements, changed ones with one prepared statement, none waited for before the next is sent. */
    @Override
    public Future<Void> saveAll(Tx tx, List<Change<S>> changes) {
        SqlTx sql = SqlTx.of(tx);
        List<Change<S>> sorted =
                changes.stream().sorted(Comparator.comparing(Change::subject)).toList();
        List<Tuple> fresh = new ArrayList<>();
        List<Tuple> moved = new ArrayList<>();
        List<Change<S>> moves = new ArrayList<>();
        for (Change<S> change : sorted) {
            Address address = change.subject();
            List<@Nullable Object> own = table.values(change.after().state());
            if (change.before().version() == 0) {
                Tuple row = Tuple.of(
                        address.domain(), address.name(), change.after().version());
                own.forEach(row::addValue);
                fresh.add(row);
            } else {
                Tuple row = Tuple.of(change.after().version());
                own.forEach(row::addValue);
                moved.add(row.addValue(address.domain())
                        .addValue(address.name())
                        .addValue(change.before().version()));
                moves.add(change);
            }
        }
        List<Future<?>> sent = new ArrayList<>();
        if (!fresh.isEmpty()) {
            sent.add(sql.insert(into, fresh));
        }
        sent.add(sql.updates(update, moved).compose(counts -> unmoved(moves, counts)));
        sent.add(table.saveMore(sql, sorted));
        return SqlTx.all(sent);
    }

    private static <S> Future<Void> unmoved(List<Change<S>> moves, List<Integer> counts) {
        for (int i = 0; i < moves.size(); i++) {
            if (counts.get(i) != 1) {
                return Future.failedFuture(new VersionConflict(moves.get(i).subject() + " is no longer at version "
                        + moves.get(i).before().version()));
            }
        }
        return Future.succeededFuture();
    }
}
