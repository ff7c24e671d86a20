package io.fjord.platform.sql;

import io.fjord.kernel.Tx;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One open transaction on PostgreSQL, MariaDB or MySQL.
 *
 * <p>SQL is written once for all, with {@code ?} for values and tables as {@code <service>.<table>}. Do not wait for one
 * statement before the next is sent where it does not depend on it: PostgreSQL takes them in one round trip, in order.
 */
public final class SqlTx implements Tx {

    /** Both protocols carry at most 65,535 values in a statement. */
    private static final int MOST_VALUES = 16_000;

    /** MariaDB takes packets of 16 MiB unless told otherwise; a character may need four bytes. */
    private static final int MOST_CHARACTERS = 2_000_000;

    private static final int MOST_ROWS = 256;

    /** Of rows that go as one array for each column. */
    private static final int MOST_IN_ARRAYS = 4_096;

    private static final int FEWEST_IN_ARRAYS = 4;

    /** Where many keys belong. */
    private static final Pattern AMONG = Pattern.compile("(?i) in \\(\\?\\?\\)");

    /** The same on PostgreSQL: one statement for any number of them, and one value. */
    private static final String ANY_OF = " = any(?::text[])";

    private final Dialect dialect;
    private final SqlText text;
    private final Connections.Lent connection;

    /** The rows of {@code quota} that this transaction has locked, as domain/resource; and that it looked: see SqlMetastore. */
    final Set<String> lockedQuotaRows = new HashSet<>();

    final Set<String> lockedQuotaDomains = new HashSet<>();

    boolean appended;

    private volatile @Nullable Throwable broken;

    /** Its connection may serve another by now. */
    volatile boolean over;

    SqlTx(Dialect dialect, SqlText text, Connections.Lent connection) {
        this.dialect = dialect;
        this.text = text;
        this.connection = connection;
    }

    /** @throws ClassCastException if the transaction is not of a SQL metastore */
    public static SqlTx of(Tx tx) {
        return (SqlTx) tx;
    }

    public Dialect dialect() {
        return dialect;
    }

    public Future<RowSet<Row>> query(String sql, @Nullable Object... values) {
        return run(sql, tuple(values));
    }

    public Future<RowSet<Row>> query(String sql, Tuple values) {
        return run(sql, plain(values));
    }

    /** Runs the statement once for each tuple, in order; the result sets are chained ({@link RowSet#next()}). */
    public Future<RowSet<Row>> batch(String sql, List<Tuple> all) {
        if (all.isEmpty()) {
            return Future.failedFuture(new IllegalArgumentException("A batch without values"));
        }
        return over
                ? isOver()
                : watched(connection.ask(one -> one.preparedQuery(text.of(sql))
                        .executeBatch(all.stream().map(SqlTx::plain).toList())));
    }

    /** Runs an UPDATE or DELETE once for each tuple; how many rows each matched, in order. */
    public Future<List<Integer>> updates(String sql, List<Tuple> all) {
        if (all.isEmpty()) {
            return Future.succeededFuture(List.of());
        }
        return batch(sql, all).map(first -> {
            List<Integer> counts = new ArrayList<>(all.size());
            for (RowSet<Row> one = first; one != null; one = one.next()) {
                counts.add(one.rowCount());
            }
            return counts;
        });
    }

    /**
     * Inserts many rows with few statements.
     *
     * @param into {@code core.cluster (domain, name, state)}
     */
    public Future<Void> insert(String into, List<Tuple> rows) {
        return insert(into, rows, "");
    }

    /**
     * Inserts many rows; a row whose key is there already gets the other columns' new values.
     *
     * @param table {@code core.cluster}
     * @param keys the columns of its primary key
     * @param others the other columns
     * @param rows values of keys, then others; no key twice
     */
    public Future<Void> upsert(String table, List<String> keys, List<String> others, List<Tuple> rows) {
        return insert(into(table, keys, others), rows, ifThere(keys, others));
    }

    /** Inserts those rows whose key is not there yet, as {@link #upsert}. */
    public Future<Void> insertIfAbsent(String table, List<String> keys, List<String> others, List<Tuple> rows) {
        return insert(into(table, keys, others), rows, ifThere(keys, List.of()));
    }

    private static String into(String table, List<String> keys, List<String> others) {
        return table + " (" + String.join(", ", keys) + (others.isEmpty() ? "" : ", " + String.join(", ", others))
                + ")";
    }

    private String ifThere(List<String> keys, List<String> changed) {
        if (dialect == Dialect.POSTGRES) {
            return " on conflict (" + String.join(", ", keys) + ") do "
                    + (changed.isEmpty()
                            ? "nothing"
                            : changed.stream()
                                    .map(column -> column + " = excluded." + column)
                                    .collect(Collectors.joining(", ", "update set ", "")));
        }
        return " on duplicate key update "
                + (changed.isEmpty()
                        ? keys.get(0) + " = " + keys.get(0)
                        : changed.stream()
                                .map(column -> column + " = values(" + column + ")")
                                .collect(Collectors.joining(", ")));
    }

    private Future<Void> insert(String into, List<Tuple> rows, String otherwise) {
        List<Future<RowSet<Row>>> sent = new ArrayList<>();
        int from = 0;
        while (from < rows.size()) {
            int width = rows.get(from).size();
            if (dialect == Dialect.POSTGRES && rows.size() - from >= FEWEST_IN_ARRAYS) {
                int many = fitting(rows, from, MOST_IN_ARRAYS);
                Optional<ColumnArrays> columns = ColumnArrays.of(rows.subList(from, from + many), width);
                if (columns.isPresent()) {
                    sent.add(query(
                            "insert into " + into + " " + columns.get().select() + otherwise,
                            columns.get().arrays()));
                    from += many;
                    continue;
                }
            }
            // A power of two, so that few different statements have to be prepared.
            int count =
                    Integer.highestOneBit(fitting(rows, from, Math.min(MOST_ROWS, Math.max(1, MOST_VALUES / width))));
            String row = "(" + String.join(", ", Collections.nCopies(width, "?")) + ")";
            Tuple values = Tuple.tuple();
            for (Tuple one : rows.subList(from, from + count)) {
                for (int i = 0; i < width; i++) {
                    values.addValue(value(one.getValue(i)));
                }
            }
            sent.add(query(
                    "insert into " + into + " values " + String.join(", ", Collections.nCopies(count, row)) + otherwise,
                    values));
            from += count;
        }
        return all(sent);
    }

    /** How many rows from there go into one statement. */
    private static int fitting(List<Tuple> rows, int from, int limit) {
        int most = Math.min(rows.size() - from, limit);
        int count = 0;
        for (long characters = 0; count < most && characters < MOST_CHARACTERS; count++) {
            characters += length(rows.get(from + count));
        }
        return count;
    }

    private static long length(Tuple row) {
        long length = 0;
        for (int i = 0; i < row.size(); i++) {
            Object value = row.getValue(i);
            length += value instanceof CharSequence text
                    ? text.length()
                    : value instanceof byte[] bytes
                            ? bytes.length
                            : value instanceof Buffer buffer ? buffer.length() : 8;
        }
        return length;
    }

    /**
     * Reads the rows of many keys with few statements.
     *
     * @param sql with {@code in (??)} where the keys belong, as its last values; {@code ??} stands for all of them
     * @param keys in any number; none: no rows
     * @param before values of the {@code ?} before the keys
     */
    public Future<List<Row>> queryIn(String sql, Collection<?> keys, @Nullable Object... before) {
        List<Object> sorted = new ArrayList<>(new TreeSet<>(keys));
        if (dialect == Dialect.POSTGRES
                && sorted.size() >= FEWEST_IN_ARRAYS
                && sorted.stream().allMatch(String.class::isInstance)) {
            Tuple values = tuple(before).addValue(sorted.toArray(String[]::new));
            return query(AMONG.matcher(sql).replaceAll(ANY_OF), values).map(found -> {
                List<Row> rows = new ArrayList<>();
                found.forEach(rows::add);
                return rows;
            });
        }
        List<Future<RowSet<Row>>> sent = new ArrayList<>();
        for (int from = 0; from < sorted.size(); from += MOST_ROWS) {
            List<Object> some = padded(sorted.subList(from, Math.min(sorted.size(), from + MOST_ROWS)));
            Tuple values = tuple(before);
            some.forEach(key -> values.addValue(value(key)));
            sent.add(query(expanded(sql, some.size()), values));
        }
        return all(sent).map(done -> {
            List<Row> rows = new ArrayList<>();
            for (Future<RowSet<Row>> one : sent) {
                one.result().forEach(rows::add);
            }
            return rows;
        });
    }

    /**
     * Reads with one statement: as {@link #queryIn}, where there is more behind the keys.
     *
     * @param values of the {@code ?}; one that is a list of texts is those of {@code in (??)}
     */
    Future<RowSet<Row>> queryAmong(String sql, List<?> values) {
        String text = sql;
        Tuple all = Tuple.tuple();
        for (Object value : values) {
            if (!(value instanceof List<?> keys)) {
                all.addValue(value(value));
            } else if (dialect == Dialect.POSTGRES) {
                text = AMONG.matcher(text).replaceAll(ANY_OF);
                all.addValue(keys.toArray(String[]::new));
            } else {
                List<Object> some = padded(keys);
                text = expanded(text, some.size());
                some.forEach(all::addValue);
            }
        }
        return query(text, all);
    }

    private static String expanded(String sql, int keys) {
        return sql.replace("??", String.join(", ", Collections.nCopies(keys, "?")));
    }

    /** With the last again and again, up to a power of two: few different statements have to be prepared. */
    private static List<Object> padded(List<?> keys) {
        List<Object> all = new ArrayList<>(keys);
        int count = Integer.highestOneBit(Math.max(1, keys.size() * 2 - 1));
        all.addAll(Collections.nCopies(count - keys.size(), keys.get(keys.size() - 1)));
        return all;
    }

    /** Whether a row was not written because its key (or another unique value) is taken. */
    public static boolean isDuplicate(Throwable failure) {
        return SqlFailures.isDuplicate(failure);
    }

    /** Waits for all of them, also after one has failed, so that no statement of a transaction runs on unseen. */
    static Future<Void> all(List<? extends Future<?>> sent) {
        return sent.size() == 1 ? sent.get(0).mapEmpty() : Future.join(sent).mapEmpty();
    }

    private Future<RowSet<Row>> run(String sql, Tuple values) {
        return over
                ? isOver()
                : watched(connection.ask(one -> one.preparedQuery(text.of(sql)).execute(values)));
    }

    /** BEGIN, COMMIT, ROLLBACK. */
    Future<RowSet<Row>> control(String sql) {
        return connection.ask(one -> one.query(sql).execute());
    }

    private static Future<RowSet<Row>> isOver() {
        return Future.failedFuture(new IllegalStateException("The transaction is over"));
    }

    private Future<RowSet<Row>> watched(Future<RowSet<Row>> sent) {
        return sent.onFailure(failure -> {
            if (broken == null) {
                broken = failure;
            }
        });
    }

    /** The first failure of a statement. */
    @Nullable
    Throwable broken() {
        return broken;
    }

    static Tuple tuple(@Nullable Object... values) {
        Tuple tuple = Tuple.tuple();
        for (Object value : values) {
            tuple.addValue(value(value));
        }
        return tuple;
    }

    private static Tuple plain(Tuple values) {
        for (int i = 0; i < values.size(); i++) {
            if (values.getValue(i) instanceof byte[]) {
                Tuple plain = Tuple.tuple();
                for (int j = 0; j < values.size(); j++) {
                    plain.addValue(value(values.getValue(j)));
                }
                return plain;
            }
        }
        return values;
    }

    /** The MySQL client would write an array's toString(). */
    static @Nullable Object value(@Nullable Object value) {
        return value instanceof byte[] bytes ? Buffer.buffer(bytes) : value;
    }
}
