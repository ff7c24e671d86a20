package io.fjord.cdc.capture;

import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.fjord.capture.EngineRun;
import java.util.List;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/** The rows added to the captured tables, as a run of a Debezium engine brings them. */
final class RowStream implements DebeziumEngine.ChangeConsumer<RecordChangeEvent<SourceRecord>> {

    private final CaptureConfig config;
    private final CapturedDatabase.Taker taker;

    private RowStream(CaptureConfig config, CapturedDatabase.Taker taker) {
        this.config = config;
        this.taker = taker;
    }

    static EngineRun start(CaptureConfig config, CapturedDatabase database, CapturedDatabase.Taker taker) {
        return EngineRun.start("capture-stream", database.engine(), new RowStream(config, taker));
    }

    @Override
    public void handleBatch(
            List<RecordChangeEvent<SourceRecord>> records,
            DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
            throws InterruptedException {
        for (RecordChangeEvent<SourceRecord> one : records) {
            CapturedRow row = row(one.record());
            if (row != null) {
                taker.take(row);
            }
            committer.markProcessed(one);
        }
        committer.markBatchFinished();
    }

    /** Null for heartbeats. */
    private @Nullable CapturedRow row(SourceRecord record) {
        if (!(record.value() instanceof Struct change)
                || change.schema().field("after") == null
                || !(change.get("after") instanceof Struct row)) {
            return null;
        }
        String name = change.getStruct("source").getString("table");
        return config.tables().stream()
                .filter(table -> table.is(name))
                .findFirst()
                .map(table -> CapturedRow.of(table, row))
                .orElse(null);
    }
}
