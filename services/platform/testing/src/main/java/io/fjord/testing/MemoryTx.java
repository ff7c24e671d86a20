package io.fjord.testing;

import io.fjord.contract.EventEnvelope;
import io.fjord.kernel.Tx;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One open transaction of a {@link MemoryMetastore}: sees what is committed and what it wrote itself, and holds the rows it
 * has written or locked until it ends. Its statements run one after another, as on a connection.
 */
public final class MemoryTx implements Tx {

    final MemoryMetastore metastore;

    /** What a snapshot sees; null: READ COMMITTED. */
    final @Nullable Map<String, TreeMap<String, Object>> frozen;

    /** Empty: deleted. */
    final Map<String, Map<String, Optional<Object>>> written = new HashMap<>();

    final List<EventEnvelope<String>> events = new ArrayList<>();
    final Set<String> held = new HashSet<>();
    final Set<String> lockedQuotaDomains = new HashSet<>();

    /** The lock it stands in line for. */
    @Nullable
    String awaited;

    boolean over;
    private @Nullable Throwable broken;
    private Future<?> last = Future.succeededFuture();

    MemoryTx(MemoryMetastore metastore, @Nullable Map<String, TreeMap<String, Object>> frozen) {
        this.metastore = metastore;
        this.frozen = frozen;
    }

    /** @throws ClassCastException if the transaction is not of a metastore in memory */
    public static MemoryTx of(Tx tx) {
        return (MemoryTx) tx;
    }

    /** A row of a table of one's own. */
    public Future<Optional<Object>> get(String table, String key) {
        return statement(() -> Future.succeededFuture(Optional.ofNullable(read(table, key))));
    }

    /** All rows of a table, by key. */
    public Future<Map<String, Object>> rows(String table) {
        return statement(() -> Future.succeededFuture(all(table)));
    }

    /** Waits for the row, as SELECT … FOR UPDATE; it need not exist. */
    public Future<Optional<Object>> lock(String table, String key) {
        return statement(() -> locked(table, key).map(held -> Optional.ofNullable(read(table, key))));
    }

    /** Writes a row; null deletes it. Waits for whoever holds it. */
    public Future<Void> put(String table, String key, @Nullable Object value) {
        return statement(() -> locked(table, key).onSuccess(held -> write(table, key, value)));
    }

    // What follows runs in the metastore's steps only.

    <T> Future<T> statement(Supplier<Future<T>> body) {
        synchronized (this) {
            Future<T> mine = last.transform(before -> metastore.step(MemoryMetastore.Step.STATEMENT, () -> {
                if (over) {
                    return Future.failedFuture(
                            broken != null ? broken : new IllegalStateException("The transaction is over"));
                }
                return body.get();
            }));
            last = mine.onFailure(this::breaks);
            return mine;
        }
    }

    /** When everything it was asked is done. */
    synchronized Future<?> settled() {
        return last;
    }

    synchronized void breaks(Throwable failure) {
        if (broken == null) {
            broken = failure;
        }
    }

    synchronized @Nullable Throwable broken() {
        return broken;
    }

    Future<Void> locked(String table, String key) {
        return frozen != null
                ? Future.failedFuture(new IllegalStateException("A snapshot locks and writes nothing"))
                : metastore.lock(this, table + "\n" + key);
    }

    /** In the order of the keys. */
    Future<Void> locked(String table, Collection<String> keys) {
        Deque<String> sorted = new ArrayDeque<>(new TreeSet<>(keys));
        return lockedNext(table, sorted);
    }

    private Future<Void> lockedNext(String table, Deque<String> keys) {
        String key = keys.poll();
        return key == null ? Future.succeededFuture() : locked(table, key).compose(held -> lockedNext(table, keys));
    }

    @Nullable
    Object read(String table, String key) {
        Optional<Object> mine = written.getOrDefault(table, Map.of()).get(key);
        return mine != null
                ? mine.orElse(null)
                : seen().getOrDefault(table, new TreeMap<>()).get(key);
    }

    Map<String, Object> all(String table) {
        Map<String, Object> rows = new TreeMap<>(seen().getOrDefault(table, new TreeMap<>()));
        written.getOrDefault(table, Map.of())
                .forEach((key, value) -> value.ifPresentOrElse(row -> rows.put(key, row), () -> rows.remove(key)));
        return rows;
    }

    private Map<String, TreeMap<String, Object>> seen() {
        return frozen != null ? frozen : metastore.tables();
    }

    void write(String table, String key, @Nullable Object value) {
        written.computeIfAbsent(table, one -> new HashMap<>()).put(key, Optional.ofNullable(value));
    }
}
