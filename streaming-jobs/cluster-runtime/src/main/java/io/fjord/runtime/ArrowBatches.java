package io.fjord.runtime;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.CommandResultExec;
import org.apache.spark.sql.execution.LocalTableScanExec;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.SQLExecution;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.arrow.ArrowConverters$;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.ArrowUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A query's result as Arrow batches, each a small IPC stream.
 *
 * <p>A few partitions are run at a time, and the next ones not before these were taken. A task writes its batches to a file
 * beside Spark's own temporary files and gives its core back, so neither a large partition nor a slow reader costs
 * memory or holds up others. Driver and tasks share the disk: this is for {@code local[n]}.
 */
public final class ArrowBatches implements Iterator<byte[]>, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ArrowBatches.class);
    private static final long MOST_ROWS = 8_192;
    private static final long MOST_BYTES = 2L * 1024 * 1024;
    private static final long SMALL_RESULT = 4_096;
    // A partition that is no larger comes with the task's result and without a file.
    private static final int SMALL_PARTITION = 512 * 1024;

    private final @Nullable JavaRDD<Spooled> partitions;
    private final @Nullable Path directory;
    private final int count;
    private final int together;
    private final Deque<Spooled> taken = new ArrayDeque<>();
    private int next;
    private Iterator<byte[]> ready;
    private @Nullable DataInputStream file;
    private @Nullable Path path;
    private byte @Nullable [] fromFile;

    private ArrowBatches(
            @Nullable JavaRDD<Spooled> partitions,
            @Nullable Path directory,
            int count,
            int together,
            Iterator<byte[]> ready) {
        this.partitions = partitions;
        this.directory = directory;
        this.count = count;
        this.together = together;
        this.ready = ready;
    }

    /** The batches of one partition, here or in a file. */
    private record Spooled(List<byte[]> batches, @Nullable String file) implements Serializable {}

    public static Schema schema(StructType schema, String timeZone) {
        return ArrowUtils.toArrowSchema(schema, timeZone, false, false);
    }

    /** Starts the query; call it, and everything else here, inside its statement. */
    public static ArrowBatches of(QueryExecution execution, String timeZone) {
        var plan = execution.executedPlan();
        var schema = plan.schema();
        if (isSmall(execution, plan)) {
            var rows = inOneExecution(execution, plan::executeCollect);
            return new ArrowBatches(
                    null, null, 0, 0, toArrow(Arrays.asList(rows).iterator(), schema, timeZone));
        }
        var context = execution.sparkSession().sparkContext();
        var rows = inOneExecution(execution, () -> plan.execute().toJavaRDD());
        var directory = directory(context);
        return new ArrowBatches(
                rows.mapPartitions(new Spool(schema, timeZone, directory.toString())),
                directory,
                rows.getNumPartitions(),
                context.defaultParallelism(),
                List.<byte[]>of().iterator());
    }

    private static Path directory(SparkContext context) {
        try {
            var results = Path.of(context.getConf().get("spark.local.dir"), "results");
            return Files.createDirectories(results.resolve(UUID.randomUUID().toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Rows that are there already, or so few that one job which stops early beats one over all partitions. */
    private static boolean isSmall(QueryExecution execution, SparkPlan plan) {
        var most = execution.optimizedPlan().maxRows();
        return plan instanceof CommandResultExec
                || plan instanceof LocalTableScanExec
                || (most.isDefined() && ((Number) most.get()).longValue() <= SMALL_RESULT);
    }

    private static <T> T inOneExecution(QueryExecution execution, scala.Function0<T> work) {
        return SQLExecution.withNewExecutionId(execution, Option.apply("result"), work);
    }

    private static Iterator<byte[]> toArrow(Iterator<InternalRow> rows, StructType schema, String timeZone) {
        return CollectionConverters.asJava(ArrowConverters$.MODULE$.toBatchWithSchemaIterator(
                CollectionConverters.asScala(rows), schema, MOST_ROWS, MOST_BYTES, timeZone, false, false));
    }

    /** Runs in a task, beside the rows. */
    private record Spool(StructType schema, String timeZone, String directory)
            implements FlatMapFunction<Iterator<InternalRow>, Spooled> {

        @Override
        public Iterator<Spooled> call(Iterator<InternalRow> rows) throws IOException {
            var batches = toArrow(rows, schema, timeZone);
            var first = new ArrayList<byte[]>();
            var size = 0L;
            while (batches.hasNext() && size <= SMALL_PARTITION) {
                var batch = batches.next();
                first.add(batch);
                size += batch.length;
            }
            if (!batches.hasNext()) {
                return List.of(new Spooled(first, null)).iterator();
            }
            var file = Path.of(directory, String.valueOf(TaskContext.get().taskAttemptId()));
            try (var out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16))) {
                for (var batch : first) {
                    write(out, batch);
                }
                while (batches.hasNext()) {
                    write(out, batches.next());
                }
            }
            return List.of(new Spooled(List.of(), file.toString())).iterator();
        }

        private static void write(DataOutputStream out, byte[] batch) throws IOException {
            out.writeInt(batch.length);
            out.write(batch);
        }
    }

    @Override
    public boolean hasNext() {
        while (!ready.hasNext() && !readFile()) {
            if (taken.isEmpty() && !run()) {
                return false;
            }
            open(taken.remove());
        }
        return true;
    }

    @Override
    public byte[] next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        if (ready.hasNext()) {
            return ready.next();
        }
        var batch = fromFile;
        fromFile = null;
        return batch == null ? new byte[0] : batch;
    }

    /** One partition first, so that the first rows come early; then as many as run side by side. */
    private boolean run() {
        if (partitions == null || next >= count) {
            return false;
        }
        var most = next == 0 ? 1 : together;
        var ids = IntStream.range(next, Math.min(count, next + most)).toArray();
        next += ids.length;
        for (var partition : partitions.collectPartitions(ids)) {
            taken.addAll(partition);
        }
        return true;
    }

    private void open(Spooled partition) {
        ready = partition.batches().iterator();
        if (partition.file() != null) {
            try {
                path = Path.of(partition.file());
                file = new DataInputStream(new BufferedInputStream(Files.newInputStream(path), 1 << 16));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Whether the open file has a batch. */
    private boolean readFile() {
        if (fromFile != null) {
            return true;
        }
        if (file == null) {
            return false;
        }
        try {
            var batch = new byte[file.readInt()];
            file.readFully(batch);
            fromFile = batch;
            return true;
        } catch (EOFException e) {
            closeFile();
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void closeFile() {
        if (file != null) {
            try {
                file.close();
                if (path != null) {
                    Files.deleteIfExists(path);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } finally {
                file = null;
            }
        }
    }

    /** Removes what was not read. */
    @Override
    public void close() {
        closeFile();
        if (directory == null || !Files.exists(directory)) {
            return;
        }
        try (var files = Files.list(directory)) {
            for (var one : files.toList()) {
                Files.deleteIfExists(one);
            }
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            // A task that was just cancelled may still write; nothing but its file is left, and the operator clears the
            // work directory.
            log.atDebug().setCause(e).log("A result's temporary file stays behind");
        }
    }
}
