package io.fjord.contract.catalog.hive;

import io.fjord.contract.catalog.Column;
import io.fjord.contract.catalog.EntryName;
import io.fjord.contract.catalog.NamespaceName;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All that can have happened in a Hive Metastore, as its rows tell it. */
public sealed interface HiveEvent {

    <R> R match(Cases<R> cases);

    record DatabaseCreated(
            NamespaceName database,
            @Nullable String location,
            @Nullable String description,
            @Nullable String owner,
            Map<String, String> properties)
            implements HiveEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** As it is now. */
    record DatabaseChanged(
            NamespaceName database,
            @Nullable String location,
            @Nullable String description,
            @Nullable String owner,
            Map<String, String> properties)
            implements HiveEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record DatabaseDropped(NamespaceName database) implements HiveEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * @param id the metastore's own, which a renamed table keeps
     * @param type {@code MANAGED_TABLE}, {@code EXTERNAL_TABLE}, {@code VIRTUAL_VIEW}
     * @param format {@code parquet}, {@code csv}, {@code iceberg} …; the input format's class where that is all that is known
     * @param columns those it is partitioned by come last
     * @param partitionedBy their names
     */
    record TableCreated(
            EntryName table,
            String id,
            String type,
            @Nullable String format,
            @Nullable String location,
            @Nullable String owner,
            List<Column> columns,
            List<String> partitionedBy,
            Map<String, String> properties)
            implements HiveEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * @param columns as they are now
     * @param added names; that of a renamed column is among them
     * @param removed names; that of a renamed column is among them
     * @param changed names of those whose type or comment is another
     * @param renamed names they had, and those they have now; null if none was. Of an Iceberg table by the ids of its fields, of others
     *     by the place of the one column that is called otherwise and is of the same type
     */
    record ColumnsChanged(
            EntryName table,
            String id,
            List<Column> columns,
            List<String> added,
            List<String> removed,
            List<String> changed,
            @Nullable Map<String, String> renamed)
            implements HiveEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record PropertiesChanged(EntryName table, String id, Map<String, String> set, List<String> removed)
            implements HiveEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Its type, format, place or owner is another. */
    record DefinitionChanged(
            EntryName table,
            String id,
            String type,
            @Nullable String format,
            @Nullable String location,
            @Nullable String owner)
            implements HiveEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** @param partitions {@code day=2026-11-21/hour=13} */
    record PartitionsAdded(EntryName table, String id, List<String> partitions) implements HiveEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record PartitionsDropped(EntryName table, String id, List<String> partitions) implements HiveEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** The last event under the old name; what follows is told under the new one. */
    record TableRenamed(EntryName from, EntryName to, String id) implements HiveEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** With all its partitions. */
    record TableDropped(EntryName table, String id) implements HiveEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * Everything was read and compared with what was known; what was missed has been told just before.
     *
     * @param reason {@code first}, {@code slot-lost}, {@code slot-recreated}, {@code log-purged}, {@code log-reset}, {@code
     *     schema-changed} …
     * @param differences how many events the comparison gave
     */
    record MetastoreCompared(String reason, int databases, int tables, int differences) implements HiveEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(DatabaseCreated event);

        R on(DatabaseChanged event);

        R on(DatabaseDropped event);

        R on(TableCreated event);

        R on(ColumnsChanged event);

        R on(PropertiesChanged event);

        R on(DefinitionChanged event);

        R on(PartitionsAdded event);

        R on(PartitionsDropped event);

        R on(TableRenamed event);

        R on(TableDropped event);

        R on(MetastoreCompared event);
    }
}
