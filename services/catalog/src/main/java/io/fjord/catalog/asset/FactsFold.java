package io.fjord.catalog.asset;

import io.fjord.catalog.asset.Facts.Size;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.catalog.Column;
import io.fjord.contract.catalog.EntryName;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The metastores' events, folded into what they tell of each thing: the same for the rows, for the search index and for what was
 * then.
 */
public final class FactsFold {

    private static final String ICEBERG = "iceberg";

    /** By the address of the thing; what is not there was never there, or is gone for good. */
    private final Map<Address, Facts> all;

    /** @param all changed by the fold; holds what there was of {@link #touched} */
    public FactsFold(Map<Address, Facts> all) {
        this.all = all;
    }

    /** The things whose facts an event changes. */
    public static Set<Address> touched(Address subject, Object event) {
        Set<Address> touched = new LinkedHashSet<>();
        touched.add(subject);
        if (event instanceof TableRenamed renamed) {
            touched.add(renamed.to().in(subject.domain(), "table"));
        } else if (event instanceof ViewRenamed renamed) {
            touched.add(renamed.to().in(subject.domain(), "view"));
        }
        return touched;
    }

    /** The id of a thing that an event finds under whatever name it was dropped; null where names tell enough. */
    public static @Nullable String broughtBack(Object event) {
        return event instanceof TableUndropped undropped ? undropped.id() : null;
    }

    /** Events of other kinds have no effect. */
    public void apply(EventEnvelope<?> envelope, Object event) {
        Address subject = envelope.subject();
        Instant at = envelope.time();
        String by = envelope.actor();
        if (event instanceof TableCreated created) {
            Snapshot last = last(created.snapshots());
            all.put(
                    subject,
                    new Facts(
                            subject,
                            created.table().catalog(),
                            path(created.table()),
                            ICEBERG,
                            created.id(),
                            created.columns(),
                            created.properties(),
                            created.location(),
                            created.metadataLocation(),
                            created.formatVersion(),
                            List.of(),
                            last == null ? null : Size.of(last),
                            at,
                            by,
                            at,
                            by,
                            last == null ? null : last.committedAt(),
                            null,
                            null));
        } else if (event instanceof TableRegistered registered) {
            String snapshot = registered.currentSnapshotId();
            all.put(
                    subject,
                    new Facts(
                            subject,
                            registered.table().catalog(),
                            path(registered.table()),
                            ICEBERG,
                            registered.id(),
                            registered.columns(),
                            registered.properties(),
                            registered.location(),
                            registered.metadataLocation(),
                            registered.formatVersion(),
                            List.of(),
                            snapshot == null ? null : new Size(snapshot, "unknown", null, null, null),
                            at,
                            by,
                            at,
                            by,
                            null,
                            null,
                            null));
        } else if (event instanceof TableCommitted committed) {
            change(subject, facts -> committed(facts, committed, at, by));
        } else if (event instanceof TableRenamed renamed) {
            move(subject, renamed.to(), "table", at, by);
        } else if (event instanceof TableDropped) {
            change(subject, facts -> dropped(facts, at, by));
        } else if (event instanceof TableUndropped undropped) {
            undrop(subject, undropped, at, by);
        } else if (event instanceof DroppedTableExpired expired) {
            all.values()
                    .removeIf(facts -> !facts.isThere()
                            && facts.id().equals(expired.id())
                            && facts.thing().equals(subject));
        } else if (event instanceof ViewCreated created) {
            all.put(
                    subject,
                    view(
                            subject,
                            created.view(),
                            created.id(),
                            created.columns(),
                            created.properties(),
                            created.dialects(),
                            created.location(),
                            created.metadataLocation(),
                            at,
                            by,
                            at,
                            by));
        } else if (event instanceof ViewReplaced replaced) {
            change(
                    subject,
                    facts -> view(
                            subject,
                            replaced.view(),
                            replaced.id(),
                            replaced.columns(),
                            replaced.properties(),
                            replaced.dialects(),
                            Objects.requireNonNullElse(facts.location(), ""),
                            replaced.metadataLocation(),
                            facts.createdAt(),
                            facts.createdBy(),
                            at,
                            by));
        } else if (event instanceof ViewRenamed renamed) {
            move(subject, renamed.to(), "view", at, by);
        } else if (event instanceof ViewDropped) {
            change(subject, facts -> dropped(facts, at, by));
        } else if (event instanceof NamespaceCreated created) {
            all.put(
                    subject,
                    new Facts(
                            subject,
                            created.namespace().catalog(),
                            created.namespace().levels(),
                            ICEBERG,
                            "",
                            List.of(),
                            created.properties(),
                            null,
                            null,
                            null,
                            List.of(),
                            null,
                            at,
                            by,
                            at,
                            by,
                            null,
                            null,
                            null));
        } else if (event instanceof NamespacePropertiesChanged changed) {
            change(subject, facts -> {
                Map<String, String> properties = new TreeMap<>(facts.properties());
                changed.removed().forEach(properties::remove);
                properties.putAll(changed.set());
                return changed(facts, facts.columns(), properties, at, by);
            });
        } else if (event instanceof NamespaceDropped) {
            all.remove(subject);
        }
    }

    private void change(Address subject, UnaryOperator<Facts> how) {
        Facts facts = all.get(subject);
        if (facts != null) {
            all.put(subject, how.apply(facts));
        }
    }

    private void move(Address from, EntryName to, String kind, Instant at, String by) {
        Facts facts = all.remove(from);
        if (facts != null) {
            Address there = to.in(from.domain(), kind);
            all.put(there, moved(facts, there, to, from, at, by));
        }
    }

    private void undrop(Address subject, TableUndropped event, Instant at, String by) {
        Facts dropped = all.values().stream()
                .filter(facts -> facts.id().equals(event.id()) && !facts.isThere())
                .findFirst()
                .orElse(null);
        if (dropped != null) {
            Address before = dropped.thing();
            all.remove(before);
            all.put(subject, moved(dropped, subject, event.table(), before.equals(subject) ? null : before, at, by));
        }
    }

    private static Facts committed(Facts facts, TableCommitted event, Instant at, String by) {
        Map<String, String> properties = new TreeMap<>(facts.properties());
        event.propertiesRemoved().forEach(properties::remove);
        properties.putAll(event.propertiesSet());
        SchemaChange change = event.schemaChange();
        Snapshot current = event.snapshots().stream()
                .filter(snapshot -> snapshot.id().equals(event.currentSnapshotId()))
                .findFirst()
                .orElse(null);
        Size size = facts.size();
        if (current != null) {
            size = Size.of(current);
        } else if (event.currentSnapshotId() == null) {
            size = null;
        } else if (size == null || !size.snapshotId().equals(event.currentSnapshotId())) {
            // Rolled back to one told of before: what was in it is in its summary, not here.
            size = new Size(event.currentSnapshotId(), "unknown", null, null, null);
        }
        return new Facts(
                facts.thing(),
                facts.catalog(),
                facts.path(),
                facts.metastore(),
                event.id(),
                change == null ? facts.columns() : columns(facts.columns(), change),
                properties,
                facts.location(),
                event.metadataLocation(),
                event.formatVersion(),
                facts.dialects(),
                size,
                facts.createdAt(),
                facts.createdBy(),
                at,
                by,
                current == null ? facts.dataChangedAt() : current.committedAt(),
                null,
                facts.renamedFrom());
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
        List<Column> columns = new ArrayList<>(byId.values());
        columns.sort(Comparator.comparingInt(Column::id));
        return columns;
    }

    private static Facts changed(
            Facts facts, List<Column> columns, Map<String, String> properties, Instant at, String by) {
        return new Facts(
                facts.thing(),
                facts.catalog(),
                facts.path(),
                facts.metastore(),
                facts.id(),
                columns,
                properties,
                facts.location(),
                facts.metadataLocation(),
                facts.formatVersion(),
                facts.dialects(),
                facts.size(),
                facts.createdAt(),
                facts.createdBy(),
                at,
                by,
                facts.dataChangedAt(),
                facts.droppedAt(),
                facts.renamedFrom());
    }

    private static Facts dropped(Facts facts, Instant at, String by) {
        return new Facts(
                facts.thing(),
                facts.catalog(),
                facts.path(),
                facts.metastore(),
                facts.id(),
                facts.columns(),
                facts.properties(),
                facts.location(),
                facts.metadataLocation(),
                facts.formatVersion(),
                facts.dialects(),
                facts.size(),
                facts.createdAt(),
                facts.createdBy(),
                at,
                by,
                facts.dataChangedAt(),
                at,
                facts.renamedFrom());
    }

    /** Under another name, and there. */
    private static Facts moved(
            Facts facts, Address there, EntryName name, @Nullable Address from, Instant at, String by) {
        return new Facts(
                there,
                name.catalog(),
                path(name),
                facts.metastore(),
                facts.id(),
                facts.columns(),
                facts.properties(),
                facts.location(),
                facts.metadataLocation(),
                facts.formatVersion(),
                facts.dialects(),
                facts.size(),
                facts.createdAt(),
                facts.createdBy(),
                at,
                by,
                facts.dataChangedAt(),
                null,
                from == null ? facts.renamedFrom() : from);
    }

    private static Facts view(
            Address subject,
            EntryName name,
            String id,
            List<Column> columns,
            Map<String, String> properties,
            List<String> dialects,
            String location,
            String metadataLocation,
            Instant createdAt,
            String createdBy,
            Instant at,
            String by) {
        return new Facts(
                subject,
                name.catalog(),
                path(name),
                ICEBERG,
                id,
                columns,
                properties,
                location,
                metadataLocation,
                null,
                dialects,
                null,
                createdAt,
                createdBy,
                at,
                by,
                null,
                null,
                null);
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
