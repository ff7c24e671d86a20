package io.fjord.sql.result;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Writes one result batch by batch. The index beside it has 16 bytes per batch: where it begins in the stream and how many
 * rows are before it; its last entry is where the batches end and the number of all rows.
 */
public final class SpoolWriter implements AutoCloseable {

    private final Spool spool;
    private final String id;
    private final VectorSchemaRoot root;
    private final Counted out;
    private final DataOutputStream index;
    private final ArrowStreamWriter arrow;
    private long rows;
    private boolean finished;
    private boolean closed;

    SpoolWriter(Spool spool, String id, VectorSchemaRoot root) throws IOException {
        for (Field field : root.getSchema().getFields()) {
            if (field.getDictionary() != null) {
                throw new ResultRefused(ResultProblems.unsupportedColumn(field.getName()));
            }
        }
        this.spool = spool;
        this.id = id;
        this.root = root;
        Files.createDirectories(spool.stream(id).toAbsolutePath().getParent());
        out = new Counted(FileChannel.open(
                spool.stream(id),
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE));
        try {
            index = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(spool.index(id))));
            arrow = new ArrowStreamWriter(root, new DictionaryProvider.MapDictionaryProvider(), out);
            arrow.start();
        } catch (IOException | RuntimeException e) {
            out.close();
            spool.abandoned(id, out.written);
            throw e;
        }
    }

    /**
     * Writes the root's rows as the next batch; a batch without rows is left out.
     *
     * @throws ResultRefused if the result is over its quota, or no room is left
     */
    public void append() throws IOException {
        if (root.getRowCount() == 0) {
            return;
        }
        index.writeLong(out.written);
        index.writeLong(rows);
        arrow.writeBatch();
        rows += root.getRowCount();
    }

    /** Ends the stream; from now on it can be read. */
    public void finish() throws IOException {
        index.writeLong(out.written);
        index.writeLong(rows);
        index.close();
        arrow.end();
        out.close();
        finished = true;
        spool.finished(id, out.written);
    }

    public long rows() {
        return rows;
    }

    public long bytes() {
        return out.written;
    }

    /** Removes what was written, unless it was finished. The root stays the caller's. */
    @Override
    public void close() throws IOException {
        if (closed || finished) {
            return;
        }
        closed = true;
        try {
            out.close();
            index.close();
        } finally {
            spool.abandoned(id, out.written);
        }
    }

    private final class Counted implements WritableByteChannel {

        private final FileChannel file;
        private long written;

        Counted(FileChannel file) {
            this.file = file;
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            int length = bytes.remaining();
            if (written + length > spool.mostEach()) {
                throw new ResultRefused(ResultProblems.tooLarge(spool.mostEach()));
            }
            if (!spool.reserve(length)) {
                throw new ResultRefused(ResultProblems.storeFull(spool.mostInAll()));
            }
            written += length;
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
            return length;
        }

        @Override
        public boolean isOpen() {
            return file.isOpen();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
