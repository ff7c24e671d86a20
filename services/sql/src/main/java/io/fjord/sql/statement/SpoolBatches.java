package io.fjord.sql.statement;

import io.fjord.sql.cluster.Driver;
import io.fjord.sql.result.Column;
import io.fjord.sql.result.Spool;
import io.fjord.sql.result.SpoolWriter;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/** Takes a driver's answer into the spool. */
final class SpoolBatches implements Driver.Batches, AutoCloseable {

    private final Spool spool;
    private final String id;
    private @Nullable SpoolWriter writer;
    private List<Column> columns = List.of();

    /** What came of a statement that ran to its end. */
    record Answer(long rows, long bytes, List<Column> columns) {}

    SpoolBatches(Spool spool, String id) {
        this.spool = spool;
        this.id = id;
    }

    @Override
    public void begin(VectorSchemaRoot root) throws IOException {
        columns = Column.of(root.getSchema());
        writer = spool.write(id, root);
    }

    @Override
    public void next() throws IOException {
        Objects.requireNonNull(writer).append();
    }

    Answer finish() throws IOException {
        SpoolWriter done = Objects.requireNonNull(writer);
        done.finish();
        return new Answer(done.rows(), done.bytes(), columns);
    }

    @Override
    public void close() throws IOException {
        if (writer != null) {
            writer.close();
        }
    }
}
