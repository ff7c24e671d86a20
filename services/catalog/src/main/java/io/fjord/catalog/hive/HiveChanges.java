package io.fjord.catalog.hive;

import io.fjord.contract.Address;
import io.fjord.contract.catalog.Column;
import io.fjord.contract.catalog.hive.HiveEvent;
import io.fjord.contract.catalog.hive.HiveEvent.ColumnsChanged;
import io.fjord.contract.catalog.hive.HiveEvent.DatabaseChanged;
import io.fjord.contract.catalog.hive.HiveEvent.DatabaseCreated;
import io.fjord.contract.catalog.hive.HiveEvent.DatabaseDropped;
import io.fjord.contract.catalog.hive.HiveEvent.DefinitionChanged;
import io.fjord.contract.catalog.hive.HiveEvent.PartitionsAdded;
import io.fjord.contract.catalog.hive.HiveEvent.PartitionsDropped;
import io.fjord.contract.catalog.hive.HiveEvent.PropertiesChanged;
import io.fjord.contract.catalog.hive.HiveEvent.TableCreated;
import io.fjord.contract.catalog.hive.HiveEvent.TableDropped;
import io.fjord.contract.catalog.hive.HiveEvent.TableRenamed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What it means that the metastore's rows were those and are these: pure, and the same for a transaction and for a snapshot. */
final class HiveChanges {

    private static final int PARTITIONS_PER_EVENT = 1_000;

    /** The metastore has no domains. */
    static final String DOMAIN = "default";

    private final Map<String, HiveDatabase> databasesBefore;
    private final Map<String, HiveDatabase> databases;
    private final Map<String, HiveTable> tablesBefore;
    private final Map<String, HiveTable> tables;
    private final List<Told> told = new ArrayList<>();

    /** An event and whom it is about. */
    record Told(Address subject, HiveEvent event) {}

    private HiveChanges(MetastoreRows before, MetastoreRows after) {
        this.databasesBefore = before.databases();
        this.databases = after.databases();
        this.tablesBefore = before.tables();
        this.tables = after.tables();
    }

    /**
     * @param partitionsAdded names by the id of their table's row
     * @param partitionsDropped names by the id of their table's row; those of a table that is gone go without saying
     */
    static List<Told> between(
            MetastoreRows before,
            MetastoreRows after,
            Map<String, List<String>> partitionsAdded,
            Map<String, List<String>> partitionsDropped) {
        HiveChanges changes = new HiveChanges(before, after);
        changes.databasesThere();
        // A name may be free only because another table has gone.
        changes.tablesGone();
        changes.tablesThere();
        partitionsDropped.forEach((table, names) -> changes.partitions(table, names, false));
        partitionsAdded.forEach((table, names) -> changes.partitions(table, names, true));
        changes.databasesGone();
        return changes.told;
    }

    private void databasesThere() {
        databases.forEach((id, now) -> {
            HiveDatabase was = databasesBefore.get(id);
            Address subject = now.namespace().in(DOMAIN);
            if (was == null || !was.name().equals(now.name())) {
                told.add(new Told(
                        subject,
                        new DatabaseCreated(
                                now.namespace(), now.location(), now.description(), now.owner(), now.properties())));
            } else if (!was.equals(now)) {
                told.add(new Told(
                        subject,
                        new DatabaseChanged(
                                now.namespace(), now.location(), now.description(), now.owner(), now.properties())));
            }
        });
    }

    private void databasesGone() {
        databasesBefore.forEach((id, was) -> {
            HiveDatabase now = databases.get(id);
            if (now == null || !now.name().equals(was.name())) {
                told.add(new Told(was.namespace().in(DOMAIN), new DatabaseDropped(was.namespace())));
            }
        });
    }

    private void tablesGone() {
        tablesBefore.forEach((row, was) -> {
            if (now(row, was) == null) {
                told.add(new Told(address(was), new TableDropped(was.entry(), was.id())));
            }
        });
    }

    private @Nullable HiveTable now(String row, HiveTable was) {
        HiveTable now = tables.get(row);
        return now != null && now.id().equals(was.id()) ? now : null;
    }

    private void tablesThere() {
        tables.forEach((row, now) -> {
            HiveTable was = tablesBefore.get(row);
            if (was == null || !was.id().equals(now.id())) {
                told.add(new Told(
                        address(now),
                        new TableCreated(
                                now.entry(),
                                now.id(),
                                now.type(),
                                now.format(),
                                now.location(),
                                now.owner(),
                                now.columns(),
                                now.partitionedBy(),
                                now.properties())));
            } else if (!was.equals(now)) {
                changed(was, now);
            }
        });
    }

    private void changed(HiveTable was, HiveTable now) {
        if (!was.entry().equals(now.entry())) {
            told.add(new Told(address(was), new TableRenamed(was.entry(), now.entry(), now.id())));
        }
        if (!was.type().equals(now.type())
                || !Objects.equals(was.format(), now.format())
                || !Objects.equals(was.location(), now.location())
                || !Objects.equals(was.owner(), now.owner())) {
            told.add(new Told(
                    address(now),
                    new DefinitionChanged(
                            now.entry(), now.id(), now.type(), now.format(), now.location(), now.owner())));
        }
        if (!was.columns().equals(now.columns())) {
            told.add(new Told(address(now), columns(was, now)));
        }
        if (!was.properties().equals(now.properties())) {
            Map<String, String> set = new TreeMap<>(now.properties());
            set.entrySet().removeAll(was.properties().entrySet());
            List<String> removed = was.properties().keySet().stream()
                    .filter(key -> !now.properties().containsKey(key))
                    .toList();
            told.add(new Told(address(now), new PropertiesChanged(now.entry(), now.id(), set, removed)));
        }
    }

    private static ColumnsChanged columns(HiveTable was, HiveTable now) {
        Map<String, Column> before = byName(was.columns());
        Map<String, Column> after = byName(now.columns());
        List<String> added = after.keySet().stream()
                .filter(name -> !before.containsKey(name))
                .toList();
        List<String> removed = before.keySet().stream()
                .filter(name -> !after.containsKey(name))
                .toList();
        Map<String, String> renamed =
                was.columnsKeepIds() && now.columnsKeepIds() ? renamedById(was, now) : renamedInPlace(was, now);
        return new ColumnsChanged(
                now.entry(),
                now.id(),
                now.columns(),
                added,
                removed,
                after.entrySet().stream()
                        .filter(one -> {
                            Column old = before.get(one.getKey());
                            return old != null && !sameMeaning(old, one.getValue());
                        })
                        .map(Map.Entry::getKey)
                        .toList(),
                renamed.isEmpty() ? null : renamed);
    }

    private static Map<String, String> renamedById(HiveTable was, HiveTable now) {
        Map<Integer, String> before = new TreeMap<>();
        was.columns().forEach(column -> before.put(column.id(), column.name()));
        Map<String, String> renamed = new TreeMap<>();
        now.columns().forEach(column -> {
            String name = before.getOrDefault(column.id(), column.name());
            if (!name.equals(column.name())) {
                renamed.put(name, column.name());
            }
        });
        return renamed;
    }

    /**
     * Hive's own tables know their columns by place alone: one other name in the place of another, of the same type, while all else
     * is as it was, is what its CHANGE COLUMN does.
     */
    private static Map<String, String> renamedInPlace(HiveTable was, HiveTable now) {
        Map<String, String> renamed = new TreeMap<>();
        if (was.columns().size() != now.columns().size() || !was.partitionedBy().equals(now.partitionedBy())) {
            return renamed;
        }
        for (int i = 0; i < was.columns().size(); i++) {
            Column before = was.columns().get(i);
            Column after = now.columns().get(i);
            if (!before.name().equals(after.name())) {
                renamed.put(before.name(), after.name());
                if (!before.type().equals(after.type())) {
                    return Map.of();
                }
            }
        }
        return renamed.size() == 1 ? renamed : Map.of();
    }

    /** Its place among the others may be another. */
    private static boolean sameMeaning(Column one, Column other) {
        return one.type().equals(other.type())
                && one.required() == other.required()
                && Objects.equals(one.doc(), other.doc());
    }

    private static Map<String, Column> byName(List<Column> columns) {
        Map<String, Column> byName = new LinkedHashMap<>();
        columns.forEach(column -> byName.put(column.name(), column));
        return byName;
    }

    private void partitions(String row, List<String> names, boolean added) {
        HiveTable table = tables.get(row);
        if (table == null) {
            return;
        }
        for (int from = 0; from < names.size(); from += PARTITIONS_PER_EVENT) {
            List<String> some = List.copyOf(names.subList(from, Math.min(names.size(), from + PARTITIONS_PER_EVENT)));
            told.add(new Told(
                    address(table),
                    added
                            ? new PartitionsAdded(table.entry(), table.id(), some)
                            : new PartitionsDropped(table.entry(), table.id(), some)));
        }
    }

    private static Address address(HiveTable table) {
        return table.entry().in(DOMAIN, table.kind());
    }
}
