package org.apache.iceberg.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.catalog.TableRows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.inmemory.InMemoryCatalog;
import org.apache.iceberg.io.CloseableIterator;
import org.apache.iceberg.parquet.FirstRows.TooLarge;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FirstRowsTest {

    private static final int ROWS = 40_000;

    private static final Schema SCHEMA = new Schema(
            Types.NestedField.required(1, "id", Types.LongType.get()),
            Types.NestedField.optional(2, "text", Types.StringType.get()),
            Types.NestedField.optional(3, "scores", Types.ListType.ofOptional(4, Types.IntegerType.get())));

    private final InMemoryCatalog catalog = new InMemoryCatalog();
    private Table table;

    @BeforeEach
    void create() {
        catalog.initialize("test", Map.of());
        catalog.createNamespace(Namespace.of("sales"));
        table = catalog.createTable(TableIdentifier.of("sales", "orders"), SCHEMA);
    }

    @AfterEach
    void close() throws IOException {
        catalog.close();
    }

    /** About 4 MB that cannot be packed. */
    private DataFile file(Map<String, String> settings) {
        Random random = new Random(7);
        List<Record> rows = new ArrayList<>();
        for (long id = 0; id < ROWS; id++) {
            byte[] text = new byte[72];
            for (int i = 0; i < text.length; i++) {
                text[i] = (byte) (' ' + random.nextInt(95));
            }
            rows.add(TableRows.row(
                    table,
                    Map.of(
                            "id",
                            id,
                            "text",
                            new String(text, java.nio.charset.StandardCharsets.US_ASCII),
                            "scores",
                            List.of((int) id, random.nextInt()))));
        }
        return TableRows.write(table, FileFormat.PARQUET, settings, rows);
    }

    private FirstRows firstRows(DataFile file, Schema wanted, long rows, long mostBytes) {
        return new FirstRows(table.io().newInputFile(file.location()), wanted, Map.of(), null, rows, mostBytes);
    }

    private static List<Record> all(FirstRows rows) throws IOException {
        List<Record> all = new ArrayList<>();
        try (CloseableIterator<Record> each = rows.iterator()) {
            each.forEachRemaining(all::add);
        }
        return all;
    }

    @Test
    void of_a_large_row_group_the_pages_are_read_that_the_first_rows_lie_in() throws IOException {
        DataFile file = file(Map.of("write.parquet.page-size-bytes", "65536"));
        assertThat(file.fileSizeInBytes()).isGreaterThan(2_500_000);
        FirstRows some = firstRows(file, SCHEMA, 100, 2_000_000);
        List<Record> rows = all(some);
        assertThat(rows).hasSize(100);
        assertThat(rows)
                .extracting(row -> row.getField("id"))
                .startsWith(0L, 1L, 2L)
                .endsWith(99L);
        assertThat(rows)
                .<Object>extracting(row -> ((List<?>) row.getField("scores")).get(0))
                .startsWith(0, 1, 2)
                .endsWith(99);
        assertThat(some.hasSkipped()).isTrue();
        // The same rows as when all is read.
        List<Record> all = all(firstRows(file, SCHEMA, ROWS, 64 << 20));
        assertThat(all).hasSize(ROWS);
        assertThat(rows).isEqualTo(all.subList(0, 100));
    }

    @Test
    void a_row_group_whose_first_pages_do_not_fit_is_left_out() throws IOException {
        DataFile file = file(Map.of("write.parquet.page-size-bytes", "65536"));
        FirstRows none = firstRows(file, SCHEMA, 100, 20_000);
        assertThat(all(none)).isEmpty();
        assertThat(none.hasSkipped()).isTrue();
        // Columns that nobody wants take nothing.
        FirstRows ids = firstRows(file, SCHEMA.select("id"), 100, 400_000);
        assertThat(all(ids)).hasSize(100);
    }

    @Test
    void of_each_row_group_so_many() throws IOException {
        DataFile file = file(Map.of(
                "write.parquet.row-group-size-bytes",
                "400000",
                "write.parquet.row-group-check-min-record-count",
                "100",
                "write.parquet.row-group-check-max-record-count",
                "1000"));
        int groups = file.splitOffsets().size();
        assertThat(groups).isGreaterThan(3);
        FirstRows some = firstRows(file, SCHEMA, 10, 2 << 20);
        assertThat(all(some)).hasSize(10 * groups);
        assertThat(some.hasSkipped()).isTrue();
    }

    @Test
    void a_footer_that_does_not_fit_is_not_read() {
        DataFile file = file(Map.of());
        assertThatThrownBy(() -> all(firstRows(file, SCHEMA, 10, 100))).isInstanceOf(TooLarge.class);
    }
}
