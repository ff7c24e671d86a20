package io.fjord.cdc;

import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.fjord.capture.EngineRun;
import io.fjord.contract.EventEnvelope;
import io.fjord.platform.sql.Schemas;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a Debezium engine over all journals of a database, on threads of its own.
 *
 * <p>It keeps no offsets: every run begins at the end of the log, and whoever listens knows what it has already. Debezium
 * 3.5 forgets rows when it resumes inside some transactions; nothing here ever resumes.
 */
final class JournalStream implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(JournalStream.class);

    private final String serviceField;
    private final Map<String, String> serviceOf;
    private final Listener listener;
    private final EngineRun run;
    private volatile long heard = System.nanoTime();

    /** Gets the events in commit order per service, on the stream's thread; may hold it up. */
    interface Listener {
        void on(EventEnvelope<byte[]> event) throws InterruptedException;
    }

    private JournalStream(JournalDatabase database, Collection<String> services, Listener listener) {
        this.serviceField = database.serviceField();
        this.serviceOf = services.stream().collect(Collectors.toMap(Schemas::of, service -> service));
        this.listener = listener;
        this.run = EngineRun.start("relay-stream", settings(database, services), new Batches());
    }

    static JournalStream start(JournalDatabase database, Collection<String> services, Listener listener) {
        return new JournalStream(database, services, listener);
    }

    private static Properties settings(JournalDatabase database, Collection<String> services) {
        Properties all = database.engine(services);
        // Debezium's queue hands on a full batch at once and anything less only when the poll interval is over, which
        // is
        // nearly all of its latency. So each row is a batch; they are gathered behind it.
        all.setProperty("max.batch.size", "1");
        all.setProperty("max.queue.size", "8192");
        all.setProperty("max.queue.size.in.bytes", Integer.toString(64 << 20));
        return all;
    }

    private final class Batches implements DebeziumEngine.ChangeConsumer<RecordChangeEvent<SourceRecord>> {
        @Override
        public void handleBatch(
                List<RecordChangeEvent<SourceRecord>> records,
                DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
                throws InterruptedException {
            heard = System.nanoTime();
            for (RecordChangeEvent<SourceRecord> one : records) {
                EventEnvelope<byte[]> event = event(one.record());
                if (event != null) {
                    listener.on(event);
                }
                // It need not be published yet: no run resumes another, and what is missing is in the journal.
                committer.markProcessed(one);
            }
            committer.markBatchFinished();
        }
    }

    /** Whether it hands on what it gets; what was committed before that moment it may not bring. */
    boolean isPolling() {
        return run.isPolling() && !run.isOver();
    }

    /** Since when it has brought nothing, not even the beat that comes every few seconds. */
    Duration silentFor() {
        return Duration.ofNanos(System.nanoTime() - heard);
    }

    boolean isOver() {
        return run.isOver();
    }

    String failure() {
        return run.failure();
    }

    /** Null for heartbeats, and for a row that makes no event: the journal's hole will tell. */
    private @Nullable EventEnvelope<byte[]> event(SourceRecord record) {
        if (!(record.value() instanceof Struct change)
                || change.schema().field("after") == null
                || !(change.get("after") instanceof Struct row)) {
            return null;
        }
        try {
            String schema = change.getStruct("source").getString(serviceField);
            return JournalRow.of(serviceOf.getOrDefault(schema, schema), row);
        } catch (RuntimeException e) {
            log.atError().setCause(e).addKeyValue("topic", record.topic()).log("A row of a journal is not an event");
            return null;
        }
    }

    @Override
    public void close() {
        run.close();
    }
}
