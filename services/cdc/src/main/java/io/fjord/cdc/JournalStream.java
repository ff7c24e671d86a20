package io.fjord.cdc;

import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import io.fjord.contract.EventEnvelope;
import io.fjord.platform.sql.DatabaseUrl;
import io.fjord.platform.sql.Schemas;
import java.io.IOException;
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

    private final DebeziumEngine<RecordChangeEvent<SourceRecord>> engine;
    private final Thread thread;
    private final String serviceField;
    private final Map<String, String> serviceOf;
    private final Listener listener;
    private volatile boolean polling;
    private volatile long heard = System.nanoTime();
    private volatile boolean over;
    private volatile @Nullable String failure;

    /** Gets the events in commit order per service, on the stream's thread; may hold it up. */
    interface Listener {
        void on(EventEnvelope<byte[]> event) throws InterruptedException;
    }

    private JournalStream(JournalDatabase database, String kafka, Collection<String> services, Listener listener) {
        this.serviceField = database.serviceField();
        this.serviceOf = services.stream().collect(Collectors.toMap(Schemas::of, service -> service));
        this.listener = listener;
        this.engine = DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
                .using(settings(database, kafka, services))
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
                        handle(records, committer);
                    }
                })
                .build();
        this.thread = new Thread(engine, "relay-stream");
        thread.setDaemon(true);
    }

    static JournalStream start(JournalDatabase database, String kafka, Collection<String> services, Listener listener) {
        JournalStream stream = new JournalStream(database, kafka, services, listener);
        stream.thread.start();
        return stream;
    }

    private static Properties settings(JournalDatabase database, String kafka, Collection<String> services) {
        DatabaseUrl url = database.url();
        Properties all = database.engine(services);
        all.setProperty("name", "fjord-relay");
        all.setProperty("topic.prefix", "fjord-relay");
        all.setProperty("database.hostname", url.host());
        all.setProperty("database.port", Integer.toString(url.port()));
        all.setProperty("database.user", url.user());
        all.setProperty("database.password", url.password());
        all.setProperty("snapshot.mode", "no_data");
        all.setProperty("offset.storage", "org.apache.kafka.connect.storage.MemoryOffsetBackingStore");
        // Asked for, and not used: the relay has a producer of its own.
        all.setProperty("bootstrap.servers", kafka);
        all.setProperty("offset.flush.interval.ms", "5000");
        // Debezium's queue hands on a full batch at once and anything less only when the poll interval is over, which
        // is
        // nearly all of its latency. So each row is a batch; they are gathered behind it.
        all.setProperty("max.batch.size", "1");
        all.setProperty("max.queue.size", "8192");
        all.setProperty("max.queue.size.in.bytes", Integer.toString(64 << 20));
        all.setProperty("record.processing.threads", "1");
        all.setProperty("tombstones.on.delete", "false");
        all.setProperty("skipped.operations", "u,d,t");
        all.setProperty("provide.transaction.metadata", "false");
        all.setProperty("extended.headers.enabled", "false");
        // Starting again is done by the relay, which reads the journal meanwhile.
        all.setProperty("errors.max.retries", "0");
        all.setProperty("task.management.timeout.ms", "20000");
        return all;
    }

    /** Whether it hands on what it gets; what was committed before that moment it may not bring. */
    boolean isPolling() {
        return polling && !over;
    }

    /** Since when it has brought nothing, not even the beat that comes every few seconds. */
    Duration silentFor() {
        return Duration.ofNanos(System.nanoTime() - heard);
    }

    boolean isOver() {
        return over;
    }

    String failure() {
        String text = failure;
        return text == null ? "it ended by itself" : text;
    }

    private void ended(boolean success, @Nullable String message, @Nullable Throwable error) {
        Throwable cause = error;
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        failure = cause == null ? message : cause.toString();
        over = true;
    }

    private void handle(
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
