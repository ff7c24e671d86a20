package io.fjord.ingestion;

import java.util.Map;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.GenericFileWriterFactory;
import org.apache.iceberg.data.InternalRecordWrapper;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.OutputFileFactory;
import org.apache.iceberg.io.PartitionedFanoutWriter;
import org.apache.iceberg.io.TaskWriter;
import org.apache.iceberg.io.UnpartitionedWriter;

/** How pipelines write files of a table. */
public final class TableFiles {

    private static final long FILE_BYTES = 128L << 20;

    /** Small row groups: what is buffered of many open files fits a small heap. */
    static final Map<String, String> PARQUET = Map.of(
            "write.parquet.row-group-size-bytes", String.valueOf(16 << 20), "write.parquet.compression-codec", "zstd");

    private TableFiles() {}

    /**
     * Files of rows, those of a partition apart.
     *
     * @param number of the writer among those of the pipeline
     */
    public static TaskWriter<Record> writer(Table table, long generation, int number) {
        var files = new GenericFileWriterFactory.Builder(table)
                .dataFileFormat(FileFormat.PARQUET)
                .dataSchema(table.schema())
                .writerProperties(PARQUET)
                .build();
        OutputFileFactory names = OutputFileFactory.builderFor(table, number, generation)
                .format(FileFormat.PARQUET)
                .build();
        if (table.spec().isUnpartitioned()) {
            return new UnpartitionedWriter<>(table.spec(), FileFormat.PARQUET, files, names, table.io(), FILE_BYTES);
        }
        PartitionKey key = new PartitionKey(table.spec(), table.schema());
        InternalRecordWrapper wrapper = new InternalRecordWrapper(table.schema().asStruct());
        return new PartitionedFanoutWriter<>(table.spec(), FileFormat.PARQUET, files, names, table.io(), FILE_BYTES) {
            @Override
            protected PartitionKey partition(Record row) {
                key.partition(wrapper.wrap(row));
                return key;
            }
        };
    }
}
