package io.fjord.catalog.asset;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.kernel.Projection;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.ProjectionPositions;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Keeps a row of facts for each namespace, table and view, from the events of their metastores. */
public final class FactsProjection implements Projection {

    private static final String CATALOG = "catalog";

    private final Database database;
    private final ProjectionPositions positions;
    private final MessageTypes types;
    private final Runnable moved;

    /** @param moved told after each batch */
    public FactsProjection(Database database, MessageTypes types, Runnable moved) {
        this.database = database;
        this.positions = new ProjectionPositions(database, CATALOG, name());
        this.types = types;
        this.moved = moved;
    }

    private record Read(EventEnvelope<byte[]> envelope, Object event) {}

    @Override
    public String name() {
        return "catalog.asset";
    }

    @Override
    public Set<String> services() {
        return Set.of(CATALOG);
    }

    @Override
    public Future<Position> position(String service) {
        return positions.read(service);
    }

    @Override
    public Future<Void> apply(String service, List<EventEnvelope<byte[]>> events) {
        Position last = events.get(events.size() - 1).position();
        List<Read> told = new ArrayList<>();
        Set<Address> touched = new LinkedHashSet<>();
        Set<String> dropped = new HashSet<>();
        for (EventEnvelope<byte[]> event : events) {
            if (isOfMetastore(event.type()) && types.knows(event.type())) {
                Object read = types.read(event.type(), event.data());
                told.add(new Read(event, read));
                touched.addAll(FactsFold.touched(event.subject(), read));
                String id = FactsFold.dropped(read);
                if (id != null) {
                    dropped.add(id);
                }
            }
        }
        return database.<Void>transaction(tx -> positions
                        .lock(tx, service)
                        .compose(at -> last.isAfter(at)
                                ? fold(tx, told, touched, dropped).compose(ok -> positions.write(tx, service, last))
                                : Future.succeededFuture()))
                .onSuccess(ok -> moved.run());
    }

    private static Future<Void> fold(SqlTx tx, List<Read> told, Set<Address> touched, Set<String> dropped) {
        if (told.isEmpty()) {
            return Future.succeededFuture();
        }
        return FactsStore.load(tx, touched)
                .compose(found -> FactsStore.dropped(tx, dropped).compose(gone -> {
                    Map<Address, Facts> all = new HashMap<>(gone);
                    all.putAll(found);
                    Set<Address> changed = new HashSet<>(touched);
                    changed.addAll(gone.keySet());
                    FactsFold fold = new FactsFold(all);
                    told.forEach(one -> fold.apply(one.envelope(), one.event()));
                    changed.addAll(all.keySet());
                    return FactsStore.save(tx, changed, all);
                }));
    }

    /** What people say of things has rows of its own. */
    public static boolean isOfMetastore(String type) {
        return type.startsWith("fjord.catalog.table.")
                || type.startsWith("fjord.catalog.view.")
                || type.startsWith("fjord.catalog.namespace.")
                || type.startsWith("fjord.catalog.hive.");
    }

    @Override
    public Future<Void> reset(String service) {
        return database.transaction(tx -> positions
                .lock(tx, service)
                .compose(at -> tx.query("DELETE FROM catalog.catalog_entry"))
                .compose(ok -> positions.write(tx, service, Position.START)));
    }
}
