package io.fjord.catalog.asset;

import io.fjord.catalog.asset.FactsFold.Move;
import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.catalog.asset.AssetEvent;
import io.fjord.contract.catalog.asset.AssetEvent.NotesMovedAway;
import io.fjord.contract.catalog.asset.AssetEvent.NotesMovedHere;
import io.fjord.contract.catalog.asset.AssetName;
import io.fjord.contract.catalog.asset.Notes;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.NewEvent;
import io.fjord.kernel.Store.Change;
import io.fjord.kernel.Stored;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What is said of a table or column follows it to its next name, and the journal tells so. */
final class MovingNotes {

    private final Metastore metastore;
    private final MessageTypes types;
    private final AssetStore store;

    MovingNotes(Metastore metastore, MessageTypes types, AssetCapability assets) {
        this.metastore = metastore;
        this.types = types;
        this.store = assets.store();
    }

    /** Writes to the journal, so it comes last in the transaction. */
    Future<Void> carry(SqlTx tx, List<Move> moves) {
        Set<Address> things = new TreeSet<>();
        moves.forEach(move -> {
            things.add(move.from());
            things.add(move.to());
        });
        return store.saidOf(tx, things).compose(before -> {
            Run run = new Run(before);
            moves.forEach(run::carry);
            return run.events.isEmpty()
                    ? Future.succeededFuture()
                    : store.saveAll(tx, run.changes())
                            .compose(ok -> metastore.append(
                                    tx, run.events, Clock.systemUTC().instant()))
                            .mapEmpty();
        });
    }

    /** One batch of moves, worked out in memory. */
    private final class Run {

        private final Map<Address, Stored<Asset>> before;
        private final Map<Address, Stored<Asset>> now;
        private final List<NewEvent> events = new ArrayList<>();

        Run(Map<Address, Stored<Asset>> before) {
            this.before = before;
            this.now = new TreeMap<>(before);
        }

        void carry(Move move) {
            // Names are exchanged at once: a to b while b goes to a.
            Map<Address, Address> names = move.columns().isEmpty() ? ofThing(move) : ofColumns(move);
            Map<Address, Notes> old = new HashMap<>();
            names.forEach((from, to) -> old.put(from, notes(from)));
            names.forEach((from, to) -> {
                if (!names.containsValue(from)) {
                    tell(move.because(), from, Notes.NONE, new NotesMovedAway(to.toString()));
                }
            });
            names.forEach((from, to) -> {
                Notes said = old.getOrDefault(from, Notes.NONE);
                tell(move.because(), to, said, new NotesMovedHere(from.toString(), said));
            });
        }

        /** It and each column of which something is said, or was of an earlier one of that name. */
        private Map<Address, Address> ofThing(Move move) {
            Map<Address, Address> names = new TreeMap<>();
            now.keySet().forEach(asset -> {
                Address thing = AssetName.thing(asset);
                if (thing.equals(move.from()) || thing.equals(move.to())) {
                    String column = AssetName.of(asset).column();
                    names.put(entry(move.from(), column), entry(move.to(), column));
                }
            });
            return names;
        }

        private Map<Address, Address> ofColumns(Move move) {
            Map<Address, Address> names = new TreeMap<>();
            move.columns().forEach((from, to) -> names.put(entry(move.from(), from), entry(move.from(), to)));
            return names;
        }

        private Address entry(Address thing, @Nullable String column) {
            return new AssetName(thing.kind(), thing.name(), column).in(thing.domain());
        }

        private Notes notes(Address asset) {
            Stored<Asset> stored = now.get(asset);
            return stored == null ? Notes.NONE : stored.state().notes();
        }

        private void tell(EventEnvelope<?> because, Address asset, Notes then, AssetEvent event) {
            if (notes(asset).equals(then)) {
                return;
            }
            Stored<Asset> was = now.getOrDefault(asset, new Stored<>(Asset.unsaid(asset), 0));
            Stored<Asset> is = new Stored<>(event.match(was.state()), was.version() + 1);
            now.put(asset, is);
            events.add(new NewEvent(
                    Ids.next(),
                    types.typeOf(event),
                    asset,
                    is.version(),
                    because.actor(),
                    because.correlationId(),
                    because.id(),
                    null,
                    null,
                    null,
                    because.traceparent(),
                    Json.text(event)));
        }

        List<Change<Asset>> changes() {
            List<Change<Asset>> changes = new ArrayList<>();
            now.forEach((asset, is) -> {
                Stored<Asset> was = before.getOrDefault(asset, new Stored<>(Asset.unsaid(asset), 0));
                if (was.version() != is.version()) {
                    changes.add(new Change<>(asset, was, is));
                }
            });
            return changes;
        }
    }
}
