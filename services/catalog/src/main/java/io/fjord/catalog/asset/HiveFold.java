package io.fjord.catalog.asset;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.catalog.hive.HiveEvent;
import io.fjord.contract.catalog.hive.HiveEvent.ColumnsChanged;
import io.fjord.contract.catalog.hive.HiveEvent.DatabaseChanged;
import io.fjord.contract.catalog.hive.HiveEvent.DatabaseCreated;
import io.fjord.contract.catalog.hive.HiveEvent.DatabaseDropped;
import io.fjord.contract.catalog.hive.HiveEvent.DefinitionChanged;
import io.fjord.contract.catalog.hive.HiveEvent.MetastoreCompared;
import io.fjord.contract.catalog.hive.HiveEvent.PartitionsAdded;
import io.fjord.contract.catalog.hive.HiveEvent.PartitionsDropped;
import io.fjord.contract.catalog.hive.HiveEvent.PropertiesChanged;
import io.fjord.contract.catalog.hive.HiveEvent.TableCreated;
import io.fjord.contract.catalog.hive.HiveEvent.TableDropped;
import io.fjord.contract.catalog.hive.HiveEvent.TableRenamed;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One event of the Hive Metastore, folded into the same facts as those of Iceberg tables. What has no field of its own there
 * stands among the properties: {@code provider}, {@code type}, {@code owner}, {@code partitioned-by}, and of a database its
 * {@code location} and {@code comment}.
 */
final class HiveFold implements HiveEvent.Cases<Void> {

    private static final String HIVE = "hive";

    /** Iceberg's HiveCatalog keeps these among the properties of a table: what is there is known by the first of them. */
    private static final String METADATA = "metadata_location";

    private static final String SNAPSHOT = "current-snapshot-id";

    private final FactsFold fold;
    private final EventEnvelope<?> envelope;

    HiveFold(FactsFold fold, EventEnvelope<?> envelope) {
        this.fold = fold;
        this.envelope = envelope;
    }

    @Override
    public Void on(DatabaseCreated event) {
        fold.namespace(
                envelope,
                event.database(),
                HIVE,
                database(event.properties(), event.location(), event.description(), event.owner()));
        return null;
    }

    @Override
    public Void on(DatabaseChanged event) {
        fold.change(
                envelope,
                envelope.subject(),
                draft -> draft.properties =
                        database(event.properties(), event.location(), event.description(), event.owner()));
        return null;
    }

    private static Map<String, String> database(
            Map<String, String> told, @Nullable String location, @Nullable String comment, @Nullable String owner) {
        Map<String, String> properties = new TreeMap<>(told);
        set(properties, "location", location);
        set(properties, "comment", comment);
        set(properties, "owner", owner);
        return properties;
    }

    @Override
    public Void on(DatabaseDropped event) {
        fold.forget(envelope.subject());
        return null;
    }

    @Override
    public Void on(TableCreated event) {
        fold.begin(envelope, event.table(), event.id(), draft -> {
            draft.metastore = HIVE;
            draft.columns = event.columns();
            draft.location = event.location();
            draft.metadataLocation = event.properties().get(METADATA);
            draft.properties = defined(event.properties(), event.format(), event.type(), event.owner());
            if (!event.partitionedBy().isEmpty()) {
                draft.properties.put("partitioned-by", String.join(", ", event.partitionedBy()));
            }
        });
        return null;
    }

    @Override
    public Void on(DefinitionChanged event) {
        fold.change(envelope, envelope.subject(), draft -> {
            draft.location = event.location();
            draft.properties = defined(draft.properties, event.format(), event.type(), event.owner());
        });
        return null;
    }

    private static Map<String, String> defined(
            Map<String, String> told, @Nullable String format, String type, @Nullable String owner) {
        Map<String, String> properties = new TreeMap<>(told);
        set(properties, "provider", format);
        set(properties, "type", type);
        set(properties, "owner", owner);
        return properties;
    }

    private static void set(Map<String, String> properties, String key, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            properties.put(key, value);
        }
    }

    @Override
    public Void on(ColumnsChanged event) {
        Map<String, String> renamed = event.renamed();
        fold.change(envelope, envelope.subject(), draft -> {
            draft.columns = event.columns();
            fold.renamed(envelope, draft, renamed == null ? Map.of() : renamed);
        });
        return null;
    }

    @Override
    public Void on(PropertiesChanged event) {
        fold.change(envelope, envelope.subject(), draft -> {
            draft.properties = FactsFold.changed(draft.properties, event.set(), event.removed());
            draft.metadataLocation = draft.properties.get(METADATA);
            if (event.set().containsKey(SNAPSHOT)) {
                draft.dataChangedAt = envelope.time();
            }
        });
        return null;
    }

    @Override
    public Void on(PartitionsAdded event) {
        return dataChanged();
    }

    @Override
    public Void on(PartitionsDropped event) {
        return dataChanged();
    }

    private Void dataChanged() {
        fold.change(envelope, envelope.subject(), draft -> draft.dataChangedAt = envelope.time());
        return null;
    }

    @Override
    public Void on(TableRenamed event) {
        fold.move(envelope, envelope.subject(), event.to());
        return null;
    }

    @Override
    public Void on(TableDropped event) {
        fold.change(envelope, envelope.subject(), draft -> draft.droppedAt = envelope.time());
        return null;
    }

    /** What differed was told before it. */
    @Override
    public Void on(MetastoreCompared event) {
        return null;
    }
}
