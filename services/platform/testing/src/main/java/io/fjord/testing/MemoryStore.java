package io.fjord.testing;

import io.fjord.contract.Address;
import io.fjord.kernel.Store;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Tx;
import io.fjord.kernel.VersionConflict;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Aggregates of one kind in a {@link MemoryMetastore}, in the table that has the kind's name. */
public final class MemoryStore<S> implements Store<S> {

    private final String kind;

    public MemoryStore(String kind) {
        this.kind = kind;
    }

    @Override
    @SuppressWarnings("unchecked")
    public Future<Map<Address, Stored<S>>> loadAll(Tx tx, Collection<Address> subjects) {
        MemoryTx mine = MemoryTx.of(tx);
        return mine.statement(() -> {
            Map<Address, Stored<S>> found = new HashMap<>();
            for (Address subject : subjects) {
                if (mine.read(kind, subject.toString()) instanceof Stored<?> row) {
                    found.put(subject, (Stored<S>) row);
                }
            }
            return Future.succeededFuture(found);
        });
    }

    @Override
    public Future<Void> saveAll(Tx tx, List<Change<S>> changes) {
        MemoryTx mine = MemoryTx.of(tx);
        List<Change<S>> sorted =
                changes.stream().sorted(Comparator.comparing(Change::subject)).toList();
        return mine.statement(() -> mine.locked(
                        kind,
                        sorted.stream()
                                .map(change -> change.subject().toString())
                                .toList())
                .compose(held -> {
                    for (Change<S> change : sorted) {
                        String key = change.subject().toString();
                        long there = mine.read(kind, key) instanceof Stored<?> row ? row.version() : 0;
                        if (there != change.before().version()) {
                            return Future.failedFuture(new VersionConflict(key + " has moved"));
                        }
                        mine.write(kind, key, change.after());
                    }
                    return Future.succeededFuture();
                }));
    }
}
