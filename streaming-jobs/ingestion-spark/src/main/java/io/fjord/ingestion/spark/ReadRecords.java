package io.fjord.ingestion.spark;

import io.fjord.ingestion.CannotGoOn;
import io.fjord.ingestion.Counts;
import io.fjord.ingestion.Rows;
import io.fjord.ingestion.Sieve;
import io.fjord.ingestion.TargetTable;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.OffsetDateTime;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.CollectionAccumulator;
import org.jspecify.annotations.Nullable;

/** The task that makes the rows of {@code source}: of the records that fit and are in time. */
final class ReadRecords implements MapPartitionsFunction<Row, Row> {

    private static final long serialVersionUID = 1L;

    /** The local property that says which watermark a batch has. */
    static final String WATERMARK = "fjord.pipeline.watermark";

    /**
     * What became of the records of one range.
     *
     * @param range a range that is read twice, for it is selected from twice, counts once
     */
    record Read(String range, Counts counts) implements java.io.Serializable {}

    private final String pipeline;
    private final CollectionAccumulator<Read> read;

    /** @param pipeline key of what it shares */
    ReadRecords(String pipeline, CollectionAccumulator<Read> read) {
        this.pipeline = pipeline;
        this.read = read;
    }

    @Override
    public Iterator<Row> call(Iterator<Row> records) throws CannotGoOn {
        Shared shared = Shared.of(pipeline);
        String watermark = TaskContext.get().getLocalProperty(WATERMARK);
        Schema schema = TargetTable.schema(
                Objects.requireNonNull(shared.order().spec().transform()).columns());
        Sieve sieve = new Sieve(shared.order(), schema, shared.aside())
                .from(watermark == null ? null : Long.valueOf(watermark));
        return new Passing(records, sieve, shared, schema.columns().size());
    }

    private final class Passing implements Iterator<Row> {

        private final Iterator<Row> records;
        private final Sieve sieve;
        private final Shared shared;
        private final int columns;
        private @Nullable String range;
        private @Nullable Row next;
        private boolean ended;

        Passing(Iterator<Row> records, Sieve sieve, Shared shared, int columns) {
            this.records = records;
            this.sieve = sieve;
            this.shared = shared;
            this.columns = columns;
        }

        @Override
        public boolean hasNext() {
            while (next == null && records.hasNext()) {
                ConsumerRecord<byte[], byte[]> record = KafkaRecords.of(records.next());
                if (range == null) {
                    range = record.topic() + "-" + record.partition() + "@" + record.offset();
                }
                next = row(record);
            }
            if (next == null && !ended) {
                ended = true;
                if (range != null) {
                    shared.aside().flush();
                    read.add(new Read(range, sieve.counts()));
                }
            }
            return next != null;
        }

        @Override
        public Row next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Row row = Objects.requireNonNull(next);
            next = null;
            return row;
        }

        private @Nullable Row row(ConsumerRecord<byte[], byte[]> record) {
            try {
                Record passed = sieve.pass(record);
                if (passed == null) {
                    return null;
                }
                Object[] values = new Object[columns];
                for (int i = 0; i < columns; i++) {
                    values[i] = value(passed.get(i));
                }
                return RowFactory.create(values);
            } catch (Rows.NewColumns e) {
                throw new IllegalStateException("A source has the columns it was declared with", e);
            }
        }
    }

    /** As Spark's rows have it. */
    private static @Nullable Object value(@Nullable Object value) {
        if (value instanceof OffsetDateTime at) {
            return at.toInstant();
        }
        if (value instanceof ByteBuffer buffer) {
            byte[] bytes = new byte[buffer.remaining()];
            buffer.duplicate().get(bytes);
            return bytes;
        }
        return value instanceof BigDecimal decimal ? decimal : value;
    }
}
