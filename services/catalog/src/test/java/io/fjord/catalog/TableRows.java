package io.fjord.catalog;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.GenericFileWriterFactory;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.deletes.PositionDelete;
import org.apache.iceberg.encryption.EncryptedFiles;
import org.apache.iceberg.encryption.EncryptedOutputFile;
import org.apache.iceberg.encryption.EncryptionKeyMetadata;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.types.Types;

/** Writes rows into tables without partitions, and deletes of them, as an engine would. */
public final class TableRows {

    private TableRows() {}

    /** A row of a table by the names of its columns. */
    public static Record row(Table table, Map<String, Object> values) {
        return GenericRecord.create(table.schema()).copy(values);
    }

    public static DataFile append(Table table, FileFormat format, List<Record> rows) {
        DataFile file = write(table, format, Map.of(), rows);
        table.newFastAppend().appendFile(file).commit();
        return file;
    }

    /** @param settings of the writer, by their names among the properties of tables */
    public static DataFile write(Table table, FileFormat format, Map<String, String> settings, List<Record> rows) {
        var factory = new GenericFileWriterFactory.Builder(table)
                .dataFileFormat(format)
                .dataSchema(table.schema())
                .writerProperties(settings)
                .build();
        var writer = factory.newDataWriter(newFile(table, "data", format), table.spec(), null);
        try (writer) {
            rows.forEach(writer::write);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return writer.toDataFile();
    }

    /** Deletes rows of a file by where they stand. */
    public static void deletePositions(Table table, DataFile file, List<Long> positions) {
        var factory = new GenericFileWriterFactory.Builder(table)
                .deleteFileFormat(FileFormat.PARQUET)
                .build();
        var writer = factory.newPositionDeleteWriter(newFile(table, "deletes", FileFormat.PARQUET), table.spec(), null);
        try (writer) {
            for (long position : positions) {
                writer.write(PositionDelete.<Record>create().set(file.location(), position));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        table.newRowDelta().addDeletes(writer.toDeleteFile()).commit();
    }

    /** Deletes all rows committed so far that have these values of one column. */
    public static void deleteWhere(Table table, String column, List<Object> values) {
        Types.NestedField field = table.schema().findField(column);
        var of = table.schema().select(column);
        var factory = new GenericFileWriterFactory.Builder(table)
                .deleteFileFormat(FileFormat.PARQUET)
                .equalityFieldIds(new int[] {field.fieldId()})
                .equalityDeleteRowSchema(of)
                .build();
        var writer = factory.newEqualityDeleteWriter(newFile(table, "deletes", FileFormat.PARQUET), table.spec(), null);
        try (writer) {
            for (Object value : values) {
                writer.write(GenericRecord.create(of).copy(Map.of(column, value)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        DeleteFile deletes = writer.toDeleteFile();
        table.newRowDelta().addDeletes(deletes).commit();
    }

    private static EncryptedOutputFile newFile(Table table, String folder, FileFormat format) {
        OutputFile file = table.io()
                .newOutputFile(table.location() + "/" + folder + "/"
                        + format.addExtension(UUID.randomUUID().toString()));
        return EncryptedFiles.encryptedOutput(file, EncryptionKeyMetadata.EMPTY);
    }
}
