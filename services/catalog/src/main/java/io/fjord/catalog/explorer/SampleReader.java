package io.fjord.catalog.explorer;

import io.fjord.catalog.explorer.Sample.SampleColumn;
import io.fjord.catalog.explorer.Sample.Truncated;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.ProblemException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.FirstFiles;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.avro.Avro;
import org.apache.iceberg.data.GenericDeleteFilter;
import org.apache.iceberg.data.IdentityPartitionConverters;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.avro.PlannedDataReader;
import org.apache.iceberg.exceptions.ForbiddenException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.CloseableIterator;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.mapping.NameMapping;
import org.apache.iceberg.mapping.NameMappingParser;
import org.apache.iceberg.parquet.FirstRows;
import org.apache.iceberg.parquet.FirstRows.TooLarge;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.PartitionUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/**
 * Reads some rows of a table, without an engine: the first ones of its newest files, by the columns it has now, without what is
 * deleted. Bounded in memory and time, because the process it runs in has other work; a file that does not fit is passed over. Reads
 * files: only on a worker thread.
 */
final class SampleReader {

    private static final Logger log = LoggerFactory.getLogger(SampleReader.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** What the pages may take that are in memory at once, and the deletes. */
    private static final long MOST_BYTES = 16L << 20;

    private static final long MOST_DELETE_BYTES = 8L << 20;
    private static final long MOST_DELETED_POSITIONS = 2_000_000;

    /** Each is a row in memory. */
    private static final long MOST_EQUALITY_DELETES = 50_000;

    private static final long MOST_DELETE_FILES = 20_000;

    /** Of each row group, where some of them are deleted. */
    private static final int ROWS_BEHIND_DELETES = 10_000;

    /** What is answered, about. */
    private static final long MOST_LETTERS = 2L << 20;

    private final String table;
    private final TableMetadata metadata;
    private final FileIO io;
    private final Map<Integer, List<String>> hidden;
    private final int wanted;
    private final long until = System.nanoTime() + PATIENCE.toNanos();
    private final List<List<@Nullable Object>> rows = new ArrayList<>();
    private final List<Truncated> truncated = new ArrayList<>();
    private long letters;
    private boolean isWhole = true;
    private @Nullable String passedOver;

    /**
     * @param table what it is called, for people
     * @param hidden ids of the fields whose values are not to be shown, with why
     * @param wanted how many rows at most
     */
    SampleReader(String table, TableMetadata metadata, FileIO io, Map<Integer, List<String>> hidden, int wanted) {
        this.table = table;
        this.metadata = metadata;
        this.io = io;
        this.hidden = hidden;
        this.wanted = wanted;
    }

    /**
     * @param snapshot null for a table without data
     * @throws ProblemException if its files are gone, or none of them can be read within the bounds
     */
    Sample read(@Nullable Snapshot snapshot) {
        List<SampleColumn> columns =
                metadata.schema().columns().stream().map(this::column).toList();
        if (snapshot != null) {
            try {
                readRows(snapshot, visible(columns));
            } catch (NotFoundException | NoSuchKeyException e) {
                throw new ProblemException(ExplorerProblems.filesGone(table, e));
            } catch (SdkException e) {
                throw HttpProblems.serviceUnavailable("the storage of " + table);
            }
        }
        if (rows.size() > wanted) {
            rows.remove(wanted);
            truncated.removeIf(one -> one.row() == wanted);
        }
        if (rows.isEmpty() && passedOver != null) {
            throw new ProblemException(ExplorerProblems.notSampled(table, passedOver));
        }
        return new Sample(
                snapshot == null ? null : Long.toString(snapshot.snapshotId()),
                snapshot == null ? null : Instant.ofEpochMilli(snapshot.timestampMillis()),
                columns,
                rows,
                truncated,
                isWhole);
    }

    private SampleColumn column(Types.NestedField field) {
        List<String> why = hidden.entrySet().stream()
                .filter(one -> isIn(field, one.getKey()))
                .flatMap(one -> one.getValue().stream())
                .distinct()
                .sorted()
                .toList();
        return new SampleColumn(
                field.name(), field.type().toString(), field.isRequired(), field.doc(), why.isEmpty() ? null : why);
    }

    /** What is sensitive within a column hides all of it. */
    private static boolean isIn(Types.NestedField field, int id) {
        return field.fieldId() == id
                || (field.type().isNestedType()
                        && field.type().asNestedType().fields().stream().anyMatch(one -> isIn(one, id)));
    }

    /** Values that are not shown are not read either, unless deletes go by them. */
    private Schema visible(List<SampleColumn> columns) {
        List<Types.NestedField> fields = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).hidden() == null) {
                fields.add(metadata.schema().columns().get(i));
            }
        }
        return new Schema(fields);
    }

    private void readRows(Snapshot snapshot, Schema visible) {
        if (visible.columns().isEmpty()) {
            isWhole = false;
            return;
        }
        if (FirstFiles.deletes(snapshot, io) > MOST_DELETE_FILES) {
            passOver("too many files say what is deleted of it");
            return;
        }
        try (CloseableIterable<FileScanTask> files = FirstFiles.of(metadata, snapshot, io);
                CloseableIterator<FileScanTask> each = files.iterator()) {
            while (goesOn() && each.hasNext()) {
                readFile(each.next(), visible);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One more than wanted tells that these are not all. */
    private boolean goesOn() {
        boolean isEnough = rows.size() > wanted || letters > MOST_LETTERS || System.nanoTime() > until;
        isWhole &= !isEnough;
        return !isEnough;
    }

    private void passOver(String why) {
        isWhole = false;
        passedOver = why;
    }

    private void readFile(FileScanTask file, Schema visible) {
        String tooManyDeletes = tooManyDeletes(file.deletes());
        if (tooManyDeletes != null) {
            passOver(tooManyDeletes);
            return;
        }
        try {
            showFile(file, visible);
        } catch (TooLarge e) {
            passOver(e.getMessage() + ", which is more memory than there is for it");
        } catch (ForbiddenException e) {
            passOver("a file of it lies outside of its catalog");
        } catch (NotFoundException | SdkException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            log.atWarn()
                    .setCause(e)
                    .addKeyValue("location", file.file().location())
                    .log("A file of a table could not be read for a sample");
            passOver("a file of it cannot be read");
        }
    }

    private void showFile(FileScanTask file, Schema visible) throws IOException {
        GenericDeleteFilter deletes = new GenericDeleteFilter(io, file, metadata.schema(), visible);
        Schema required = deletes.requiredSchema();
        FileFormat format = file.file().format();
        if (format == FileFormat.PARQUET) {
            FirstRows first = parquet(file, required);
            show(deletes.filter(first), visible);
            if (first.hasSkipped()) {
                passOver("the first rows of its files are deleted, or take more memory than there is for them");
            }
        } else if (format == FileFormat.AVRO) {
            show(deletes.filter(avro(file, required)), visible);
        } else {
            passOver("its files are " + format + ", which is not read here");
        }
    }

    private static @Nullable String tooManyDeletes(List<DeleteFile> deletes) {
        long bytes = 0;
        long positions = 0;
        long equality = 0;
        for (DeleteFile one : deletes) {
            Long content = one.contentSizeInBytes();
            bytes += content == null ? one.fileSizeInBytes() : content;
            if (one.content() == FileContent.EQUALITY_DELETES) {
                equality += one.recordCount();
            } else if (one.format() != FileFormat.PUFFIN) {
                positions += one.recordCount();
            }
        }
        return bytes > MOST_DELETE_BYTES || positions > MOST_DELETED_POSITIONS || equality > MOST_EQUALITY_DELETES
                ? "what is deleted of a file takes more memory than there is for it"
                : null;
    }

    private FirstRows parquet(FileScanTask file, Schema required) {
        return new FirstRows(
                io.newInputFile(file.file()),
                required,
                constants(file),
                names(),
                file.deletes().isEmpty() ? wanted + 1 : ROWS_BEHIND_DELETES,
                MOST_BYTES);
    }

    private CloseableIterable<Record> avro(FileScanTask file, Schema required) {
        InputFile input = io.newInputFile(file.file());
        Map<Integer, ?> constants = constants(file);
        Avro.ReadBuilder reading = Avro.read(input)
                .project(required)
                .createResolvingReader(schema -> PlannedDataReader.create(schema, constants));
        NameMapping names = names();
        return names == null ? reading.build() : reading.withNameMapping(names).build();
    }

    private static Map<Integer, ?> constants(FileScanTask file) {
        return PartitionUtil.constantsMap(file, IdentityPartitionConverters::convertConstant);
    }

    private @Nullable NameMapping names() {
        String names = metadata.property(TableProperties.DEFAULT_NAME_MAPPING, null);
        return names == null ? null : NameMappingParser.fromJson(names);
    }

    private void show(CloseableIterable<Record> found, Schema visible) throws IOException {
        try (CloseableIterable<Record> records = found;
                CloseableIterator<Record> each = records.iterator()) {
            while (goesOn() && each.hasNext()) {
                show(each.next(), visible);
            }
        }
    }

    private void show(Record record, Schema visible) {
        List<@Nullable Object> row = new ArrayList<>();
        int at = 0;
        for (Types.NestedField field : metadata.schema().columns()) {
            boolean isVisible = visible.findField(field.fieldId()) != null;
            SampleCells.Cell cell = SampleCells.of(field.type(), isVisible ? record.get(at++, Object.class) : null);
            row.add(cell.value());
            letters += cell.size();
            if (cell.cut()) {
                truncated.add(new Truncated(rows.size(), field.name(), cell.length()));
            }
        }
        rows.add(row);
    }
}
