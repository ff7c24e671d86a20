package io.fjord.cdc.capture;

import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import java.io.IOException;
import java.util.List;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of a Debezium engine over the captured tables, on threads of its own. */
final class RowStream implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(RowStream.class);

    private final DebeziumEngine<RecordChangeEvent<SourceRecord>> engine;
    private final Thread thread;
    private final CaptureConfig config;
    private volatile boolean polling;
    private volatile boolean over;
    private volatile @Nullable String failure;

    private RowStream(CaptureConfig config, CapturedDatabase database, CapturedDatabase.Taker taker) {
        this.config = config;
        this.engine = DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
                .using(database.engine())
                .using((DebeziumEngine.CompletionCallback) this::ended)
                .using(new DebeziumEngine.ConnectorCallback() {
                    @Override
                    public void pollingStarted() {
                        polling = true;
                    }
                })
                .notifying(new DebeziumEngine.ChangeConsumer<RecordChangeEvent<SourceRecord>>() {
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
                })
                .build();
        this.thread = new Thread(engine, "capture-stream");
        thread.setDaemon(true);
    }

    static RowStream start(CaptureConfig config, CapturedDatabase database, CapturedDatabase.Taker taker) {
        RowStream stream = new RowStream(config, database, taker);
        stream.thread.start();
        return stream;
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

    private void ended(boolean success, @Nullable String message, @Nullable Throwable error) {
        Throwable cause = error;
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        failure = cause == null ? message : cause.toString();
        over = true;
    }

    boolean isPolling() {
        return polling;
    }

    boolean isOver() {
        return over;
    }

    String failure() {
        String text = failure;
        return text == null ? "it ended by itself" : text;
    }

    /** Returns when it has ended, or was left alone after half a minute. */
    @Override
    public void close() {
        try {
            // Debezium cannot be stopped while it starts.
            for (int tries = 0; tries < 200 && !polling && !over; tries++) {
                thread.join(100);
            }
            if (!over) {
                engine.close();
            }
            thread.join(10_000);
        } catch (IllegalStateException | IOException e) {
            log.atWarn().setCause(e).log("The stream did not close well");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
