package io.fjord.ingestion.capture;

import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.fjord.capture.SourceRecords;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Writes what an engine brings to the topic: whole transactions of the database, some of them in one of Kafka's, with the place where
 * the engine goes on after them; and confirms to the engine only what stands there.
 */
final class ChangeWriter implements DebeziumEngine.ChangeConsumer<RecordChangeEvent<SourceRecord>> {

    private static final int MOST_IN_MEMORY = 2_000;

    /** Many captures share one process; a row may have as many bytes as a record of the topic. */
    private static final long MOST_BYTES_IN_MEMORY = 4L << 20;

    private static final long TELL_POSITION_NANOS = Duration.ofSeconds(60).toNanos();

    /** What the source's table looks like now. */
    interface Columns {
        List<SourceColumn> now() throws SQLException;
    }

    private final ChangeTopic topic;
    private final long restart;
    private final Columns asked;
    private final Set<String> key;
    private final @Nullable String lastTransaction;
    private List<SourceColumn> columns;
    private Set<String> names;
    private @Nullable Schema schema;

    /** Of the transaction that has begun and not ended. */
    private final List<ProducerRecord<byte[], byte[]>> changes = new ArrayList<>();

    /** Of these, or of some that were among them: more than there are only has them written a little sooner. */
    private long bytes;

    private boolean snapshotDone;
    private @Nullable String transaction;
    private @Nullable String ended;

    /** Whether some of the transaction stands on the topic, where nobody sees it yet. */
    private boolean spilled;

    /** All up to here was added to the topic, and is not visible yet. */
    private @Nullable RecordChangeEvent<SourceRecord> boundary;

    private long positionAt = System.nanoTime() - TELL_POSITION_NANOS;
    private volatile @Nullable String needsSnapshot;
    private volatile @Nullable Throwable failure;

    /**
     * @param goesOn from the position the topic ended with, rather than with a snapshot
     * @param table as the topic has it
     */
    ChangeWriter(ChangeTopic topic, long restart, boolean goesOn, SourceTable table, Columns asked) {
        this.topic = topic;
        this.restart = restart;
        this.asked = asked;
        this.columns = table.columns();
        this.names = names(columns);
        this.key = Set.copyOf(table.key());
        this.snapshotDone = goesOn;
        Mark last = topic.last();
        this.lastTransaction = last == null || !goesOn ? null : last.transaction();
        this.ended = lastTransaction;
    }

    private static Set<String> names(List<SourceColumn> columns) {
        Set<String> names = new HashSet<>();
        columns.forEach(column -> names.add(column.name()));
        return names;
    }

    /** Why only reading everything anew helps; null while the stream holds. */
    @Nullable
    String needsSnapshot() {
        return needsSnapshot;
    }

    /** What the topic or the database said when something could not be written. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    @Override
    public void handleBatch(
            List<RecordChangeEvent<SourceRecord>> records,
            DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
            throws InterruptedException {
        if (needsSnapshot != null || failure != null) {
            // Nothing is confirmed any more; the run is ended from outside.
            return;
        }
        try {
            for (RecordChangeEvent<SourceRecord> one : records) {
                take(one, committer);
                if (needsSnapshot != null) {
                    topic.addNow(Mark.gap(restart, Objects.requireNonNull(needsSnapshot)));
                    return;
                }
            }
            if (!snapshotDone) {
                // Rows of a snapshot; who goes on after this begins it anew.
                topic.commit();
            } else if (!spilled) {
                commit(committer);
            }
        } catch (RuntimeException | SQLException e) {
            failure = e;
        }
    }

    private void take(
            RecordChangeEvent<SourceRecord> one,
            DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
            throws SQLException, InterruptedException {
        SourceRecord record = one.record();
        if (record.topic().endsWith(".transaction")) {
            border(one, committer);
        } else if (record.value() instanceof Struct change && change.schema().field("op") != null) {
            change(one, change, committer);
        } else {
            pause(one, committer);
        }
    }

    private void border(
            RecordChangeEvent<SourceRecord> one,
            DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
            throws InterruptedException {
        SourceRecord record = one.record();
        Struct border = (Struct) record.value();
        if (border.getString("status").equals("BEGIN")) {
            if (!snapshotDone) {
                // Nothing came that said it was the last row.
                finishSnapshot();
            }
            String id = SourceRecords.transactionId(border.getString("id"));
            if (!id.equals(transaction)) {
                transaction = id;
                changes.clear();
            }
            return;
        }
        if (!SourceRecords.isCommit(record)) {
            return;
        }
        String over = transaction;
        transaction = null;
        if (over == null || over.equals(lastTransaction) || changes.isEmpty() && !spilled) {
            // Its end was all that was left of one that stands there, or it changed nothing of ours.
            changes.clear();
            pause(one, committer);
            return;
        }
        changes.forEach(topic::add);
        changes.clear();
        bytes = 0;
        ended = over;
        spilled = false;
        boundary = one;
    }

    private void change(
            RecordChangeEvent<SourceRecord> one,
            Struct change,
            DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
            throws SQLException, InterruptedException {
        String op = change.getString("op");
        if (op.equals("m")) {
            // The heartbeat's own, in the log of PostgreSQL.
            pause(one, committer);
            return;
        }
        boolean snapshot = op.equals("r");
        if (snapshot && snapshotDone) {
            needsSnapshot = "position-unknown";
            return;
        }
        if (transaction != null && transaction.equals(lastTransaction)) {
            // It stands on the topic, and is told once more.
            return;
        }
        if (op.equals("t")) {
            truncated(one, change.getStruct("source"));
            return;
        }
        SourceRecord record = one.record();
        Struct after = (Struct) change.get("after");
        if (after != null) {
            follow(after.schema());
            if (needsSnapshot != null) {
                return;
            }
        }
        if (!(record.key() instanceof Struct known) || !key.equals(fields(known))) {
            needsSnapshot = "key-changed";
            return;
        }
        byte[] id = ChangeValues.json(known, name -> true);
        byte[] value = after == null ? null : ChangeValues.json(after, names::contains);
        ProducerRecord<byte[], byte[]> row = topic.row(id, value);
        row.headers().add("fjord-op", op.getBytes(StandardCharsets.UTF_8));
        row.headers().add("fjord-position", position(change.getStruct("source")));
        if (snapshot) {
            topic.add(row);
            if ("last".equals(change.getStruct("source").getString("snapshot"))) {
                finishSnapshot();
                boundary = one;
            }
            return;
        }
        changes.add(row);
        bytes += id.length + (value == null ? 0 : value.length);
        if (changes.size() >= MOST_IN_MEMORY || bytes >= MOST_BYTES_IN_MEMORY) {
            if (!spilled) {
                commit(committer);
            }
            spilled = true;
            changes.forEach(topic::add);
            changes.clear();
            bytes = 0;
        }
    }

    private static Set<String> fields(Struct struct) {
        Set<String> names = new HashSet<>();
        struct.schema().fields().forEach(field -> names.add(field.name()));
        return names;
    }

    /** On MySQL and MariaDB it is a transaction of its own, whose end is not told. */
    private void truncated(RecordChangeEvent<SourceRecord> one, Struct source) {
        ProducerRecord<byte[], byte[]> mark = topic.mark(Mark.truncated(restart));
        if (source.schema().field("lsn") != null) {
            changes.add(mark);
            return;
        }
        topic.add(mark);
        changes.clear();
        ended = transaction;
        transaction = null;
        boundary = one;
    }

    /** Where in the source's log the change stands. */
    private static byte[] position(Struct source) {
        Field lsn = source.schema().field("lsn");
        String text = lsn != null
                ? String.valueOf(source.get(lsn))
                : source.get("file") + ":" + source.get("pos") + ":" + source.get("row");
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** What rows look like is compared with what the topic says they do. */
    private void follow(Schema rows) throws SQLException {
        if (rows.equals(schema)) {
            return;
        }
        boolean first = schema == null;
        schema = rows;
        boolean known = true;
        for (Field field : rows.fields()) {
            known &= names.contains(field.name());
        }
        if (first && known) {
            return;
        }
        List<SourceColumn> now = asked.now();
        String reason = snapshotDone ? whyNotFollowed(columns, now) : null;
        if (reason != null) {
            needsSnapshot = reason;
        } else if (!same(columns, now)) {
            ProducerRecord<byte[], byte[]> mark = topic.mark(Mark.columns(restart, null, now));
            if (snapshotDone) {
                changes.add(mark);
            } else {
                topic.add(mark);
            }
            columns = now;
            names = names(now);
        }
    }

    /** Whether rows that are there already would be other than the changes say; a word, or null if not. */
    static @Nullable String whyNotFollowed(List<SourceColumn> was, List<SourceColumn> now) {
        Set<String> before = names(was);
        Set<String> after = names(now);
        boolean gone = !after.containsAll(before);
        boolean come = !before.containsAll(after);
        if (gone && come) {
            return "columns-renamed";
        }
        return now.stream().anyMatch(column -> column.filled() && !before.contains(column.name()))
                ? "columns-filled"
                : null;
    }

    static boolean same(List<SourceColumn> one, List<SourceColumn> other) {
        return texts(one).equals(texts(other));
    }

    private static Map<String, String> texts(List<SourceColumn> columns) {
        Map<String, String> texts = new HashMap<>();
        columns.forEach(column -> texts.put(column.name(), column.type()));
        return texts;
    }

    private void finishSnapshot() throws InterruptedException {
        topic.addNow(Mark.end(restart));
        snapshotDone = true;
        positionAt = System.nanoTime() - TELL_POSITION_NANOS;
    }

    /** Between transactions: how far we are is worth writing down now and then. */
    private void pause(
            RecordChangeEvent<SourceRecord> one,
            DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
            throws InterruptedException {
        if (!snapshotDone && !one.record().sourceOffset().containsKey("snapshot")) {
            // It streams: the table was empty.
            finishSnapshot();
        }
        if (!snapshotDone || transaction != null || spilled) {
            return;
        }
        if (boundary != null || System.nanoTime() - positionAt >= TELL_POSITION_NANOS) {
            boundary = one;
            commit(committer);
        }
    }

    /** Makes visible what was added, with where the engine goes on. */
    private void commit(DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
            throws InterruptedException {
        RecordChangeEvent<SourceRecord> upTo = boundary;
        if (upTo == null) {
            return;
        }
        boundary = null;
        Map<String, Object> offset = SourceRecords.offsetAfter(upTo.record());
        if (offset.containsKey("snapshot")) {
            // None to go on from; one comes with the next beat.
            topic.commit();
            return;
        }
        topic.add(topic.mark(Mark.position(restart, columns, offset, ended)));
        topic.commit();
        positionAt = System.nanoTime();
        committer.markProcessed(upTo);
        committer.markBatchFinished();
    }
}
