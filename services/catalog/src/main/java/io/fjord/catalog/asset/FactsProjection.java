package io.fjord.catalog.asset;

import io.fjord.catalog.asset.FactsFold.Move;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.kernel.Metastore;
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

/**
 * Keeps a row of facts for each namespace, table and view, from the events of their metastores. What is said of one goes along,
 * in the same transaction, when it gets another name.
 */
public final class FactsProjection implements Projection {

    private static final String CATALOG = "catalog";

    private final Database database;
    private final ProjectionPositions positions;
    private final ProjectionPositions carried;
    private final MovingNotes notes;
    private final MessageTypes types;
    private final Runnable moved;

    /** @param moved told after each batch */
    public FactsProjection(
            Database database, Metastore metastore, MessageTypes types, AssetCapability assets, Runnable moved) {
        this.database = database;
        this.positions = new ProjectionPositions(database, CATALOG, name());
        this.carried = new ProjectionPositions(database, CATALOG, "catalog.asset.notes");
        this.notes = new MovingNotes(metastore, types, assets);
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
                                ? fold(tx, told, touched, dropped)
                                        .compose(moves -> positions
                                                .write(tx, service, last)
                                                .compose(ok -> carry(tx, service, moves, last)))
                                : Future.succeededFuture()))
                .onSuccess(ok -> moved.run());
    }

    private static Future<List<Move>> fold(SqlTx tx, List<Read> told, Set<Address> touched, Set<String> dropped) {
        if (told.isEmpty()) {
            return Future.succeededFuture(List.of());
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
                    return FactsStore.save(tx, changed, all).map(fold.moves());
                }));
    }

    /** Once for each event: when the rows are made anew from the beginning, what is said has moved long ago. */
    private Future<Void> carry(SqlTx tx, String service, List<Move> moves, Position last) {
        if (moves.isEmpty()) {
            return Future.succeededFuture();
        }
        return carried.lock(tx, service).compose(at -> {
            List<Move> fresh = moves.stream()
                    .filter(move -> move.because().position().isAfter(at))
                    .toList();
            return fresh.isEmpty()
                    ? Future.succeededFuture()
                    : carried.write(tx, service, last).compose(ok -> notes.carry(tx, fresh));
        });
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
