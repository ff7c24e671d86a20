package io.fjord.ingestion;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.GenericFileWriterFactory;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.io.OutputFileFactory;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.util.StructLikeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one file of the many small ones that frequent commits leave: one partition at a time, and never more than can be done
 * between two commits. Says nothing of how far the pipeline is, so that stays where it was.
 */
final class Compaction {

    private static final Logger log = LoggerFactory.getLogger(Compaction.class);
    private static final long SMALL_BYTES = 16L << 20;
    private static final long MOST_BYTES = 64L << 20;
    private static final int MOST_FILES = 200;

    private final Table table;
    private final int fewest;

    /** @param fewest small files of one partition that are worth it */
    Compaction(Table table, int fewest) {
        this.table = table;
        this.fewest = fewest;
    }

    /** @return how many files became one; 0 if there were too few */
    int run() throws IOException {
        table.refresh();
        Snapshot current = table.currentSnapshot();
        if (current == null) {
            return 0;
        }
        List<DataFile> small = worthIt();
        if (small.isEmpty()) {
            return 0;
        }
        DataFile one = rewritten(small);
        try {
            table.newRewrite()
                    .validateFromSnapshot(current.snapshotId())
                    .rewriteFiles(new HashSet<>(small), Set.of(one), current.sequenceNumber())
                    .commit();
        } catch (RuntimeException e) {
            table.refresh();
            if (!isThere(one)) {
                table.io().deleteFile(one.location());
                throw e;
            }
        }
        log.atInfo()
                .addKeyValue("table", table.name())
                .addKeyValue("files", small.size())
                .log("Small files became one");
        return small.size();
    }

    private List<DataFile> worthIt() throws IOException {
        PartitionSpec spec = table.spec();
        Map<StructLike, List<DataFile>> byPartition = StructLikeMap.create(spec.partitionType());
        try (CloseableIterable<FileScanTask> tasks =
                table.newScan().includeColumnStats().planFiles()) {
            for (FileScanTask task : tasks) {
                DataFile file = task.file();
                boolean simple = task.deletes().isEmpty()
                        && file.specId() == spec.specId()
                        && file.format() == FileFormat.PARQUET;
                if (simple && file.fileSizeInBytes() < SMALL_BYTES) {
                    byPartition
                            .computeIfAbsent(file.partition(), none -> new ArrayList<>())
                            .add(file.copy());
                }
            }
        }
        for (List<DataFile> files : byPartition.values()) {
            List<DataFile> some = bounded(files);
            if (some.size() >= fewest) {
                return some;
            }
        }
        return List.of();
    }

    private static List<DataFile> bounded(List<DataFile> files) {
        List<DataFile> some = new ArrayList<>();
        long bytes = 0;
        for (DataFile file : files) {
            bytes += file.fileSizeInBytes();
            if (bytes > MOST_BYTES || some.size() == MOST_FILES) {
                break;
            }
            some.add(file);
        }
        return some;
    }

    private DataFile rewritten(List<DataFile> files) throws IOException {
        Schema schema = table.schema();
        var factory = new GenericFileWriterFactory.Builder(table)
                .dataFileFormat(FileFormat.PARQUET)
                .dataSchema(schema)
                .writerProperties(TableFiles.PARQUET)
                .build();
        OutputFileFactory names = OutputFileFactory.builderFor(table, 0, 0)
                .format(FileFormat.PARQUET)
                .suffix("compacted")
                .build();
        StructLike partition = files.get(0).partition();
        DataWriter<Record> writer = factory.newDataWriter(
                table.spec().isUnpartitioned() ? names.newOutputFile() : names.newOutputFile(table.spec(), partition),
                table.spec(),
                table.spec().isUnpartitioned() ? null : partition);
        try (writer) {
            for (DataFile file : files) {
                try (CloseableIterable<Record> rows = Parquet.read(table.io().newInputFile(file.location()))
                        .project(schema)
                        .createReaderFunc(written -> GenericParquetReaders.buildReader(schema, written))
                        .reuseContainers()
                        .build()) {
                    rows.forEach(writer::write);
                }
            }
        }
        return writer.toDataFile();
    }

    private boolean isThere(DataFile one) throws IOException {
        try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
            for (FileScanTask task : tasks) {
                if (task.file().location().equals(one.location())) {
                    return true;
                }
            }
        }
        return false;
    }
}
