package io.fjord.runtime.flight;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.arrow.vector.types.pojo.Schema;
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
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A query's result as Arrow batches, each a small IPC stream.
 *
 * <p>A few partitions at a time are run and made into batches by Spark's tasks, and the next ones not before these were taken:
 * what is in memory is bounded by the partitions of one round, whatever the size of the result.
 */
final class ArrowBatches implements Iterator<byte[]> {

    private static final long MOST_ROWS = 8_192;
    private static final long MOST_BYTES = 2L * 1024 * 1024;
    private static final long SMALL_RESULT = 4_096;

    private final JavaRDD<byte[]> partitions;
    private final int count;
    private final int together;
    private int next;
    private Iterator<byte[]> ready;

    private ArrowBatches(JavaRDD<byte[]> partitions, int count, int together, Iterator<byte[]> ready) {
        this.partitions = partitions;
        this.count = count;
        this.together = together;
        this.ready = ready;
    }

    static Schema schema(StructType schema, String timeZone) {
        return ArrowUtils.toArrowSchema(schema, timeZone, false, false);
    }

    static Iterator<byte[]> of(QueryExecution execution, String timeZone, int together) {
        var plan = execution.executedPlan();
        var schema = plan.schema();
        if (isSmall(execution, plan)) {
            var rows = inOneExecution(execution, () -> plan.executeCollect());
            return CollectionConverters.asJava(ArrowConverters$.MODULE$.toBatchWithSchemaIterator(
                    CollectionConverters.asScala(Arrays.asList(rows).iterator()),
                    schema,
                    MOST_ROWS,
                    MOST_BYTES,
                    timeZone,
                    false,
                    false));
        }
        var rows = inOneExecution(execution, () -> plan.execute().toJavaRDD());
        var count = rows.getNumPartitions();
        return new ArrowBatches(
                rows.mapPartitions(new ToArrow(schema, timeZone)),
                count,
                together,
                List.<byte[]>of().iterator());
    }

    /** Rows that are there already, or so few that one job which stops early beats one over all partitions. */
    private static boolean isSmall(QueryExecution execution, SparkPlan plan) {
        var most = execution.optimizedPlan().maxRows();
        return plan instanceof CommandResultExec
                || plan instanceof LocalTableScanExec
                || (most.isDefined() && ((Number) most.get()).longValue() <= SMALL_RESULT);
    }

    private static <T> T inOneExecution(QueryExecution execution, scala.Function0<T> work) {
        return SQLExecution.withNewExecutionId(execution, Option.apply("flight"), work);
    }

    /** Runs in a task, beside the rows. */
    private record ToArrow(StructType schema, String timeZone)
            implements FlatMapFunction<Iterator<InternalRow>, byte[]> {
        @Override
        public Iterator<byte[]> call(Iterator<InternalRow> rows) {
            return CollectionConverters.asJava(ArrowConverters$.MODULE$.toBatchWithSchemaIterator(
                    CollectionConverters.asScala(rows), schema, MOST_ROWS, MOST_BYTES, timeZone, false, false));
        }
    }

    @Override
    public boolean hasNext() {
        while (!ready.hasNext() && next < count) {
            ready = run();
        }
        return ready.hasNext();
    }

    /** One partition first, so that the first rows come early; then as many as run side by side. */
    private Iterator<byte[]> run() {
        var most = next == 0 ? 1 : together;
        var ids = java.util.stream.IntStream.range(next, Math.min(count, next + most))
                .toArray();
        next += ids.length;
        var batches = new ArrayList<byte[]>();
        for (var partition : partitions.collectPartitions(ids)) {
            batches.addAll(partition);
        }
        return batches.iterator();
    }

    @Override
    public byte[] next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return ready.next();
    }
}
