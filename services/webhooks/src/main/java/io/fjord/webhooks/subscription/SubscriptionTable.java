package io.fjord.webhooks.subscription;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.kernel.Store.Change;
import io.fjord.platform.sql.SqlTx;
import io.fjord.platform.sql.Table;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Subscriptions as rows, each with its state as JSON. In the same transaction keys that sign no more leave the vault, and a new
 * subscription gets its place in the journals: where deliveries are just then, which is never behind what happens after it.
 */
final class SubscriptionTable implements Table<Subscription> {

    private final Vault vault;

    SubscriptionTable(Vault vault) {
        this.vault = vault;
    }

    @Override
    public String table() {
        return "webhooks.subscription";
    }

    @Override
    public String kind() {
        return SubscriptionCapability.KIND;
    }

    @Override
    public List<String> columns() {
        return List.of("there", "id", "detail");
    }

    @Override
    public List<@Nullable Object> values(Subscription state) {
        return List.of(state.there() ? 1 : 0, state.id(), Json.text(state));
    }

    @Override
    public Subscription read(Address address, Row row) {
        return Json.read(row.getString("detail"), Subscription.class);
    }

    @Override
    public boolean exists(Subscription state) {
        return state.there();
    }

    @Override
    public String existing() {
        return "there = 1";
    }

    @Override
    public Future<Void> saveMore(SqlTx tx, Collection<Change<Subscription>> changes) {
        List<Future<?>> sent = new ArrayList<>();
        Set<String> kept = new TreeSet<>();
        for (Change<Subscription> change : changes) {
            Subscription before = change.before().state();
            Subscription after = change.after().state();
            Set<String> gone = refs(before);
            Set<String> now = refs(after);
            now.stream().filter(ref -> !gone.contains(ref)).forEach(kept::add);
            gone.stream().filter(ref -> !now.contains(ref)).forEach(ref -> sent.add(vault.remove(tx, ref)));
            if (after.there() && !after.id().equals(before.id())) {
                sent.add(tx.query(
                        "insert into webhooks.course_position (subscription_id, course, source, epoch, n)"
                                + " select cast(? as char(36)), 'live', source, epoch, n"
                                + " from webhooks.projection_position where projection = 'deliveries'",
                        after.id()));
            }
        }
        if (!kept.isEmpty()) {
            sent.add(vault.markReferenced(tx, kept));
        }
        return sent.isEmpty() ? Future.succeededFuture() : Future.join(sent).mapEmpty();
    }

    private static Set<String> refs(Subscription state) {
        Set<String> refs = new TreeSet<>();
        if (state.there()) {
            refs.add(state.keys().ref());
            if (state.previous() != null) {
                refs.add(state.previous().ref());
            }
        }
        return refs;
    }
}
