package io.fjord.ingestion;

import io.fjord.contract.core.pipeline.PipelineMode;
import io.fjord.contract.core.pipeline.SchemaEvolution;
import io.fjord.contract.core.pipeline.Watermark;
import java.io.IOException;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.GenericFileWriterFactory;
import org.apache.iceberg.data.InternalRecordWrapper;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.OutputFileFactory;
import org.apache.iceberg.io.PartitionedFanoutWriter;
import org.apache.iceberg.io.TaskWriter;
import org.apache.iceberg.io.UnpartitionedWriter;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Reads some partitions into files that no snapshot has yet; one thread at a time. */
final class Reader implements AutoCloseable {

    private static final Duration LONGEST_WAIT = Duration.ofMillis(100);

    /** So much is committed before it is time, that memory and files stay small. */
    private static final long MOST_BYTES = 256L << 20;

    private static final int MOST_KEYS = 200_000;
    private static final long FILE_BYTES = 128L << 20;

    /** Small row groups: what is buffered of many open files fits a small heap. */
    static final Map<String, String> PARQUET = Map.of(
            "write.parquet.row-group-size-bytes", String.valueOf(16 << 20), "write.parquet.compression-codec", "zstd");

    private final Order order;
    private final Table table;
    private final Consumer<byte[], byte[]> consumer;
    private final SetAside aside;
    private final int number;
    private final Schema schema;
    private final Rows rows;
    private final List<NestedField> keys;
    private final @Nullable NestedField time;

    /** @param consumer stands where it is to go on */
    Reader(Order order, Table table, Consumer<byte[], byte[]> consumer, SetAside aside, int number) throws CannotGoOn {
        this.order = order;
        this.table = table;
        this.consumer = consumer;
        this.aside = aside;
        this.number = number;
        this.schema = table.schema();
        this.rows = new Rows(schema, order.spec().evolution() == SchemaEvolution.ADD_COLUMNS);
        List<String> named =
                order.spec().keys() == null ? List.of() : order.spec().keys();
        this.keys = new ArrayList<>();
        for (String key : named) {
            keys.add(column(key));
        }
        Watermark watermark = order.spec().watermark();
        this.time = watermark == null ? null : column(watermark.column());
    }

    private NestedField column(String name) throws CannotGoOn {
        NestedField field = schema.findField(name);
        if (field == null) {
            throw new CannotGoOn("The table has no column '" + name + "'. Add it, then start the pipeline.");
        }
        return field;
    }

    /**
     * Reads until then, or until there is enough.
     *
     * @param untilNanos by {@link System#nanoTime()}
     * @param watermarkMillis records of before are late; null: none is
     */
    Slice read(long untilNanos, @Nullable Long watermarkMillis, BooleanSupplier stopped) throws IOException {
        try (Work work = new Work(watermarkMillis)) {
            while (!stopped.getAsBoolean() && !work.isEnough()) {
                long left = untilNanos - System.nanoTime();
                if (left <= 0) {
                    break;
                }
                Duration wait = Duration.ofNanos(Math.min(left, LONGEST_WAIT.toNanos()));
                work.take(consumer.poll(wait));
            }
            return work.done();
        }
    }

    @Override
    public void close() {
        consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(2)));
    }

    /** What is made of the records between two commits. */
    private final class Work implements AutoCloseable {

        private final @Nullable Long watermarkMillis;
        private final Map<List<@Nullable Object>, @Nullable Record> newest = new LinkedHashMap<>();
        private @Nullable TaskWriter<Record> writer;
        private Map<String, Type> columns = Map.of();
        private long records;
        private long written;
        private long dead;
        private long late;
        private long bytes;
        private long newestMillis = Long.MIN_VALUE;
        private long firstAt;

        Work(@Nullable Long watermarkMillis) {
            this.watermarkMillis = watermarkMillis;
        }

        boolean isEnough() {
            return !columns.isEmpty() || bytes > MOST_BYTES || newest.size() > MOST_KEYS;
        }

        void take(ConsumerRecords<byte[], byte[]> polled) throws IOException {
            for (TopicPartition partition : polled.partitions()) {
                for (ConsumerRecord<byte[], byte[]> record : polled.records(partition)) {
                    if (!columns.isEmpty()) {
                        // Read again once the table has the columns.
                        consumer.seek(partition, record.offset());
                        break;
                    }
                    try {
                        take(record);
                        records++;
                        bytes += Math.max(0, record.serializedValueSize());
                        if (firstAt == 0 || record.timestamp() < firstAt) {
                            firstAt = record.timestamp();
                        }
                    } catch (Unfit unfit) {
                        records++;
                        dead++;
                        aside.dead(record, unfit);
                    } catch (Rows.NewColumns lacking) {
                        columns = lacking.types();
                        consumer.seek(partition, record.offset());
                        break;
                    }
                }
            }
        }

        private void take(ConsumerRecord<byte[], byte[]> record) throws Unfit, Rows.NewColumns, IOException {
            boolean upsert = order.spec().mode() == PipelineMode.UPSERT;
            if (upsert && record.value() == null) {
                List<@Nullable Object> key = Rows.key(record, keys);
                newest.remove(key);
                newest.put(key, null);
                return;
            }
            Record row = rows.row(record);
            if (time != null && isLate(record, row, time)) {
                return;
            }
            written++;
            if (upsert) {
                List<@Nullable Object> key = key(row);
                newest.remove(key);
                newest.put(key, row);
            } else {
                writer().write(row);
            }
        }

        private boolean isLate(ConsumerRecord<byte[], byte[]> record, Record row, NestedField column) throws Unfit {
            Object at = row.getField(column.name());
            if (at == null) {
                return false;
            }
            long millis = millis(at);
            if (watermarkMillis != null && millis < watermarkMillis) {
                late++;
                aside.late(record, watermarkMillis);
                return true;
            }
            newestMillis = Math.max(newestMillis, millis);
            return false;
        }

        private List<@Nullable Object> key(Record row) throws Unfit {
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

        private TaskWriter<Record> writer() {
            TaskWriter<Record> open = writer;
            if (open == null) {
                open = newWriter();
                writer = open;
            }
            return open;
        }

        Slice done() throws IOException {
            TaskWriter<Record> open = writer;
            writer = null;
            Map<Integer, Long> next = new HashMap<>();
            long lag = 0;
            for (TopicPartition partition : consumer.assignment()) {
                next.put(partition.partition(), consumer.position(partition));
                lag += consumer.currentLag(partition).orElse(0);
            }
            return new Slice(
                    open == null ? null : open.complete(),
                    newest,
                    next,
                    records,
                    written,
                    dead,
                    late,
                    lag,
                    newestMillis == Long.MIN_VALUE ? null : newestMillis,
                    firstAt,
                    columns);
        }

        /** Files that were begun and not finished are nobody's. */
        @Override
        public void close() throws IOException {
            if (writer != null) {
                writer.abort();
            }
        }
    }

    private TaskWriter<Record> newWriter() {
        var files = new GenericFileWriterFactory.Builder(table)
                .dataFileFormat(FileFormat.PARQUET)
                .dataSchema(schema)
                .writerProperties(PARQUET)
                .build();
        OutputFileFactory names = OutputFileFactory.builderFor(table, number, order.generation())
                .format(FileFormat.PARQUET)
                .build();
        if (table.spec().isUnpartitioned()) {
            return new UnpartitionedWriter<>(table.spec(), FileFormat.PARQUET, files, names, table.io(), FILE_BYTES);
        }
        PartitionKey key = new PartitionKey(table.spec(), schema);
        InternalRecordWrapper wrapper = new InternalRecordWrapper(schema.asStruct());
        return new PartitionedFanoutWriter<>(table.spec(), FileFormat.PARQUET, files, names, table.io(), FILE_BYTES) {
            @Override
            protected PartitionKey partition(Record row) {
                key.partition(wrapper.wrap(row));
                return key;
            }
        };
    }

    private static long millis(Object at) throws Unfit {
        if (at instanceof OffsetDateTime time) {
            return time.toInstant().toEpochMilli();
        }
        if (at instanceof LocalDateTime time) {
            return time.toInstant(ZoneOffset.UTC).toEpochMilli();
        }
        if (at instanceof Long millis) {
            return millis;
        }
        throw new Unfit("has something that is no time in the column of the watermark");
    }

    List<NestedField> keys() {
        return Objects.requireNonNull(keys);
    }
}
