package io.fjord.ingestion;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.GenericFileWriterFactory;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.io.OutputFileFactory;
import org.apache.iceberg.io.WriteResult;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/**
 * Writes the newest row of each key: what the table had of these keys is deleted by equality, which holds for what was committed
 * before, so the rows beside it stay.
 */
public final class Upserts {

    private Upserts() {}

    /** @param newest null for one to be taken away */
    public static WriteResult write(
            Table table, long generation, List<NestedField> keys, Map<List<@Nullable Object>, @Nullable Record> newest)
            throws IOException {
        Schema keySchema = new Schema(keys);
        int[] ids = keys.stream().mapToInt(NestedField::fieldId).toArray();
        var factory = new GenericFileWriterFactory.Builder(table)
                .dataFileFormat(FileFormat.PARQUET)
                .dataSchema(table.schema())
                .deleteFileFormat(FileFormat.PARQUET)
                .equalityFieldIds(ids)
                .equalityDeleteRowSchema(keySchema)
                .writerProperties(TableFiles.PARQUET)
                .build();
        OutputFileFactory names = OutputFileFactory.builderFor(table, 0, generation)
                .format(FileFormat.PARQUET)
                .operationId(UUID.randomUUID().toString())
                .build();
        WriteResult.Builder result = WriteResult.builder();
        if (table.currentSnapshot() != null) {
            var deletes = factory.newEqualityDeleteWriter(names.newOutputFile(), table.spec(), null);
            try (deletes) {
                GenericRecord row = GenericRecord.create(keySchema);
                for (List<@Nullable Object> key : newest.keySet()) {
                    for (int i = 0; i < key.size(); i++) {
                        row.set(i, key.get(i));
                    }
                    deletes.write(row);
                }
            }
            result.addDeleteFiles(deletes.toDeleteFile());
        }
        if (newest.values().stream().anyMatch(row -> row != null)) {
            DataWriter<Record> data = factory.newDataWriter(names.newOutputFile(), table.spec(), null);
            try (data) {
                for (Record row : newest.values()) {
                    if (row != null) {
                        data.write(row);
                    }
                }
            }
            result.addDataFiles(data.toDataFile());
        }
        return result.build();
    }
}
