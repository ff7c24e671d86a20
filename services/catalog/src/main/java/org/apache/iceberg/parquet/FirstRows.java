package org.apache.iceberg.parquet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.CloseableIterator;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.SeekableInputStream;
import org.apache.iceberg.mapping.NameMapping;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.internal.column.columnindex.OffsetIndex;
import org.apache.parquet.internal.filter2.columnindex.ColumnIndexStore;
import org.apache.parquet.internal.filter2.columnindex.ColumnIndexStore.MissingOffsetIndexException;
import org.apache.parquet.internal.filter2.columnindex.RowRanges;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/**
 * The first rows of each row group of a Parquet file, within a bound of memory. Readers of the library take a row group whole, which
 * may be hundreds of megabytes; of those only the pages are read here that the first rows lie in, where the file has an index of its
 * pages. Stands in Iceberg's package because what makes Parquet's files of Iceberg's is kept to it.
 */
public final class FirstRows implements CloseableIterable<Record> {

    /** What a list takes in memory for a value of it, however small it is in the file. */
    private static final long BYTES_OF_A_VALUE = 48;

    private static final int TAIL = 8;

    private final InputFile file;
    private final Schema wanted;
    private final Map<Integer, ?> constants;
    private final @Nullable NameMapping names;
    private final long rowsOfGroup;
    private final long mostBytes;
    private boolean hasSkipped;

    /**
     * @param wanted what each record is to have
     * @param constants values that stand in no file, by field id
     * @param names by which columns are known in files without field ids
     * @param rowsOfGroup how many rows are read of a row group at most
     * @param mostBytes what those may take in memory; a row group in which they take more is left out
     */
    public FirstRows(
            InputFile file,
            Schema wanted,
            Map<Integer, ?> constants,
            @Nullable NameMapping names,
            long rowsOfGroup,
            long mostBytes) {
        this.file = file;
        this.wanted = wanted;
        this.constants = constants;
        this.names = names;
        this.rowsOfGroup = rowsOfGroup;
        this.mostBytes = mostBytes;
    }

    /** Whether rows were left out: of a row group all, or those behind its first ones. */
    public boolean hasSkipped() {
        return hasSkipped;
    }

    @Override
    public CloseableIterator<Record> iterator() {
        requireShortFooter();
        try {
            return new Rows(ParquetFileReader.open(
                    ParquetIO.file(file),
                    ParquetReadOptions.builder(new PlainParquetConfiguration())
                            .withCodecFactory(new Bounded(mostBytes))
                            .build()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** It is read whole, and before anything else is known of the file. */
    private void requireShortFooter() {
        long length = file.getLength();
        byte[] tail = new byte[TAIL];
        try (SeekableInputStream in = file.newStream()) {
            in.seek(Math.max(0, length - TAIL));
            in.readNBytes(tail, 0, TAIL);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int footer = ByteBuffer.wrap(tail).order(ByteOrder.LITTLE_ENDIAN).getInt();
        if (footer < 0 || footer > mostBytes) {
            throw new TooLarge("the footer of " + file.location() + " has " + footer + " bytes");
        }
    }

    @Override
    public void close() {
        // Each iterator has a reader of its own.
    }

    /** A file says that something in it takes more memory than there is for it. */
    public static final class TooLarge extends RuntimeException {

        private static final long serialVersionUID = 1L;

        TooLarge(String what) {
            super(what);
        }
    }

    private final class Rows implements CloseableIterator<Record> {

        private final ParquetFileReader reader;
        private final MessageType projection;
        private final ParquetValueReader<Record> records;
        private int next;
        private long left;

        Rows(ParquetFileReader reader) {
            this.reader = reader;
            MessageType schema = reader.getFileMetaData().getSchema();
            boolean hasIds = ParquetSchemaUtil.hasIds(schema);
            MessageType known = schema;
            if (!hasIds) {
                known = names == null
                        ? ParquetSchemaUtil.addFallbackIds(schema)
                        : ParquetSchemaUtil.applyNameMapping(schema, names);
            }
            projection = hasIds || names != null
                    ? ParquetSchemaUtil.pruneColumns(known, wanted)
                    : ParquetSchemaUtil.pruneColumnsFallback(schema, wanted);
            records = GenericParquetReaders.buildReader(wanted, known, constants);
            reader.setRequestedSchema(projection);
        }

        @Override
        public boolean hasNext() {
            while (left == 0 && next < reader.getRowGroups().size()) {
                try {
                    begin(next++);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return left > 0;
        }

        @Override
        public Record next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            left--;
            return records.read(null);
        }

        private void begin(int group) throws IOException {
            BlockMetaData block = reader.getRowGroups().get(group);
            long rows = Math.min(rowsOfGroup, block.getRowCount());
            if (rows == 0) {
                return;
            }
            PageReadStore pages = null;
            if (bytes(block) <= mostBytes) {
                pages = reader.readRowGroup(group);
            } else if (rows < block.getRowCount()
                    && bytes(block, reader.getColumnIndexStore(group), rows) <= mostBytes) {
                pages = reader.readFilteredRowGroup(group, RowRanges.createSingle(rows));
            }
            if (pages == null) {
                hasSkipped = true;
                return;
            }
            hasSkipped |= rows < block.getRowCount();
            records.setPageSource(pages);
            left = rows;
        }

        /** What the wanted columns of a row group take. */
        private long bytes(BlockMetaData block) {
            return block.getColumns().stream()
                    .filter(this::isWanted)
                    .mapToLong(this::bytes)
                    .sum();
        }

        private boolean isWanted(ColumnChunkMetaData column) {
            return projection.containsPath(column.getPath().toArray());
        }

        private long bytes(ColumnChunkMetaData column) {
            long read = column.getTotalSize() + column.getTotalUncompressedSize();
            return isRepeated(column) ? read + column.getValueCount() * BYTES_OF_A_VALUE : read;
        }

        private boolean isRepeated(ColumnChunkMetaData column) {
            return projection.getMaxRepetitionLevel(column.getPath().toArray()) > 0;
        }

        /** What the pages take that the first rows lie in; beyond any bound if they cannot be told apart. */
        private long bytes(BlockMetaData block, ColumnIndexStore indexes, long rows) {
            long all = 0;
            for (ColumnChunkMetaData column : block.getColumns()) {
                if (isWanted(column)) {
                    try {
                        all += bytes(column, indexes.getOffsetIndex(column.getPath()), rows);
                    } catch (MissingOffsetIndexException e) {
                        return Long.MAX_VALUE;
                    }
                }
            }
            return all;
        }

        private long bytes(ColumnChunkMetaData column, OffsetIndex index, long rows) {
            // In front of the pages lies the dictionary.
            long read = index.getOffset(0) - column.getStartingPos();
            for (int page = 0; page < index.getPageCount() && index.getFirstRowIndex(page) < rows; page++) {
                read += index.getCompressedPageSize(page);
            }
            return (long) (bytes(column) * ((double) read / Math.max(1, column.getTotalSize())));
        }

        @Override
        public void close() throws IOException {
            reader.close();
        }
    }

    /** Unpacks no page that would not fit, whatever the file said before of how large it is. */
    private static final class Bounded implements CompressionCodecFactory {

        private final CompressionCodecFactory all = new CodecFactory(new PlainParquetConfiguration(), 0);
        private final long most;

        Bounded(long most) {
            this.most = most;
        }

        @Override
        public BytesInputCompressor getCompressor(CompressionCodecName codec) {
            return all.getCompressor(codec);
        }

        @Override
        public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
            BytesInputDecompressor unpacking = all.getDecompressor(codec);
            return new BytesInputDecompressor() {
                @Override
                public BytesInput decompress(BytesInput bytes, int size) throws IOException {
                    require(size);
                    return unpacking.decompress(bytes, size);
                }

                @Override
                public void decompress(ByteBuffer from, int fromSize, ByteBuffer to, int size) throws IOException {
                    require(size);
                    unpacking.decompress(from, fromSize, to, size);
                }

                @Override
                public void release() {
                    unpacking.release();
                }
            };
        }

        private void require(int size) {
            if (size < 0 || size > most) {
                throw new TooLarge("a page of " + size + " bytes");
            }
        }

        @Override
        public void release() {
            all.release();
        }
    }
}
