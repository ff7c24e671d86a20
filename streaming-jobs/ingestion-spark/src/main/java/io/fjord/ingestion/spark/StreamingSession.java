package io.fjord.ingestion.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.fjord.contract.core.pipeline.PipelineMode;
import io.fjord.ingestion.CannotGoOn;
import io.fjord.ingestion.Committed;
import io.fjord.ingestion.Counts;
import io.fjord.ingestion.Ledger;
import io.fjord.ingestion.Opening;
import io.fjord.ingestion.Order;
import io.fjord.ingestion.Overtaken;
import io.fjord.ingestion.Progress;
import io.fjord.ingestion.Session;
import io.fjord.ingestion.SetAside;
import io.fjord.ingestion.Settings;
import io.fjord.ingestion.Slice;
import io.fjord.ingestion.SourceTopic;
import io.fjord.ingestion.TargetTable;
import io.fjord.ingestion.spark.Checkpoint.Batch;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.apache.iceberg.exceptions.ForbiddenException;
import org.apache.iceberg.exceptions.NotAuthorizedException;
import org.apache.iceberg.io.WriteResult;
import org.apache.iceberg.types.Type;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.SparkThrowable;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.streaming.DataStreamReader;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.util.CollectionAccumulator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pipeline at work as a streaming query: tasks make files, and each batch is one commit that says which batch it was and where it
 * ended. A batch that Spark does again, for it died before it could note that it was done, is recognised and left out.
 */
final class StreamingSession implements Session {

    private static final Logger log = LoggerFactory.getLogger(StreamingSession.class);
    private static final Duration SHORTEST_CYCLE = Duration.ofMillis(200);
    private static final long LOOK_MILLIS = 500;
    private static final long LAST_BATCH_SECONDS = 15;

    /** So many at a time: an upsert keeps the newest of each key in memory. */
    private static final long MOST_RECORDS = 2_000_000;

    private static final long MOST_RECORDS_OF_AN_UPSERT = 200_000;

    private final String key = UUID.randomUUID().toString();
    private final SparkSession spark;
    private final Settings settings;
    private final Order order;
    private final Progress progress;
    private final TargetTable target;
    private final SetAside aside;
    private final Ledger ledger;
    private final SourceTopic topic;
    private final Checkpoint checkpoint;
    private final @Nullable Transformed transformed;
    private final Map<Integer, Long> begin;
    private final ReentrantLock batches = new ReentrantLock();
    private @Nullable StreamingQuery query;
    private volatile boolean closing;

    /** The SQL of the pipeline, and what its tasks tell of the records they read. */
    private record Transformed(PipelineSql sql, CollectionAccumulator<ReadRecords.Read> read) {}

    private StreamingSession(
            SparkSession spark, Settings settings, Order order, Progress progress, Opening opening, boolean remembers)
            throws CannotGoOn, IOException, InterruptedException {
        this.spark = spark;
        this.settings = settings;
        this.order = order;
        this.progress = progress;
        this.target = opening.target();
        this.begin = opening.committed().offsets();
        this.checkpoint = Checkpoint.of(settings, order, remembers);
        this.transformed = order.spec().transform() == null ? null : transformed(spark, settings, order, begin, key);
        this.aside = new SetAside(settings, order, opening.committed());
        this.ledger = new Ledger(order, progress, opening, aside);
        this.topic = new SourceTopic(settings, order);
    }

    static @Nullable Session open(SparkSession spark, Settings settings, Order order, Progress progress)
            throws CannotGoOn, Overtaken, IOException, InterruptedException {
        // What is wrong with the SQL is told before anything is made.
        Transformed checked =
                order.spec().transform() == null ? null : transformed(spark, settings, order, null, "checked");
        Map<String, Type> yielded =
                checked == null ? null : OutputColumns.types(checked.sql().output());
        Opening opening = Opening.of(
                settings,
                order,
                progress,
                (topic, partitions) -> yielded == null ? topic.firstRecord(partitions) : yielded);
        if (opening == null) {
            return null;
        }
        StreamingSession session;
        try {
            session = new StreamingSession(
                    spark,
                    settings,
                    order,
                    progress,
                    opening,
                    checked != null && checked.sql().remembers());
        } catch (CannotGoOn | IOException | InterruptedException | RuntimeException e) {
            opening.target().close();
            throw e;
        }
        try {
            session.start(opening.partitions());
            return session;
        } catch (CannotGoOn | RuntimeException e) {
            session.close();
            throw e;
        }
    }

    /** Records that are gone from the topic before they were read are lost: somebody has to hear of it. */
    private void refuseGone(List<TopicPartition> partitions) throws CannotGoOn {
        for (Map.Entry<TopicPartition, Long> partition :
                topic.earliest(partitions).entrySet()) {
            Long at = begin.get(partition.getKey().partition());
            if (at != null && at < partition.getValue()) {
                throw gone(partition.getKey() + " at " + at);
            }
        }
    }

    private static CannotGoOn gone(String at) {
        return new CannotGoOn("Records are gone from the topic before they were read: it was at " + at
                + ". Restart the pipeline from a position.");
    }

    // The query

    private static Transformed transformed(
            SparkSession spark, Settings settings, Order order, @Nullable Map<Integer, Long> begin, String key)
            throws CannotGoOn {
        CollectionAccumulator<ReadRecords.Read> read = spark.sparkContext().collectionAccumulator();
        return new Transformed(
                PipelineSql.of(spark, order, records(spark, settings, order, begin), new ReadRecords(key, read)), read);
    }

    /** @param begin null: nothing is read, only looked at */
    private static Dataset<Row> records(
            SparkSession spark, Settings settings, Order order, @Nullable Map<Integer, Long> begin) {
        boolean upserts = order.spec().mode() == PipelineMode.UPSERT;
        DataStreamReader reader = spark.readStream()
                .format("kafka")
                .option("subscribe", order.topic())
                .option("includeHeaders", "true")
                .option("failOnDataLoss", "true")
                .option("kafka.isolation.level", "read_committed")
                .option("minPartitions", String.valueOf(order.spec().parallelism()))
                .option("maxOffsetsPerTrigger", String.valueOf(upserts ? MOST_RECORDS_OF_AN_UPSERT : MOST_RECORDS));
        settings.kafka().forEach((name, value) -> reader.option("kafka." + name, value));
        if (begin != null) {
            reader.option("startingOffsets", json(order.topic(), begin));
        }
        return reader.load();
    }

    private static String json(String topic, Map<Integer, Long> offsets) {
        Map<String, Long> named = new TreeMap<>();
        offsets.forEach((partition, offset) -> named.put(String.valueOf(partition), offset));
        try {
            return Settings.JSON.writeValueAsString(Map.of(topic, named));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Offsets can be written as JSON", e);
        }
    }

    private void start(List<TopicPartition> partitions) throws CannotGoOn {
        refuseGone(partitions);
        refuseForeignState();
        share();
        Transformed selected = transformed;
        if (selected != null) {
            // Asked now, not in the first batch: the SQL and the table fit or do not.
            OutputColumns.of(selected.sql().output(), target.table().schema());
        }
        Dataset<Row> rows = selected == null
                ? records(spark, settings, order, begin)
                : selected.sql().rows();
        boolean updates = order.spec().mode() == PipelineMode.UPSERT
                && selected != null
                && selected.sql().aggregates();
        // Its own share of the processors, whatever others have to read.
        spark.sparkContext().setLocalProperty("spark.scheduler.pool", order.id());
        spark.conf()
                .set("spark.sql.shuffle.partitions", String.valueOf(order.spec().parallelism()));
        try {
            query = rows.writeStream()
                    .queryName(order.domain() + "/" + order.name())
                    .outputMode(updates ? "update" : "append")
                    .option("checkpointLocation", checkpoint.folder().toUri().toString())
                    .trigger(Trigger.ProcessingTime(
                            Math.max(
                                    SHORTEST_CYCLE.toMillis(),
                                    Duration.ofSeconds(order.spec().freshnessSeconds())
                                                    .toMillis()
                                            / 2),
                            TimeUnit.MILLISECONDS))
                    .foreachBatch((batch, number) -> {
                        batch(batch, number);
                    })
                    .start();
        } catch (TimeoutException e) {
            throw new IllegalStateException("The query did not start", e);
        } catch (Exception e) {
            if (e instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw PipelineSql.wrong(e);
        }
        log.atInfo().addKeyValue("subject", order).log("A pipeline reads, on Spark");
    }

    private void share() {
        new Shared(order, target.table(), aside).open(key);
    }

    // Batches

    private void batch(Dataset<Row> rows, long number) throws Exception {
        batches.lockInterruptibly();
        try {
            if (closing) {
                throw new InterruptedException("The pipeline stops");
            }
            Committed was = ledger.committed();
            Batch now = new Batch(checkpoint.id(), number);
            Batch last = Batch.of(was.batch());
            if (last != null && last.checkpoint().equals(now.checkpoint()) && last.number() >= number) {
                leaveOut(rows, number);
                return;
            }
            refuseElsewhere(was, number);
            Map<Integer, Long> end = checkpoint.end(number, order.topic());
            // Read again when the table has got columns, and once for each time the SQL selects from them.
            aside.batch();
            if (transformed == null) {
                records(rows, end, now);
            } else {
                yielded(transformed, rows, end, now);
            }
        } finally {
            batches.unlock();
        }
    }

    /** What it yields is in the table; what it remembers has to be made again, of the very same records. */
    private void leaveOut(Dataset<Row> rows, long number) throws IOException {
        log.atInfo()
                .addKeyValue("subject", order)
                .addKeyValue("batch", number)
                .log("A batch that is in the table is not written again");
        if (checkpoint.kept()) {
            tellWatermark(number);
            internal(rows, order.spec().parallelism()).foreachPartition(yields -> yields.forEachRemaining(row -> {}));
        }
    }

    /** Tasks hear of it by a local property of the thread that starts them. */
    private void tellWatermark(long batch) throws IOException {
        Long watermark = checkpoint.kept()
                ? checkpoint.watermarkMillis(batch)
                : ledger.committed().watermarkMillis();
        spark.sparkContext()
                .setLocalProperty(ReadRecords.WATERMARK, watermark == null ? null : String.valueOf(watermark));
    }

    private void refuseForeignState() throws CannotGoOn {
        Batch last = Batch.of(ledger.committed().batch());
        if (!checkpoint.kept() || last == null) {
            return;
        }
        try {
            if (java.nio.file.Files.exists(checkpoint.folder().resolve("metadata"))
                    && checkpoint.id().equals(last.checkpoint())) {
                return;
            }
        } catch (IOException e) {
            // It is not there any more, which is told below.
        }
        throw new CannotGoOn("What its windows held is gone, or is of another SQL. Restart the pipeline from a position"
                + " before the windows that were open.");
    }

    /** The table is where this batch begins, or another wrote. */
    private void refuseElsewhere(Committed was, long number) throws IOException, Overtaken, CannotGoOn {
        Map<Integer, Long> from = number == 0 ? begin : checkpoint.end(number - 1, order.topic());
        for (Map.Entry<Integer, Long> partition : was.offsets().entrySet()) {
            Long begins = from.get(partition.getKey());
            if (begins != null && !begins.equals(partition.getValue())) {
                if (checkpoint.kept()) {
                    throw new CannotGoOn("The table is not where the state of the pipeline's windows is: it was rolled"
                            + " back. Restart the pipeline from a position.");
                }
                throw new Overtaken(false);
            }
        }
    }

    private void records(Dataset<Row> rows, Map<Integer, Long> end, Batch now) throws Overtaken {
        JavaRDD<InternalRow> all = internal(
                rows,
                order.spec().mode() == PipelineMode.UPSERT ? 1 : order.spec().parallelism());
        List<Slice> slices = slices(all);
        Map<String, Type> columns = columns(slices);
        while (!columns.isEmpty()) {
            // All of it again, now that the table has them.
            slices.stream().map(Slice::files).filter(files -> files != null).forEach(target::forget);
            target.addColumns(columns);
            slices = slices(all);
            columns = columns(slices);
        }
        Counts counts = slices.stream().map(Slice::counts).reduce(Counts.NONE, Counts::plus);
        commit(slices.stream().map(Slice::files).toList(), counts, end, now);
    }

    private List<Slice> slices(JavaRDD<InternalRow> records) {
        return records.mapPartitions(new WriteRecords(key, ledger.committed().watermarkMillis()))
                .collect();
    }

    private static Map<String, Type> columns(List<Slice> slices) {
        Map<String, Type> columns = new LinkedHashMap<>();
        slices.forEach(slice -> columns.putAll(slice.columns()));
        return columns;
    }

    private void yielded(Transformed selected, Dataset<Row> rows, Map<Integer, Long> end, Batch now)
            throws CannotGoOn, Overtaken, IOException {
        target.table().refresh();
        OutputColumns columns =
                OutputColumns.of(selected.sql().output(), target.table().schema());
        tellWatermark(now.number());
        selected.read().reset();
        int tasks =
                order.spec().mode() == PipelineMode.UPSERT ? 1 : order.spec().parallelism();
        List<WriteRows.Written> written =
                internal(rows, tasks).mapPartitions(new WriteRows(key, columns)).collect();
        Map<String, Counts> read = new HashMap<>();
        selected.read().value().forEach(one -> read.put(one.range(), one.counts()));
        Counts counts = read.values().stream()
                .reduce(Counts.NONE, Counts::plus)
                .ofRows(written.stream().mapToLong(WriteRows.Written::rows).sum());
        commit(written.stream().map(WriteRows.Written::files).toList(), counts, end, now);
    }

    private static JavaRDD<InternalRow> internal(Dataset<Row> rows, int tasks) {
        return ((org.apache.spark.sql.classic.Dataset<Row>) rows)
                .queryExecution()
                .toRdd()
                .toJavaRDD()
                .coalesce(tasks);
    }

    private void commit(List<@Nullable WriteResult> results, Counts counts, Map<Integer, Long> end, Batch now)
            throws Overtaken {
        List<WriteResult> files = new ArrayList<>();
        results.forEach(result -> {
            if (result != null) {
                files.add(result);
            }
        });
        // Windows that close write rows, though no record came; and offsets move on without records at the end of a
        // transaction.
        if (!end.equals(ledger.committed().offsets()) || !files.isEmpty()) {
            ledger.commit(files, counts, end, now.toString(), lag(end));
        }
    }

    // What the pipeline sees of it

    @Override
    public void cycle(BooleanSupplier stopped) throws CannotGoOn, Overtaken, IOException, InterruptedException {
        StreamingQuery running = query;
        if (running == null || stopped.getAsBoolean()) {
            return;
        }
        try {
            if (running.awaitTermination(LOOK_MILLIS)) {
                throw new IOException("The query has ended");
            }
        } catch (StreamingQueryException e) {
            throw failure(e);
        }
        if (batches.tryLock()) {
            try {
                long lag = lag(ledger.committed().offsets());
                progress.lag(lag);
                if (lag == 0) {
                    ledger.tidy();
                }
            } finally {
                batches.unlock();
            }
        }
    }

    private long lag(Map<Integer, Long> offsets) {
        long lag = 0;
        synchronized (topic) {
            for (Map.Entry<TopicPartition, Long> end :
                    topic.latest(topic.partitions()).entrySet()) {
                Long at = offsets.get(end.getKey().partition());
                lag += at == null ? end.getValue() : Math.max(0, end.getValue() - at);
            }
        }
        return lag;
    }

    /** What it was in the first place: Spark wraps it more than once. */
    private static IOException failure(StreamingQueryException failed) throws CannotGoOn, Overtaken {
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof CannotGoOn cannot) {
                throw cannot;
            }
            if (cause instanceof Overtaken overtaken) {
                throw overtaken;
            }
            if (cause instanceof NotAuthorizedException || cause instanceof ForbiddenException) {
                throw (RuntimeException) cause;
            }
            if (cause instanceof SparkThrowable said && !(cause instanceof StreamingQueryException)) {
                String condition = String.valueOf(said.getCondition());
                if (condition.contains("DATA_LOSS")) {
                    throw gone(firstLine(cause));
                }
                // A value the SQL cannot do with: it will be the same the next time.
                if (String.valueOf(said.getSqlState()).startsWith("22")) {
                    throw new CannotGoOn("The SQL fails: " + firstLine(cause));
                }
            }
        }
        Throwable cause = failed;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        return new IOException(firstLine(cause), failed);
    }

    private static String firstLine(Throwable failure) {
        return failure.getMessage() == null
                ? failure.getClass().getSimpleName()
                : failure.getMessage().lines().findFirst().orElse("");
    }

    /** The batch under way is let end, if that does not take too long: it would be read again. */
    @Override
    public void close() {
        StreamingQuery running = query;
        try {
            boolean mine = batches.tryLock(LAST_BATCH_SECONDS, TimeUnit.SECONDS);
            closing = true;
            if (mine) {
                batches.unlock();
            }
            if (running != null) {
                running.stop();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException e) {
            log.atWarn().addKeyValue("subject", order).setCause(e).log("A query does not end; it writes nothing more");
        } finally {
            Shared.close(key);
            synchronized (topic) {
                topic.close();
            }
            aside.close();
            target.close();
            checkpoint.close();
        }
    }
}
