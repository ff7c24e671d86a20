package io.fjord.ingestion;

import io.fjord.contract.core.pipeline.PipelineMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.TaskWriter;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** What is made of the records between two commits: files that no snapshot has yet, or the newest row of each key. */
public final class Intake implements AutoCloseable {

    /** So much is committed before it is time, that memory and files stay small. */
    private static final long MOST_BYTES = 256L << 20;

    private static final int MOST_KEYS = 200_000;

    private final Order order;
    private final Table table;
    private final int number;
    private final boolean upserts;
    private final List<NestedField> keys;
    private final Sieve sieve;
    private final Map<List<@Nullable Object>, @Nullable Record> newest = new LinkedHashMap<>();
    private @Nullable TaskWriter<Record> writer;
    private Map<String, Type> columns = Map.of();
    private long bytes;

    /**
     * @param number of the writer among those of the pipeline
     * @param sieve from the watermark that holds now
     */
    public Intake(Order order, Table table, Sieve sieve, int number) throws CannotGoOn {
        this(order, table, sieve, number, order.spec().mode() == PipelineMode.UPSERT);
    }

    /** @param upserts whether the newest row of each key is kept, rather than every row */
    Intake(Order order, Table table, Sieve sieve, int number, boolean upserts) throws CannotGoOn {
        this.order = order;
        this.table = table;
        this.sieve = sieve;
        this.number = number;
        this.upserts = upserts;
        this.keys = keys(order, table);
    }

    /** The columns a row of an upsert is known by. */
    public static List<NestedField> keys(Order order, Table table) throws CannotGoOn {
        List<NestedField> keys = new ArrayList<>();
        for (String key :
                order.spec().keys() == null ? List.<String>of() : order.spec().keys()) {
            keys.add(Sieve.column(table.schema(), key));
        }
        return keys;
    }

    boolean isEnough() {
        return !columns.isEmpty() || bytes > MOST_BYTES || newest.size() > MOST_KEYS;
    }

    /** @return false if the table needs columns first: this record is not taken, and none after it */
    public boolean take(ConsumerRecord<byte[], byte[]> record) throws IOException {
        if (!columns.isEmpty()) {
            return false;
        }
        try {
            if (upserts && record.value() == null) {
                gone(record);
            } else {
                Record row = sieve.pass(record);
                if (row != null) {
                    keep(record, row);
                }
            }
        } catch (Rows.NewColumns lacking) {
            columns = lacking.types();
            return false;
        }
        bytes += Math.max(0, record.serializedValueSize());
        return true;
    }

    private void gone(ConsumerRecord<byte[], byte[]> record) {
        try {
            put(Rows.key(record, keys), null);
            sieve.count(record);
        } catch (Unfit unfit) {
            sieve.dead(record, unfit);
        }
    }

    private void keep(ConsumerRecord<byte[], byte[]> record, Record row) throws IOException {
        if (!upserts) {
            write(row);
            return;
        }
        try {
            put(key(row, keys), row);
        } catch (Unfit unfit) {
            sieve.deadAfterAll(record, unfit);
        }
    }

    private void put(List<@Nullable Object> key, @Nullable Record row) {
        newest.remove(key);
        newest.put(key, row);
    }

    static List<@Nullable Object> key(Record row, List<NestedField> keys) throws Unfit {
        List<@Nullable Object> key = new ArrayList<>();
        for (NestedField field : keys) {
            Object part = row.getField(field.name());
            if (part == null) {
                throw new Unfit("has no '" + field.name() + "', which is part of the key");
            }
            key.add(part);
        }
        return key;
    }

    private void write(Record row) throws IOException {
        TaskWriter<Record> open = writer;
        if (open == null) {
            open = TableFiles.writer(table, order.generation(), number);
            writer = open;
        }
        open.write(row);
    }

    /**
     * @param next the next offset of each partition that was read
     * @param lag records of its partitions it has not come to
     */
    public Slice done(Map<Integer, Long> next, long lag) throws IOException {
        TaskWriter<Record> open = writer;
        writer = null;
        return new Slice(open == null ? null : open.complete(), newest, next, sieve.counts(), lag, columns);
    }

    /** Files that were begun and not finished are nobody's. */
    @Override
    public void close() throws IOException {
        if (writer != null) {
            writer.abort();
        }
    }
}
