package io.fjord.catalog.asset;

import io.fjord.catalog.asset.Facts.Draft;
import io.fjord.catalog.asset.Facts.Size;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.catalog.Column;
import io.fjord.contract.catalog.EntryName;
import io.fjord.contract.catalog.NamespaceName;
import io.fjord.contract.catalog.hive.HiveEvent;
import io.fjord.contract.catalog.namespace.NamespaceEvent.NamespaceCreated;
import io.fjord.contract.catalog.namespace.NamespaceEvent.NamespaceDropped;
import io.fjord.contract.catalog.namespace.NamespaceEvent.NamespacePropertiesChanged;
import io.fjord.contract.catalog.table.SchemaChange;
import io.fjord.contract.catalog.table.Snapshot;
import io.fjord.contract.catalog.table.TableEvent.DroppedTableExpired;
import io.fjord.contract.catalog.table.TableEvent.TableCommitted;
import io.fjord.contract.catalog.table.TableEvent.TableCreated;
import io.fjord.contract.catalog.table.TableEvent.TableDropped;
import io.fjord.contract.catalog.table.TableEvent.TableRegistered;
import io.fjord.contract.catalog.table.TableEvent.TableRenamed;
import io.fjord.contract.catalog.table.TableEvent.TableUndropped;
import io.fjord.contract.catalog.view.ViewEvent.ViewCreated;
import io.fjord.contract.catalog.view.ViewEvent.ViewDropped;
import io.fjord.contract.catalog.view.ViewEvent.ViewRenamed;
import io.fjord.contract.catalog.view.ViewEvent.ViewReplaced;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The metastores' events, folded into what they tell of each thing: the same for the rows, for the search index and for what was
 * then.
 */
public final class FactsFold {

    private static final int LONGEST_NAME = 600;

    /** By the address of the thing; what is not there was never there, or is gone for good. */
    private final Map<Address, Facts> all;

    private final List<Move> moves = new ArrayList<>();

    /**
     * A thing, or columns of one, got another name.
     *
     * @param because the event that tells of it
     * @param to {@code from} if its columns alone did
     * @param columns names they had, and have now; empty if the thing itself did
     */
    record Move(EventEnvelope<?> because, Address from, Address to, Map<String, String> columns) {}

    /** @param all changed by the fold; holds what there was of {@link #touched} and of {@link #dropped} */
    public FactsFold(Map<Address, Facts> all) {
        this.all = all;
    }

    /** The addresses an event tells of; others it finds by {@link #dropped}. */
    public static Set<Address> touched(Address subject, Object event) {
        if (event instanceof TableRenamed renamed) {
            return both(subject, renamed.to());
        }
        if (event instanceof HiveEvent.TableRenamed renamed) {
            return both(subject, renamed.to());
        }
        return event instanceof ViewRenamed renamed ? both(subject, renamed.to()) : Set.of(subject);
    }

    private static Set<Address> both(Address from, EntryName to) {
        Address there = to.in(from.domain(), from.kind());
        return there.equals(from) ? Set.of(from) : Set.of(from, there);
    }

    /** The id of a dropped thing that an event finds whatever it is called by now; null where names tell enough. */
    public static @Nullable String dropped(Object event) {
        if (event instanceof TableUndropped undropped) {
            return undropped.id();
        }
        return event instanceof DroppedTableExpired expired ? expired.id() : null;
    }

    /** What got other names so far, in order. */
    List<Move> moves() {
        return List.copyOf(moves);
    }

    /** Events of other kinds have no effect. */
    public void apply(EventEnvelope<?> envelope, Object event) {
        Address subject = envelope.subject();
        if (event instanceof TableCreated created) {
            Snapshot last = last(created.snapshots());
            begin(envelope, created.table(), created.id(), draft -> {
                draft.columns = created.columns();
                draft.properties = created.properties();
                draft.location = created.location();
                draft.metadataLocation = created.metadataLocation();
                draft.formatVersion = created.formatVersion();
                draft.size = last == null ? null : Size.of(last);
                draft.dataChangedAt = last == null ? null : last.committedAt();
            });
        } else if (event instanceof TableRegistered registered) {
            String snapshot = registered.currentSnapshotId();
            begin(envelope, registered.table(), registered.id(), draft -> {
                draft.columns = registered.columns();
                draft.properties = registered.properties();
                draft.location = registered.location();
                draft.metadataLocation = registered.metadataLocation();
                draft.formatVersion = registered.formatVersion();
                draft.size = snapshot == null ? null : Size.unknown(snapshot);
            });
        } else if (event instanceof TableCommitted committed) {
            change(envelope, subject, draft -> {
                renamed(envelope, draft, committed.schemaChange());
                commit(draft, committed);
            });
        } else if (event instanceof TableRenamed renamed) {
            move(envelope, subject, renamed.to());
        } else if (event instanceof TableDropped dropped) {
            change(envelope, subject, draft -> {
                draft.droppedAt = envelope.time();
                draft.keptUntil = dropped.keptUntil();
            });
        } else if (event instanceof TableUndropped undropped) {
            all.values().stream()
                    .filter(facts -> facts.id().equals(undropped.id()) && !facts.isThere())
                    .findFirst()
                    .ifPresent(facts -> move(envelope, facts.thing(), undropped.table()));
        } else if (event instanceof DroppedTableExpired expired) {
            all.values().removeIf(facts -> facts.id().equals(expired.id()) && !facts.isThere());
        } else if (event instanceof ViewCreated created) {
            begin(envelope, created.view(), created.id(), draft -> {
                draft.columns = created.columns();
                draft.properties = created.properties();
                draft.dialects = created.dialects();
                draft.location = created.location();
                draft.metadataLocation = created.metadataLocation();
            });
        } else if (event instanceof ViewReplaced replaced) {
            change(envelope, subject, draft -> {
                draft.columns = replaced.columns();
                draft.properties = replaced.properties();
                draft.dialects = replaced.dialects();
                draft.metadataLocation = replaced.metadataLocation();
            });
        } else if (event instanceof ViewRenamed renamed) {
            move(envelope, subject, renamed.to());
        } else if (event instanceof ViewDropped) {
            change(envelope, subject, draft -> draft.droppedAt = envelope.time());
        } else if (event instanceof NamespaceCreated created) {
            namespace(envelope, created.namespace(), "iceberg", created.properties());
        } else if (event instanceof NamespacePropertiesChanged changed) {
            change(
                    envelope,
                    subject,
                    draft -> draft.properties = changed(draft.properties, changed.set(), changed.removed()));
        } else if (event instanceof NamespaceDropped) {
            forget(subject);
        } else if (event instanceof HiveEvent told) {
            told.match(new HiveFold(this, envelope));
        }
    }

    /** A namespace as it is told of. */
    void namespace(EventEnvelope<?> envelope, NamespaceName name, String metastore, Map<String, String> properties) {
        Draft draft =
                new Draft(envelope.subject(), name.catalog(), name.levels(), "", envelope.time(), envelope.actor());
        draft.metastore = metastore;
        draft.properties = properties;
        all.put(envelope.subject(), draft.done());
    }

    /** Nothing is left of it. */
    void forget(Address subject) {
        all.remove(subject);
    }

    void begin(EventEnvelope<?> envelope, EntryName name, String id, Consumer<Draft> how) {
        Address subject = envelope.subject();
        makeWay(envelope, subject, id);
        Draft draft = new Draft(subject, name.catalog(), path(name), id, envelope.time(), envelope.actor());
        how.accept(draft);
        all.put(subject, draft.done());
    }

    void change(EventEnvelope<?> envelope, Address subject, Consumer<Draft> how) {
        Facts facts = all.get(subject);
        if (facts != null) {
            Draft draft = new Draft(facts);
            draft.changedAt = envelope.time();
            draft.changedBy = envelope.actor();
            how.accept(draft);
            all.put(subject, draft.done());
        }
    }

    /** Under another name, and there. */
    void move(EventEnvelope<?> envelope, Address from, EntryName to) {
        Facts facts = all.get(from);
        if (facts != null) {
            Address there = to.in(from.domain(), from.kind());
            makeWay(envelope, there, facts.id());
            change(envelope, from, draft -> {
                draft.catalog = to.catalog();
                draft.path = path(to);
                draft.droppedAt = null;
                draft.keptUntil = null;
                call(envelope, draft, there);
            });
            Facts moved = all.remove(from);
            all.put(there, moved);
        }
    }

    private void call(EventEnvelope<?> envelope, Draft draft, Address there) {
        if (!draft.thing.equals(there)) {
            moves.add(new Move(envelope, draft.thing, there, Map.of()));
            List<Address> formerly = new ArrayList<>(draft.formerly);
            formerly.remove(draft.thing);
            formerly.add(draft.thing);
            draft.formerly = formerly;
            draft.thing = there;
        }
    }

    /** A dropped one of that name that can be had back is kept under a name nobody else gets. */
    private void makeWay(EventEnvelope<?> envelope, Address name, String forId) {
        Facts before = all.get(name);
        if (before != null && before.keptUntil() != null && !before.id().equals(forId)) {
            String begin =
                    name.name().substring(0, Math.min(LONGEST_NAME, name.name().length()));
            Draft draft = new Draft(before);
            call(envelope, draft, new Address(name.domain(), name.kind(), begin + "~" + before.id()));
            all.remove(name);
            all.put(draft.thing, draft.done());
        }
    }

    private void renamed(EventEnvelope<?> envelope, Draft draft, @Nullable SchemaChange change) {
        if (change != null) {
            Map<String, String> names = new TreeMap<>();
            change.renamed().forEach(one -> names.put(one.from(), one.to()));
            renamed(envelope, draft, names);
        }
    }

    /** @param names columns had, and have now */
    void renamed(EventEnvelope<?> envelope, Draft draft, Map<String, String> names) {
        if (!names.isEmpty()) {
            moves.add(new Move(envelope, draft.thing, draft.thing, names));
        }
    }

    private static void commit(Draft draft, TableCommitted event) {
        String current = event.currentSnapshotId();
        Snapshot added = event.snapshots().stream()
                .filter(snapshot -> snapshot.id().equals(current))
                .findFirst()
                .orElse(null);
        if (added != null) {
            draft.size = Size.of(added);
            draft.dataChangedAt = added.committedAt();
        } else if (current == null) {
            draft.size = null;
        } else if (draft.size == null || !draft.size.snapshotId().equals(current)) {
            // Rolled back to one told of before: what was in it is in its summary, not here.
            draft.size = Size.unknown(current);
        }
        SchemaChange change = event.schemaChange();
        if (change != null) {
            draft.columns = columns(draft.columns, change);
        }
        draft.id = event.id();
        draft.properties = changed(draft.properties, event.propertiesSet(), event.propertiesRemoved());
        draft.metadataLocation = event.metadataLocation();
        draft.formatVersion = event.formatVersion();
        draft.droppedAt = null;
    }

    static Map<String, String> changed(Map<String, String> before, Map<String, String> set, List<String> removed) {
        Map<String, String> properties = new TreeMap<>(before);
        removed.forEach(properties::remove);
        properties.putAll(set);
        return properties;
    }

    /** Columns are the same if their ids are. */
    static List<Column> columns(List<Column> before, SchemaChange change) {
        Map<Integer, Column> byId = new TreeMap<>();
        before.forEach(column -> byId.put(column.id(), column));
        change.removed().forEach(column -> byId.remove(column.id()));
        change.added().forEach(column -> byId.put(column.id(), column));
        change.renamed()
                .forEach(renamed -> byId.computeIfPresent(
                        renamed.id(),
                        (id, column) -> new Column(id, renamed.to(), column.type(), column.required(), column.doc())));
        change.retyped()
                .forEach(retyped -> byId.computeIfPresent(
                        retyped.id(),
                        (id, column) ->
                                new Column(id, column.name(), retyped.to(), retyped.requiredNow(), column.doc())));
        return List.copyOf(byId.values());
    }

    private static List<String> path(EntryName name) {
        List<String> path = new ArrayList<>(name.namespace());
        path.add(name.name());
        return path;
    }

    private static @Nullable Snapshot last(List<Snapshot> snapshots) {
        return snapshots.isEmpty() ? null : snapshots.get(snapshots.size() - 1);
    }
}
