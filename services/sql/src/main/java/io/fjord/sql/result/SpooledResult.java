package io.fjord.sql.result;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonGenerator;
import io.fjord.codec.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.jspecify.annotations.Nullable;

/** A finished result on disk, read a page at a time: one batch is in memory, never the file. */
public final class SpooledResult implements AutoCloseable {

    private static final int ENTRY = 16;

    private final String id;
    private final FileChannel stream;
    private final FileChannel index;
    private final int batches;
    private final long end;
    private final long totalRows;

    /** How much there is of a result. */
    record Shape(long rows, long bytes) {}

    /** @throws ResultRefused if it is not there (any more) */
    public static SpooledResult open(Spool spool, String id) {
        FileChannel stream = null;
        FileChannel index = null;
        try {
            stream = FileChannel.open(spool.stream(id), StandardOpenOption.READ);
            index = FileChannel.open(spool.index(id), StandardOpenOption.READ);
            return new SpooledResult(id, stream, index);
        } catch (NoSuchFileException e) {
            close(stream, index);
            throw new ResultRefused(ResultProblems.expired(id));
        } catch (IOException e) {
            close(stream, index);
            throw new ResultRefused(ResultProblems.storeBroken());
        } catch (RuntimeException e) {
            close(stream, index);
            throw e;
        }
    }

    private SpooledResult(String id, FileChannel stream, FileChannel index) throws IOException {
        this.id = id;
        this.stream = stream;
        this.index = index;
        long size = index.size();
        if (size < ENTRY || size % ENTRY != 0) {
            throw new ResultRefused(ResultProblems.expired(id));
        }
        batches = (int) (size / ENTRY) - 1;
        end = offset(batches);
        totalRows = rowsBefore(batches);
        if (stream.size() < end) {
            throw new ResultRefused(ResultProblems.expired(id));
        }
    }

    static Shape shape(Spool spool, String id) throws IOException {
        try (SpooledResult result = open(spool, id)) {
            return new Shape(result.totalRows, result.stream.size());
        }
    }

    /**
     * The rows from where the token says, as JSON: {@code {columns, rows, nextPageToken?, totalRows}}.
     *
     * @param limit the most rows
     * @param bytes the page ends with the row that passes this
     * @throws ResultRefused if the token is not one of this result's
     */
    public byte[] page(@Nullable String token, int limit, int bytes, BufferAllocator allocator) throws IOException {
        long first = token == null ? 0 : row(token);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int batch = batchOf(first);
        try (ArrowStreamReader reader = new ArrowStreamReader(new FromBatch(batch), allocator);
                JsonGenerator json = Json.MAPPER.getFactory().createGenerator(out, JsonEncoding.UTF8)) {
            VectorSchemaRoot root = reader.getVectorSchemaRoot();
            json.writeStartObject();
            json.writeFieldName("columns");
            json.writePOJO(Column.of(root.getSchema()));
            json.writeArrayFieldStart("rows");
            long row = first;
            int skip = (int) (first - rowsBefore(batch));
            int left = limit;
            while (left > 0 && row < totalRows && reader.loadNextBatch()) {
                List<Cell> cells = Cell.of(root);
                for (int i = skip; i < root.getRowCount() && left > 0; i++, row++, left--) {
                    json.writeStartArray();
                    for (Cell cell : cells) {
                        cell.write(json, i);
                    }
                    json.writeEndArray();
                    if (out.size() > bytes) {
                        left = 1;
                    }
                }
                skip = 0;
            }
            json.writeEndArray();
            if (row < totalRows) {
                json.writeStringField("nextPageToken", token(row));
            }
            json.writeNumberField("totalRows", totalRows);
            json.writeEndObject();
        }
        return out.toByteArray();
    }

    public long totalRows() {
        return totalRows;
    }

    private String token(long row) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((row + "@" + id).getBytes(StandardCharsets.UTF_8));
    }

    private long row(String token) {
        try {
            String text = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
            int at = text.indexOf('@');
            long row = at < 0 ? -1 : Long.parseLong(text.substring(0, at));
            if (row >= 0 && row <= totalRows && text.substring(at + 1).equals(id)) {
                return row;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw new ResultRefused(ResultProblems.badPageToken());
    }

    /** The last batch that begins at or before the row. */
    private int batchOf(long row) throws IOException {
        int low = 0;
        int high = batches;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (rowsBefore(middle) <= row) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    private long offset(int batch) throws IOException {
        return entry(batch).getLong(0);
    }

    private long rowsBefore(int batch) throws IOException {
        return entry(batch).getLong(8);
    }

    private ByteBuffer entry(int batch) throws IOException {
        ByteBuffer entry = ByteBuffer.allocate(ENTRY);
        while (entry.hasRemaining()) {
            if (index.read(entry, (long) batch * ENTRY + entry.position()) < 0) {
                throw new ResultRefused(ResultProblems.expired(id));
            }
        }
        return entry.flip();
    }

    @Override
    public void close() {
        close(stream, index);
    }

    private static void close(@Nullable FileChannel... files) {
        for (FileChannel file : files) {
            if (file != null) {
                try {
                    file.close();
                } catch (IOException e) {
                    // it was only read from
                }
            }
        }
    }

    /** The stream as if it had no batches before one: its schema, then that batch and all after it. */
    private final class FromBatch implements ReadableByteChannel {

        private final long schemaEnd;
        private final long begin;
        private long at;

        FromBatch(int batch) throws IOException {
            schemaEnd = offset(0);
            begin = offset(batch);
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            if (at == schemaEnd) {
                at = begin;
            }
            int limit = into.limit();
            if (at < schemaEnd) {
                into.limit((int) Math.min(limit, into.position() + schemaEnd - at));
            }
            try {
                int read = stream.read(into, at);
                at += Math.max(read, 0);
                return read;
            } finally {
                into.limit(limit);
            }
        }

        @Override
        public boolean isOpen() {
            return stream.isOpen();
        }

        @Override
        public void close() {
            // the result closes it
        }
    }
}
