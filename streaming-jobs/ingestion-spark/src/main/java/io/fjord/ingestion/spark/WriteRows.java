package io.fjord.ingestion.spark;

import io.fjord.contract.core.pipeline.PipelineMode;
import io.fjord.ingestion.CannotGoOn;
import io.fjord.ingestion.Intake;
import io.fjord.ingestion.TableFiles;
import io.fjord.ingestion.Upserts;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.TaskWriter;
import org.apache.iceberg.io.WriteResult;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.catalyst.InternalRow;
import org.jspecify.annotations.Nullable;

/** The task behind a pipeline's SQL: what it yields becomes files. */
final class WriteRows implements FlatMapFunction<Iterator<InternalRow>, WriteRows.Written> {

    private static final long serialVersionUID = 1L;

    /** @param files null if there are none */
    record Written(@Nullable WriteResult files, long rows) implements Serializable {}

    private final String pipeline;
    private final OutputColumns columns;

    /** @param pipeline key of what it shares */
    WriteRows(String pipeline, OutputColumns columns) {
        this.pipeline = pipeline;
        this.columns = columns;
    }

    @Override
    public Iterator<Written> call(Iterator<InternalRow> rows) throws CannotGoOn, IOException {
        Shared shared = Shared.of(pipeline);
        boolean upserts = shared.order().spec().mode() == PipelineMode.UPSERT;
        return List.of(upserts ? upserted(rows, shared) : appended(rows, shared))
                .iterator();
    }

    private Written appended(Iterator<InternalRow> rows, Shared shared) throws CannotGoOn, IOException {
        if (!rows.hasNext()) {
            return new Written(null, 0);
        }
        GenericRecord empty = GenericRecord.create(shared.table().schema());
        TaskWriter<Record> writer =
                TableFiles.writer(shared.table(), shared.order().generation(), TaskContext.getPartitionId());
        long written = 0;
        boolean done = false;
        try {
            for (; rows.hasNext(); written++) {
                writer.write(columns.row(rows.next(), empty));
            }
            WriteResult files = writer.complete();
            done = true;
            return new Written(files, written);
        } finally {
            if (!done) {
                writer.abort();
            }
        }
    }

    /** One task does all of a batch: the last row of a key is the one that counts. */
    private Written upserted(Iterator<InternalRow> rows, Shared shared) throws CannotGoOn, IOException {
        GenericRecord empty = GenericRecord.create(shared.table().schema());
        List<NestedField> keys = Intake.keys(shared.order(), shared.table());
        Map<List<@Nullable Object>, @Nullable Record> newest = new LinkedHashMap<>();
        long read = 0;
        for (; rows.hasNext(); read++) {
            Record row = columns.row(rows.next(), empty);
            List<@Nullable Object> key = new ArrayList<>();
            for (NestedField field : keys) {
                Object part = row.getField(field.name());
                if (part == null) {
                    throw new CannotGoOn("The SQL yields a row without '" + field.name()
                            + "', which is part of the key. Leave such rows out of it with WHERE.");
                }
                key.add(part);
            }
            newest.put(key, row);
        }
        return newest.isEmpty()
                ? new Written(null, 0)
                : new Written(Upserts.write(shared.table(), shared.order().generation(), keys, newest), read);
    }
}
