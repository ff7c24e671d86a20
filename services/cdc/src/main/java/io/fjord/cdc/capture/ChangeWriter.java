package io.fjord.cdc.capture;

import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.fjord.capture.SourceRecords;
import io.fjord.codec.CapturedChanges;
import io.fjord.codec.CapturedChanges.Change;
import io.fjord.codec.CapturedChanges.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/** Writes what an engine brings to the topic, transaction by transaction, and confirms to the engine only what stands there. */
final class ChangeWriter implements DebeziumEngine.ChangeConsumer<RecordChangeEvent<SourceRecord>> {

    private static final int CHANGES_PER_RECORD = 500;

    private final ChangeTopic topic;
    private final Map<String, Set<String>> columns;
    private final String fingerprint;
    private final Duration heartbeat;
    private final @Nullable String reason;
    private final String stream;
    private final @Nullable String lastTransaction;
    private final ChangeMetrics metrics;

    private final List<Change> changes = new ArrayList<>();
    private long n;
    private boolean begun;
    private boolean snapshotDone;
    private @Nullable String transaction;
    private long positionWritten = System.nanoTime();
    private volatile @Nullable String needsSnapshot;
    private volatile @Nullable Throwable failure;

    /** @param reason why everything is read first; null if the stream goes on */
    ChangeWriter(
            ChangeTopic topic,
            Map<String, Set<String>> columns,
            Duration heartbeat,
            @Nullable String reason,
            String stream,
            ChangeMetrics metrics) {
        CapturedChanges last = topic.last();
        this.topic = topic;
        this.columns = columns;
        this.fingerprint = ChangedDatabase.fingerprint(columns);
        this.heartbeat = heartbeat;
        this.reason = reason;
        this.stream = stream;
        this.metrics = metrics;
        this.n = last == null ? 0 : last.n();
        this.lastTransaction = last == null ? null : last.transaction();
        this.snapshotDone = reason == null;
    }

    /** Why only reading everything anew helps; null while the stream holds. */
    @Nullable
    String needsSnapshot() {
        return needsSnapshot;
    }

    /** What the topic said when something could not be written. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    @Override
    public void handleBatch(
            List<RecordChangeEvent<SourceRecord>> records,
            DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
            throws InterruptedException {
        RecordChangeEvent<SourceRecord> written = null;
        for (RecordChangeEvent<SourceRecord> one : records) {
            if (needsSnapshot != null || failure != null) {
                // Nothing is confirmed any more; the run is ended from outside.
                return;
            }
            try {
                if (take(one.record())) {
                    written = one;
                }
            } catch (RuntimeException e) {
                failure = e;
                return;
            }
        }
        if (written != null) {
            committer.markProcessed(written);
            committer.markBatchFinished();
        }
    }

    /** @return whether all up to this record stands on the topic */
    private boolean take(SourceRecord record) {
        if (record.topic().endsWith(".transaction")) {
            return boundary(record);
        }
        if (record.value() instanceof Struct change && change.schema().field("op") != null) {
            return change(record, change);
        }
        return pause(record);
    }

    private boolean boundary(SourceRecord record) {
        Struct boundary = (Struct) record.value();
        if (boundary.getString("status").equals("BEGIN")) {
            if (!snapshotDone) {
                // Nothing came that said it was the last row.
                finishSnapshot(record);
            }
            String id = SourceRecords.transactionId(boundary.getString("id"));
            if (!id.equals(transaction)) {
                transaction = id;
                changes.clear();
            }
            return false;
        }
        if (!SourceRecords.isCommit(record)) {
            return false;
        }
        String ended = transaction;
        transaction = null;
        if (ended == null || ended.equals(lastTransaction) || (changes.isEmpty() && !begun)) {
            // Its end was all that was left of one that stands there, or it changed nothing of ours.
            changes.clear();
            return pause(record);
        }
        write(Kind.TRANSACTION, ended, record, true);
        metrics.transaction();
        return true;
    }

    private boolean change(SourceRecord record, Struct change) {
        String op = change.getString("op");
        if (op.equals("m")) {
            // The heartbeat's own, in the log of PostgreSQL.
            return pause(record);
        }
        Struct source = change.getStruct("source");
        String table = source.getString("table");
        if (op.equals("t")) {
            needsSnapshot = "truncated";
            return false;
        }
        Struct before = (Struct) change.get("before");
        Struct after = (Struct) change.get("after");
        Struct any = after == null ? before : after;
        if (any != null && !columns.getOrDefault(table, Set.of()).equals(names(any))) {
            needsSnapshot = "schema-changed";
            return false;
        }
        changes.add(new Change(table, before == null ? null : row(before), after == null ? null : row(after)));
        boolean snapshot = op.equals("r");
        if (snapshot && snapshotDone) {
            needsSnapshot = "position-unknown";
            return false;
        }
        if (snapshot && "last".equals(source.getString("snapshot"))) {
            finishSnapshot(record);
            return true;
        }
        if (changes.size() >= CHANGES_PER_RECORD) {
            write(snapshot ? Kind.SNAPSHOT : Kind.TRANSACTION, transaction, record, false);
        }
        return false;
    }

    private void finishSnapshot(SourceRecord record) {
        write(Kind.SNAPSHOT, null, record, true);
        snapshotDone = true;
        metrics.snapshot(reason == null ? "unknown" : reason);
    }

    /** Between transactions: how far we are is worth writing down now and then. */
    private boolean pause(SourceRecord record) {
        if (!snapshotDone || transaction != null || System.nanoTime() - positionWritten < heartbeat.toNanos()) {
            return false;
        }
        write(Kind.POSITION, lastTransaction, record, true);
        return true;
    }

    private void write(Kind kind, @Nullable String of, SourceRecord record, boolean complete) {
        topic.add(new CapturedChanges(
                kind,
                stream,
                ++n,
                of,
                kind == Kind.TRANSACTION ? time(record) : null,
                kind == Kind.SNAPSHOT ? reason : null,
                !begun,
                complete,
                changes,
                complete ? SourceRecords.offsetAfter(record) : null,
                fingerprint));
        changes.clear();
        begun = !complete;
        if (complete) {
            positionWritten = System.nanoTime();
        }
    }

    private static @Nullable Long time(SourceRecord record) {
        return record.value() instanceof Struct struct
                        && struct.schema().field("ts_ms") != null
                        && struct.get("ts_ms") instanceof Long at
                ? at
                : null;
    }

    private static Set<String> names(Struct row) {
        Set<String> names = new TreeSet<>();
        row.schema().fields().forEach(field -> names.add(field.name()));
        return names;
    }

    private static Map<String, Object> row(Struct struct) {
        Map<String, Object> row = new LinkedHashMap<>();
        for (Field field : struct.schema().fields()) {
            Object value = struct.get(field);
            if (value instanceof Number number) {
                row.put(field.name(), number.longValue());
            } else if (value instanceof Boolean) {
                row.put(field.name(), value);
            } else if (value != null) {
                row.put(field.name(), value.toString());
            }
        }
        return row;
    }
}
