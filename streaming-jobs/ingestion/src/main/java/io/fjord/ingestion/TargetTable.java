package io.fjord.ingestion;

import io.fjord.contract.core.pipeline.PipelineColumn;
import io.fjord.contract.core.pipeline.PipelineMode;
import io.fjord.contract.core.pipeline.PipelineTarget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.OverwriteFiles;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotUpdate;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.UpdateSchema;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.WriteResult;
import org.apache.iceberg.rest.RESTCatalog;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.TypeUtil;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.iceberg.util.SnapshotUtil;
import org.jspecify.annotations.Nullable;

/**
 * The table a pipeline writes. A commit carries how far the pipeline has read, and is taken only if nothing of the pipeline was
 * written since it was last looked at: the catalog compares the snapshot it was based on, and each new try is checked again.
 */
public final class TargetTable implements Snapshots, AutoCloseable {

    private static final Pattern TRANSFORM =
            Pattern.compile("(?<how>[a-z]+)\\((?:(?<number>[0-9]+), ?)?(?<column>[^,()]+)\\)");

    private final RESTCatalog catalog;
    private final Table table;
    private final String pipeline;

    private TargetTable(RESTCatalog catalog, Table table, String pipeline) {
        this.catalog = catalog;
        this.table = table;
        this.pipeline = pipeline;
    }

    /**
     * Opens it, and makes it first if it is not there.
     *
     * @param inferred what the first records have, for a table to be made without columns declared; null: not looked yet
     * @return null if it is not there and it is not known what columns it should have
     */
    public static @Nullable TargetTable open(Settings settings, Order order, @Nullable Map<String, Type> inferred)
            throws CannotGoOn, IOException {
        RESTCatalog catalog = catalog(settings, order);
        try {
            Table table = table(catalog, order, inferred);
            if (table == null) {
                catalog.close();
                return null;
            }
            return new TargetTable(catalog, table, order.id());
        } catch (CannotGoOn | RuntimeException e) {
            catalog.close();
            throw e;
        }
    }

    private static RESTCatalog catalog(Settings settings, Order order) {
        Map<String, String> properties = new HashMap<>();
        properties.put("uri", settings.gateway() + "/iceberg");
        properties.put("warehouse", order.warehouse());
        properties.put("token", order.token());
        properties.put("io-impl", "org.apache.iceberg.aws.s3.S3FileIO");
        properties.put("s3.endpoint", settings.s3().endpoint());
        properties.put("s3.path-style-access", "true");
        properties.put("s3.access-key-id", settings.s3().accessKey());
        properties.put("s3.secret-access-key", settings.s3().secretKey());
        properties.put("client.region", settings.s3().region());
        // Metrics of a commit are one more request each; who wants to know asks the snapshots.
        properties.put("rest-metrics-reporting-enabled", "false");
        RESTCatalog catalog = new RESTCatalog();
        catalog.initialize(order.warehouse(), properties);
        return catalog;
    }

    private static @Nullable Table table(RESTCatalog catalog, Order order, @Nullable Map<String, Type> inferred)
            throws CannotGoOn {
        PipelineTarget target = order.spec().target();
        TableIdentifier name =
                TableIdentifier.of(Namespace.of(target.namespace().split("\\.")), target.table());
        try {
            return catalog.loadTable(name);
        } catch (NoSuchTableException absent) {
            Schema schema = schema(target, inferred);
            return schema == null ? null : create(catalog, name, schema, order);
        }
    }

    private static Table create(RESTCatalog catalog, TableIdentifier name, Schema schema, Order order)
            throws CannotGoOn {
        try {
            return catalog.buildTable(name, schema)
                    .withPartitionSpec(
                            partitioning(schema, order.spec().target().partitioning()))
                    .withProperty(TableProperties.FORMAT_VERSION, "2")
                    .create();
        } catch (AlreadyExistsException raced) {
            return catalog.loadTable(name);
        } catch (NoSuchNamespaceException e) {
            throw new CannotGoOn(
                    "There is no namespace '" + name.namespace() + "'. Create it, then start the pipeline.");
        } catch (IllegalArgumentException | ValidationException e) {
            throw new CannotGoOn("The table cannot be made so: " + e.getMessage());
        }
    }

    private static @Nullable Schema schema(PipelineTarget target, @Nullable Map<String, Type> inferred) {
        if (target.columns() != null) {
            return schema(target.columns());
        }
        List<NestedField> fields = new ArrayList<>();
        if (inferred != null) {
            inferred.forEach((column, type) -> fields.add(NestedField.optional(fields.size() + 1, column, type)));
        }
        return fields.isEmpty() ? null : new Schema(fields);
    }

    public static Schema schema(List<PipelineColumn> columns) {
        List<NestedField> fields = new ArrayList<>();
        for (PipelineColumn column : columns) {
            fields.add(NestedField.of(
                    fields.size() + 1, !column.required(), column.name(), Types.fromPrimitiveString(column.type())));
        }
        return new Schema(fields);
    }

    private static PartitionSpec partitioning(Schema schema, @Nullable List<String> by) {
        PartitionSpec.Builder spec = PartitionSpec.builderFor(schema);
        for (String each : by == null ? List.<String>of() : by) {
            Matcher matcher = TRANSFORM.matcher(each);
            if (!matcher.matches()) {
                spec.identity(each.strip());
                continue;
            }
            String column = matcher.group("column").strip();
            int number = matcher.group("number") == null ? 0 : Integer.parseInt(matcher.group("number"));
            switch (matcher.group("how")) {
                case "year" -> spec.year(column);
                case "month" -> spec.month(column);
                case "day" -> spec.day(column);
                case "hour" -> spec.hour(column);
                case "bucket" -> spec.bucket(column, number);
                case "truncate" -> spec.truncate(column, number);
                default -> spec.identity(column);
            }
        }
        return spec.build();
    }

    public Table table() {
        return table;
    }

    @Override
    public @Nullable Committed newest() {
        table.refresh();
        Snapshot current = table.currentSnapshot();
        return current == null ? null : Committed.newest(ancestry(current), pipeline);
    }

    private Iterable<Snapshot> ancestry(Snapshot from) {
        return SnapshotUtil.ancestorsOf(from.snapshotId(), table::snapshot);
    }

    @Nullable
    Committed of(long snapshot) {
        Snapshot found = table.snapshot(snapshot);
        return found == null ? null : Committed.of(found, pipeline);
    }

    @Override
    public long writtenSince() {
        return Long.parseLong(table.properties().getOrDefault(Committed.anchorKey(pipeline), "0"));
    }

    @Override
    public long write(@Nullable Committed before, Committed next, List<WriteResult> files, Way way) {
        if (way == Way.ANCHOR) {
            Transaction transaction = table.newTransaction();
            transaction
                    .updateProperties()
                    .set(Committed.anchorKey(pipeline), String.valueOf(next.epoch()))
                    .commit();
            write(transaction.newAppend(), before, next, files);
            transaction.commitTransaction();
        } else if (way == Way.REPLACE) {
            OverwriteFiles overwrite = table.newOverwrite().overwriteByRowFilter(Expressions.alwaysTrue());
            files.forEach(result -> {
                for (DataFile file : result.dataFiles()) {
                    overwrite.addFile(file);
                }
            });
            prepare(overwrite, before, next);
            overwrite.commit();
        } else if (files.stream().anyMatch(result -> result.deleteFiles().length > 0)) {
            RowDelta delta = table.newRowDelta();
            files.forEach(result -> {
                for (DataFile file : result.dataFiles()) {
                    delta.addRows(file);
                }
                for (DeleteFile file : result.deleteFiles()) {
                    delta.addDeletes(file);
                }
            });
            prepare(delta, before, next);
            delta.commit();
        } else {
            write(table.newAppend(), before, next, files);
        }
        return Objects.requireNonNull(table.currentSnapshot()).snapshotId();
    }

    private void write(AppendFiles append, @Nullable Committed before, Committed next, List<WriteResult> files) {
        files.forEach(result -> {
            for (DataFile file : result.dataFiles()) {
                append.appendFile(file);
            }
        });
        prepare(append, before, next);
        append.commit();
    }

    /** Not only of those that led to the newest: one that was rolled back has its files still. */
    @Override
    public boolean mayHave(Committed before, Committed next) {
        boolean known = false;
        for (Snapshot snapshot : table.snapshots()) {
            Committed committed = Committed.of(snapshot, pipeline);
            if (committed != null && committed.commit().equals(next.commit())) {
                return true;
            }
            known |= committed != null && committed.commit().equals(before.commit());
        }
        // Where that one has expired, this one may have too.
        return !known;
    }

    /** Whether it has rows, whoever wrote them. */
    boolean hasRows() {
        Snapshot current = table.currentSnapshot();
        return current != null && !"0".equals(current.summary().get("total-records"));
    }

    private void prepare(SnapshotUpdate<?> update, @Nullable Committed before, Committed next) {
        next.into(update, pipeline);
        update.validateWith(ancestry -> Commits.isStill(before, Committed.newest(ancestry, pipeline)));
    }

    @Override
    public void forget(WriteResult result) {
        for (DataFile file : result.dataFiles()) {
            table.io().deleteFile(file.location());
        }
        for (DeleteFile file : result.deleteFiles()) {
            table.io().deleteFile(file.location());
        }
    }

    /** Gives the table columns it does not have; those somebody else gave it meanwhile are left. */
    public void addColumns(Map<String, Type> columns) {
        table.refresh();
        UpdateSchema update = table.updateSchema();
        boolean any = false;
        for (Map.Entry<String, Type> column : columns.entrySet()) {
            if (table.schema().findField(column.getKey()) == null) {
                update.addColumn(column.getKey(), column.getValue());
                any = true;
            }
        }
        if (any) {
            update.commit();
        }
        table.refresh();
    }

    /** What of these columns it lacks, or has of another type. */
    Map<String, Type> differing(Map<String, Type> columns) {
        Map<String, Type> differing = new LinkedHashMap<>();
        columns.forEach((name, type) -> {
            NestedField field = table.schema().findField(name);
            if (field == null
                    || !field.type().equals(type)
                            && !TypeUtil.isPromotionAllowed(type, field.type().asPrimitiveType())) {
                differing.put(name, type);
            }
        });
        return differing;
    }

    /** Makes its columns those; one that it has stays, though the source's is gone. */
    void follow(Map<String, Type> differing) throws CannotGoOn {
        table.refresh();
        UpdateSchema update = table.updateSchema();
        for (Map.Entry<String, Type> column : differing.entrySet()) {
            NestedField field = table.schema().findField(column.getKey());
            if (field == null) {
                update.addColumn(column.getKey(), column.getValue());
            } else if (TypeUtil.isPromotionAllowed(
                    field.type(), column.getValue().asPrimitiveType())) {
                update.updateColumn(column.getKey(), column.getValue().asPrimitiveType());
            } else {
                throw new CannotGoOn("The column '" + column.getKey() + "' is " + field.type()
                        + " in the table and has become " + column.getValue()
                        + " in the source. Rename or drop the table's, then start the pipeline.");
            }
        }
        update.commit();
        table.refresh();
    }

    boolean suits(PipelineMode mode) {
        return mode == PipelineMode.APPEND || table.spec().isUnpartitioned();
    }

    @Override
    public void close() {
        try {
            catalog.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
