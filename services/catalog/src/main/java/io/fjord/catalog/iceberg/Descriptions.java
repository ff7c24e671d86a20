package io.fjord.catalog.iceberg;

import io.fjord.contract.catalog.Column;
import io.fjord.contract.catalog.EntryName;
import io.fjord.contract.catalog.table.SchemaChange;
import io.fjord.contract.catalog.table.SchemaChange.Renamed;
import io.fjord.contract.catalog.table.SchemaChange.Retyped;
import io.fjord.contract.catalog.table.Snapshot;
import io.fjord.contract.catalog.table.TableEvent.TableCommitted;
import io.fjord.contract.catalog.table.TableEvent.TableCreated;
import io.fjord.contract.catalog.table.TableEvent.TableRegistered;
import io.fjord.contract.catalog.view.ViewEvent.ViewCreated;
import io.fjord.contract.catalog.view.ViewEvent.ViewReplaced;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.iceberg.Schema;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.types.TypeUtil;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.iceberg.view.SQLViewRepresentation;
import org.apache.iceberg.view.ViewMetadata;
import org.jspecify.annotations.Nullable;

/** Iceberg's metadata before and after a commit, told as events. */
final class Descriptions {

    private Descriptions() {}

    static TableCreated created(EntryName table, TableMetadata metadata, String metadataLocation) {
        return new TableCreated(
                table,
                metadata.uuid(),
                metadata.location(),
                metadataLocation,
                metadata.formatVersion(),
                columns(metadata.schema()),
                new TreeMap<>(metadata.properties()),
                snapshotsNotIn(Set.of(), metadata));
    }

    static TableRegistered registered(EntryName table, TableMetadata metadata, String metadataLocation) {
        return new TableRegistered(
                table,
                metadata.uuid(),
                metadata.location(),
                metadataLocation,
                metadata.formatVersion(),
                columns(metadata.schema()),
                new TreeMap<>(metadata.properties()),
                currentSnapshot(metadata));
    }

    static TableCommitted committed(
            EntryName table, TableMetadata before, String previousLocation, TableMetadata after, String location) {
        Set<Long> idsBefore = snapshotIds(before);
        Set<Long> idsAfter = snapshotIds(after);
        return new TableCommitted(
                table,
                after.uuid(),
                location,
                previousLocation,
                after.formatVersion(),
                snapshotsNotIn(idsBefore, after),
                idsBefore.stream()
                        .filter(id -> !idsAfter.contains(id))
                        .sorted()
                        .map(id -> Long.toString(id))
                        .toList(),
                currentSnapshot(after),
                change(before.schema(), after.schema()),
                propertiesSet(before.properties(), after.properties()),
                before.properties().keySet().stream()
                        .filter(key -> !after.properties().containsKey(key))
                        .sorted()
                        .toList());
    }

    static ViewCreated created(EntryName view, ViewMetadata metadata, String metadataLocation) {
        return new ViewCreated(
                view,
                metadata.uuid(),
                metadata.location(),
                metadataLocation,
                metadata.currentVersionId(),
                dialects(metadata),
                columns(metadata.schema()),
                new TreeMap<>(metadata.properties()));
    }

    static ViewReplaced replaced(EntryName view, String previousLocation, ViewMetadata metadata, String location) {
        return new ViewReplaced(
                view,
                metadata.uuid(),
                location,
                previousLocation,
                metadata.currentVersionId(),
                dialects(metadata),
                columns(metadata.schema()),
                new TreeMap<>(metadata.properties()));
    }

    static List<Column> columns(Schema schema) {
        Map<Integer, NestedField> byId = TypeUtil.indexById(schema.asStruct());
        return byId.values().stream()
                .sorted(Comparator.comparingInt(NestedField::fieldId))
                .map(field -> column(schema, field))
                .toList();
    }

    private static Column column(Schema schema, NestedField field) {
        return new Column(
                field.fieldId(),
                schema.findColumnName(field.fieldId()),
                field.type().toString(),
                field.isRequired(),
                field.doc());
    }

    /** @return null if no column differs */
    static @Nullable SchemaChange change(Schema before, Schema after) {
        if (before.sameSchema(after)) {
            return null;
        }
        Map<Integer, NestedField> old = TypeUtil.indexById(before.asStruct());
        Map<Integer, NestedField> now = TypeUtil.indexById(after.asStruct());
        List<Column> added = new ArrayList<>();
        List<Column> removed = new ArrayList<>();
        List<Renamed> renamed = new ArrayList<>();
        List<Retyped> retyped = new ArrayList<>();
        new TreeMap<>(old).forEach((id, field) -> {
            if (!now.containsKey(id)) {
                removed.add(column(before, field));
            }
        });
        new TreeMap<>(now).forEach((id, field) -> {
            NestedField was = old.get(id);
            if (was == null) {
                added.add(column(after, field));
                return;
            }
            String nameBefore = before.findColumnName(id);
            String nameNow = after.findColumnName(id);
            if (!nameBefore.equals(nameNow)) {
                renamed.add(new Renamed(id, nameBefore, nameNow));
            }
            // The type of a struct is that of its fields, which are told by themselves.
            boolean otherType = field.type().isPrimitiveType() && !field.type().equals(was.type());
            if (otherType || field.isRequired() != was.isRequired()) {
                retyped.add(new Retyped(
                        id,
                        nameNow,
                        was.type().toString(),
                        field.type().toString(),
                        was.isRequired(),
                        field.isRequired()));
            }
        });
        return added.isEmpty() && removed.isEmpty() && renamed.isEmpty() && retyped.isEmpty()
                ? null
                : new SchemaChange(added, removed, renamed, retyped);
    }

    private static Map<String, String> propertiesSet(Map<String, String> before, Map<String, String> after) {
        Map<String, String> set = new TreeMap<>();
        after.forEach((key, value) -> {
            if (!Objects.equals(value, before.get(key))) {
                set.put(key, value);
            }
        });
        return set;
    }

    private static Set<Long> snapshotIds(TableMetadata metadata) {
        Set<Long> ids = new HashSet<>();
        metadata.snapshots().forEach(snapshot -> ids.add(snapshot.snapshotId()));
        return ids;
    }

    private static List<Snapshot> snapshotsNotIn(Set<Long> known, TableMetadata metadata) {
        return metadata.snapshots().stream()
                .filter(snapshot -> !known.contains(snapshot.snapshotId()))
                .map(Descriptions::snapshot)
                .toList();
    }

    private static Snapshot snapshot(org.apache.iceberg.Snapshot snapshot) {
        Long parent = snapshot.parentId();
        String operation = snapshot.operation();
        return new Snapshot(
                Long.toString(snapshot.snapshotId()),
                parent == null ? null : Long.toString(parent),
                snapshot.sequenceNumber(),
                Instant.ofEpochMilli(snapshot.timestampMillis()),
                operation == null ? "unknown" : operation,
                snapshot.summary() == null ? Map.of() : new TreeMap<>(snapshot.summary()));
    }

    private static @Nullable String currentSnapshot(TableMetadata metadata) {
        var current = metadata.currentSnapshot();
        return current == null ? null : Long.toString(current.snapshotId());
    }

    private static List<String> dialects(ViewMetadata metadata) {
        return metadata.currentVersion().representations().stream()
                .filter(SQLViewRepresentation.class::isInstance)
                .map(representation -> ((SQLViewRepresentation) representation).dialect())
                .toList();
    }
}
