package io.fjord.ingestion.spark;

import io.fjord.ingestion.CannotGoOn;
import io.fjord.ingestion.Intake;
import io.fjord.ingestion.Sieve;
import io.fjord.ingestion.Slice;
import io.fjord.ingestion.Upserts;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.WriteResult;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.catalyst.InternalRow;
import org.jspecify.annotations.Nullable;

/** The task of a pipeline without SQL: records become files, as the direct writer makes them. */
final class WriteRecords implements FlatMapFunction<Iterator<InternalRow>, Slice> {

    private static final long serialVersionUID = 1L;

    private final String pipeline;
    private final @Nullable Long watermarkMillis;

    /** @param pipeline key of what it shares */
    WriteRecords(String pipeline, @Nullable Long watermarkMillis) {
        this.pipeline = pipeline;
        this.watermarkMillis = watermarkMillis;
    }

    @Override
    public Iterator<Slice> call(Iterator<InternalRow> records) throws CannotGoOn, IOException {
        Shared shared = Shared.of(pipeline);
        Table table = shared.table();
        Sieve sieve = new Sieve(shared.order(), table.schema(), shared.aside()).from(watermarkMillis);
        try (Intake intake = new Intake(shared.order(), table, sieve, TaskContext.getPartitionId())) {
            while (records.hasNext() && intake.take(KafkaRecords.of(records.next()))) {
                // until there are no more, or the table needs columns first
            }
            Slice slice = intake.done(Map.of(), 0);
            shared.aside().flush();
            return List.of(slice.newest().isEmpty() ? slice : upserted(slice, shared))
                    .iterator();
        }
    }

    private static Slice upserted(Slice slice, Shared shared) throws CannotGoOn, IOException {
        WriteResult files = Upserts.write(
                shared.table(),
                shared.order().generation(),
                Intake.keys(shared.order(), shared.table()),
                slice.newest());
        return new Slice(files, Map.of(), slice.next(), slice.counts(), slice.lag(), slice.columns());
    }
}
