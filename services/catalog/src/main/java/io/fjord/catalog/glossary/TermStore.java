package io.fjord.catalog.glossary;

import io.fjord.contract.Address;
import io.fjord.kernel.Store;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Tx;
import io.fjord.platform.sql.RowStore;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Terms, together with what lies above and below them. A term on its way in another partition does not count; should its parent go
 * first, it stands in the tree below a gap.
 */
final class TermStore implements Store<Term> {

    private final RowStore<Term> rows = new RowStore<>(new TermTable());

    RowStore<Term> rows() {
        return rows;
    }

    @Override
    public Future<Map<Address, Stored<Term>>> loadAll(Tx tx, Collection<Address> subjects) {
        Set<Address> parents = new HashSet<>();
        for (Address subject : subjects) {
            String parent = Term.parent(subject.name());
            if (parent != null) {
                parents.add(new Address(subject.domain(), Term.KIND, parent));
            }
        }
        Set<Address> wanted = new HashSet<>(subjects);
        wanted.addAll(parents);
        return rows.loadAll(tx, wanted)
                .compose(found -> children(SqlTx.of(tx), subjects).map(children -> {
                    Map<Address, Stored<Term>> all = new HashMap<>();
                    for (Address subject : subjects) {
                        Stored<Term> stored = found.getOrDefault(subject, new Stored<>(Term.none(subject), 0));
                        all.put(
                                subject,
                                new Stored<>(
                                        stored.state()
                                                .around(
                                                        parentThere(subject, found),
                                                        children.getOrDefault(subject, 0L)),
                                        stored.version()));
                    }
                    return all;
                }));
    }

    private static boolean parentThere(Address subject, Map<Address, Stored<Term>> found) {
        String parent = Term.parent(subject.name());
        if (parent == null) {
            return true;
        }
        Stored<Term> above = found.get(new Address(subject.domain(), Term.KIND, parent));
        return above != null && above.state().exists();
    }

    private static Future<Map<Address, Long>> children(SqlTx tx, Collection<Address> subjects) {
        Map<Address, Long> counts = new HashMap<>();
        List<Future<?>> sent = new ArrayList<>();
        for (Address subject : subjects) {
            String below = subject.name() + ".";
            sent.add(tx.query(
                            "SELECT COUNT(*) AS below FROM catalog.term WHERE domain = ? AND state = 'live'"
                                    + " AND LEFT(name, ?) = ?",
                            subject.domain(),
                            below.length(),
                            below)
                    .onSuccess(
                            found -> counts.put(subject, found.iterator().next().getLong("below"))));
        }
        return Future.join(sent).map(counts);
    }

    @Override
    public Future<Void> saveAll(Tx tx, List<Change<Term>> changes) {
        return rows.saveAll(tx, changes);
    }
}
