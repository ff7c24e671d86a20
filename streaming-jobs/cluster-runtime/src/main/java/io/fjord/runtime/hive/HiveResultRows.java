package io.fjord.runtime.hive;

import io.fjord.runtime.ArrowBatches;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.classic.Dataset;
import org.apache.spark.sql.types.CalendarIntervalType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.ArrowUtils;
import org.apache.spark.sql.vectorized.ArrowColumnVector;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/** The rows of a query, one Arrow batch of them at a time. */
final class HiveResultRows implements HiveOperation.Rows {

    private final ArrowBatches batches;
    private final scala.Function1<Object, Object> toRow;
    private Iterator<Row> rows = List.<Row>of().iterator();

    private HiveResultRows(ArrowBatches batches, StructType schema) {
        this.batches = batches;
        this.toRow = CatalystTypeConverters.createToScalaConverter(schema);
    }

    static HiveOperation.Rows of(Dataset<Row> query) {
        // The one type Spark writes to Arrow and does not read: such rows come as Spark has them, a partition at a
        // time.
        if (query.schema().existsRecursively(type -> type instanceof CalendarIntervalType)) {
            return HiveOperation.Rows.of(query.toLocalIterator());
        }
        var execution = query.queryExecution();
        var timeZone = execution.sparkSession().sessionState().conf().sessionLocalTimeZone();
        return new HiveResultRows(ArrowBatches.of(execution, timeZone), query.schema());
    }

    @Override
    public boolean hasNext() {
        while (!rows.hasNext() && batches.hasNext()) {
            rows = read(batches.next());
        }
        return rows.hasNext();
    }

    @Override
    public Row next() {
        // Fails as it should when there is none.
        var unused = hasNext();
        return rows.next();
    }

    private Iterator<Row> read(byte[] batch) {
        var read = new ArrayList<Row>();
        try (var reader = new ArrowStreamReader(new ByteArrayInputStream(batch), ArrowUtils.rootAllocator())) {
            while (reader.loadNextBatch()) {
                var root = reader.getVectorSchemaRoot();
                var columns = root.getFieldVectors().stream()
                        .map(ArrowColumnVector::new)
                        .toArray(ColumnVector[]::new);
                var values = new ColumnarBatch(columns, root.getRowCount()).rowIterator();
                while (values.hasNext()) {
                    read.add((Row) toRow.apply(values.next()));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return read.iterator();
    }

    @Override
    public void close() {
        batches.close();
    }
}
