package org.apache.iceberg;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.expressions.ResidualEvaluator;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.jspecify.annotations.Nullable;

/**
 * The files of a snapshot with what is deleted of each, in the order of its manifests, of which one after the other is read as files
 * are asked for: a scan of the library reads ahead with threads of its own, and in another order each time. Stands in Iceberg's
 * package because what finds the deletes of a file is kept to it.
 */
public final class FirstFiles {

    private final FileIO io;
    private final Map<Integer, PartitionSpec> specs;
    private final Map<Integer, String> specTexts;
    private final String schema;
    private final List<ManifestFile> manifests;
    private final DeleteFileIndex deletes;

    private FirstFiles(TableMetadata table, Snapshot snapshot, FileIO io) {
        this.io = io;
        this.specs = table.specsById();
        this.specTexts = specs.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, one -> PartitionSpecParser.toJson(one.getValue())));
        this.schema = SchemaParser.toJson(table.schema());
        this.manifests = snapshot.dataManifests(io);
        this.deletes = DeleteFileIndex.builderFor(io, snapshot.deleteManifests(io))
                .schemasById(table.schemasById())
                .specsById(specs)
                .build();
    }

    /** The manifests of deletes are read at once, those of data as far as the caller gets. */
    public static CloseableIterable<FileScanTask> of(TableMetadata table, Snapshot snapshot, FileIO io) {
        FirstFiles files = new FirstFiles(table, snapshot, io);
        return CloseableIterable.concat(
                () -> files.manifests.stream().map(files::ofManifest).iterator());
    }

    private CloseableIterable<FileScanTask> ofManifest(ManifestFile manifest) {
        return CloseableIterable.transform(ManifestFiles.read(manifest, io, specs), this::task);
    }

    private FileScanTask task(DataFile file) {
        return new BaseFileScanTask(
                file,
                deletes.forDataFile(file),
                schema,
                Objects.requireNonNull(specTexts.get(file.specId())),
                ResidualEvaluator.unpartitioned(Expressions.alwaysTrue()));
    }

    /** How many files of deletes the manifests of a snapshot speak of. */
    public static long deletes(Snapshot snapshot, FileIO io) {
        return snapshot.deleteManifests(io).stream()
                .mapToLong(one -> orZero(one.addedFilesCount()) + orZero(one.existingFilesCount()))
                .sum();
    }

    private static long orZero(@Nullable Integer count) {
        return count == null ? 0 : count;
    }
}
