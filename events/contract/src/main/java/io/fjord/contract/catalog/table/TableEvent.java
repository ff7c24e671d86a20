package io.fjord.contract.catalog.table;

import io.fjord.contract.catalog.Column;
import io.fjord.contract.catalog.EntryName;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All that can have happened to an Iceberg table. Each event stands in the journal with the commit it tells of. */
public sealed interface TableEvent {

    <R> R match(Cases<R> cases);

    /**
     * @param id Iceberg's table UUID: stays when the table is renamed
     * @param location where its files lie
     * @param metadataLocation the metadata file that is the table from now on
     * @param snapshots what it was created with, oldest first; empty for a table without data
     */
    record TableCreated(
            EntryName table,
            String id,
            String location,
            String metadataLocation,
            int formatVersion,
            List<Column> columns,
            Map<String, String> properties,
            List<Snapshot> snapshots)
            implements TableEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Files that lay there already became a table, or took the place of one of that name. */
    record TableRegistered(
            EntryName table,
            String id,
            String location,
            String metadataLocation,
            int formatVersion,
            List<Column> columns,
            Map<String, String> properties,
            @Nullable String currentSnapshotId)
            implements TableEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * Its data, schema or properties changed.
     *
     * @param snapshots those this commit added, oldest first; empty if the data did not change
     * @param currentSnapshotId of the main branch after it; null for a table without data
     * @param schemaChange null if the columns are as before
     */
    record TableCommitted(
            EntryName table,
            String id,
            String metadataLocation,
            String previousMetadataLocation,
            int formatVersion,
            List<Snapshot> snapshots,
            List<String> removedSnapshotIds,
            @Nullable String currentSnapshotId,
            @Nullable SchemaChange schemaChange,
            Map<String, String> propertiesSet,
            List<String> propertiesRemoved)
            implements TableEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** The last event under the old name; what follows is told under the new one. */
    record TableRenamed(EntryName from, EntryName to, String id) implements TableEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * @param purge whether its files are deleted too, once it cannot be had back
     * @param keptUntil until when it can be had back; null in events of before 2026-11-21: not at all
     */
    record TableDropped(
            EntryName table,
            String id,
            String metadataLocation,
            boolean purge,
            @Nullable Instant keptUntil) implements TableEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** A dropped table is back, perhaps under another name. */
    record TableUndropped(EntryName table, String id, String metadataLocation) implements TableEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** A dropped table cannot be had back any more. */
    record DroppedTableExpired(EntryName table, String id, String metadataLocation, boolean purge)
            implements TableEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** A protected table cannot be dropped. */
    record TableProtectionChanged(EntryName table, String id, boolean isProtected) implements TableEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(TableCreated event);

        R on(TableRegistered event);

        R on(TableCommitted event);

        R on(TableRenamed event);

        R on(TableDropped event);

        R on(TableUndropped event);

        R on(DroppedTableExpired event);

        R on(TableProtectionChanged event);
    }
}
