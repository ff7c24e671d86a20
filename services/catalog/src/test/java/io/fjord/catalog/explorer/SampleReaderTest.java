package io.fjord.catalog.explorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.catalog.TableRows;
import io.fjord.platform.http.ProblemException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.LongStream;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.inmemory.InMemoryCatalog;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SampleReaderTest {

    private static final Schema ORDERS = new Schema(
            Types.NestedField.required(1, "id", Types.LongType.get(), "of the shop"),
            Types.NestedField.optional(2, "email", Types.StringType.get()),
            Types.NestedField.optional(3, "amount", Types.DecimalType.of(10, 2)));

    private final InMemoryCatalog catalog = new InMemoryCatalog();

    @BeforeEach
    void open() {
        catalog.initialize("test", Map.of());
        catalog.createNamespace(Namespace.of("sales"));
    }

    @AfterEach
    void close() throws IOException {
        catalog.close();
    }

    private Table table(Schema schema) {
        return catalog.buildTable(TableIdentifier.of("sales", "orders"), schema)
                .withProperty("format-version", "2")
                .create();
    }

    private static List<Record> orders(Table table, long from, long to) {
        return LongStream.range(from, to)
                .mapToObj(id -> TableRows.row(
                        table, Map.of("id", id, "email", id + "@example.org", "amount", BigDecimal.valueOf(id, 2))))
                .toList();
    }

    private static Sample sample(Table table, int rows) {
        return sample(table, table.currentSnapshot(), Map.of(), rows);
    }

    private static Sample sample(Table table, Snapshot snapshot, Map<Integer, List<String>> hidden, int rows) {
        table.refresh();
        TableMetadata metadata = ((BaseTable) table).operations().current();
        return new SampleReader("sales.orders", metadata, table.io(), hidden, rows).read(snapshot);
    }

    private static List<Object> column(Sample sample, int column) {
        return sample.rows().stream().<Object>map(row -> row.get(column)).toList();
    }

    @ParameterizedTest
    @EnumSource(
            value = FileFormat.class,
            names = {"PARQUET", "AVRO"})
    void the_first_rows_without_what_is_deleted(FileFormat format) {
        Table table = table(ORDERS);
        DataFile file = TableRows.append(table, format, orders(table, 0, 10));
        TableRows.deletePositions(table, file, List.of(0L, 9L));
        TableRows.deleteWhere(table, "email", List.of("3@example.org", "4@example.org"));
        // Not one of those that were deleted before.
        TableRows.append(table, format, orders(table, 3, 4));

        Sample all = sample(table, 20);
        assertThat(column(all, 0)).containsExactly(3L, 1L, 2L, 5L, 6L, 7L, 8L);
        assertThat(column(all, 2)).startsWith("0.03", "0.01");
        assertThat(all.complete()).isTrue();
        assertThat(all.snapshotId())
                .isEqualTo(Long.toString(table.currentSnapshot().snapshotId()));
        assertThat(all.columns().get(0)).isEqualTo(new Sample.SampleColumn("id", "long", true, "of the shop", null));

        Sample some = sample(table, 6);
        assertThat(some.rows()).hasSize(6);
        assertThat(some.complete()).isFalse();
        assertThat(sample(table, 7).complete()).isTrue();
        // What equality deletes go by is read and not shown.
        Sample hidden = sample(table, table.currentSnapshot(), Map.of(2, List.of("pii.email")), 20);
        assertThat(column(hidden, 0)).isEqualTo(column(all, 0));
        assertThat(column(hidden, 1)).containsOnlyNulls();
        assertThat(hidden.columns().get(1).hidden()).containsExactly("pii.email");
        assertThat(hidden.names(false)).containsExactly("id", "amount");
        assertThat(hidden.names(true)).containsExactly("email");
    }

    @ParameterizedTest
    @EnumSource(
            value = FileFormat.class,
            names = {"PARQUET", "AVRO"})
    void by_the_columns_the_table_has_now(FileFormat format) {
        Table table = table(ORDERS);
        TableRows.append(table, format, orders(table, 0, 2));
        Snapshot then = table.currentSnapshot();
        table.updateSchema()
                .renameColumn("amount", "total")
                .addColumn("state", Types.StringType.get())
                .deleteColumn("email")
                .moveFirst("amount")
                .commit();
        TableRows.append(
                table,
                format,
                List.of(TableRows.row(table, Map.of("id", 7L, "total", new BigDecimal("70.00"), "state", "paid"))));
        Sample now = sample(table, 20);
        assertThat(now.columns()).extracting(Sample.SampleColumn::name).containsExactly("total", "id", "state");
        assertThat(now.rows())
                .containsExactly(
                        List.of("70.00", 7L, "paid"),
                        java.util.Arrays.asList("0.00", 0L, null),
                        java.util.Arrays.asList("0.01", 1L, null));
        // A column that is gone is not shown of a snapshot that had it.
        Sample before = sample(table, then, Map.of(), 20);
        assertThat(before.rows()).hasSize(2).allSatisfy(row -> assertThat(row).hasSize(3));
        assertThat(before.committedAt().toEpochMilli()).isEqualTo(then.timestampMillis());
    }

    @ParameterizedTest
    @EnumSource(
            value = FileFormat.class,
            names = {"PARQUET", "AVRO"})
    void every_type_in_the_words_of_json(FileFormat format) {
        Schema schema = new Schema(
                Types.NestedField.optional(1, "flag", Types.BooleanType.get()),
                Types.NestedField.optional(2, "number", Types.IntegerType.get()),
                Types.NestedField.optional(3, "large", Types.LongType.get()),
                Types.NestedField.optional(4, "ratio", Types.DoubleType.get()),
                Types.NestedField.optional(5, "share", Types.FloatType.get()),
                Types.NestedField.optional(6, "day", Types.DateType.get()),
                Types.NestedField.optional(7, "hour", Types.TimeType.get()),
                Types.NestedField.optional(8, "local", Types.TimestampType.withoutZone()),
                Types.NestedField.optional(9, "at", Types.TimestampType.withZone()),
                Types.NestedField.optional(10, "key", Types.UUIDType.get()),
                Types.NestedField.optional(11, "bytes", Types.BinaryType.get()),
                Types.NestedField.optional(12, "fixed", Types.FixedType.ofLength(2)),
                Types.NestedField.optional(
                        13,
                        "address",
                        Types.StructType.of(
                                Types.NestedField.optional(14, "city", Types.StringType.get()),
                                Types.NestedField.optional(
                                        15, "lines", Types.ListType.ofOptional(16, Types.StringType.get())))),
                Types.NestedField.optional(
                        17, "labels", Types.MapType.ofOptional(18, 19, Types.StringType.get(), Types.LongType.get())),
                Types.NestedField.optional(
                        20, "counts", Types.MapType.ofOptional(21, 22, Types.IntegerType.get(), Types.LongType.get())));
        Table table = table(schema);
        GenericRecord address = GenericRecord.create(schema.findType("address").asStructType());
        UUID key = UUID.fromString("0193f0a0-0000-7000-8000-000000000001");
        Map<String, Object> row = new HashMap<>();
        row.put("flag", true);
        row.put("number", 7);
        row.put("large", Long.MAX_VALUE);
        row.put("ratio", Double.NaN);
        row.put("share", 0.5f);
        row.put("day", LocalDate.of(2026, 11, 22));
        row.put("hour", LocalTime.of(7, 0));
        row.put("local", LocalDateTime.of(2026, 11, 22, 7, 0));
        row.put("at", OffsetDateTime.parse("2026-11-22T07:00:00.5Z"));
        row.put("key", key);
        row.put("bytes", ByteBuffer.wrap(new byte[] {1, 2, 3}));
        row.put("fixed", new byte[] {4, 5});
        row.put("address", address.copy(Map.of("city", "Kiel", "lines", List.of("Kai 1", "c/o Ada"))));
        row.put("labels", new LinkedHashMap<>(Map.of("a", 1L)));
        row.put("counts", new LinkedHashMap<>(Map.of(5, 1L)));
        TableRows.append(table, format, List.of(TableRows.row(table, row), GenericRecord.create(schema)));

        Sample sample = sample(table, 20);
        assertThat(sample.rows().get(0))
                .containsExactly(
                        true,
                        7,
                        "9223372036854775807",
                        "NaN",
                        0.5f,
                        "2026-11-22",
                        "07:00:00",
                        "2026-11-22T07:00:00",
                        "2026-11-22T07:00:00.500Z",
                        key.toString(),
                        "AQID",
                        "BAU=",
                        Map.of("city", "Kiel", "lines", List.of("Kai 1", "c/o Ada")),
                        Map.of("a", 1L),
                        List.of(Map.of("key", 5, "value", 1L)));
        assertThat(sample.rows().get(1)).hasSize(15).containsOnlyNulls();
        assertThat(sample.truncated()).isEmpty();
        assertThat(sample.columns().get(13).type()).isEqualTo("map<string, long>");
        // What is sensitive in a struct hides all of it.
        Sample hidden = sample(table, table.currentSnapshot(), Map.of(16, List.of("pii")), 20);
        assertThat(hidden.names(true)).containsExactly("address");
        assertThat(column(hidden, 12)).containsOnlyNulls();
        assertThat(column(hidden, 13)).first().isEqualTo(Map.of("a", 1L));
    }

    @Test
    void what_is_long_is_cut_and_said_to_be() {
        Schema schema = new Schema(
                Types.NestedField.optional(1, "text", Types.StringType.get()),
                Types.NestedField.optional(2, "bytes", Types.BinaryType.get()),
                Types.NestedField.optional(3, "numbers", Types.ListType.ofOptional(4, Types.IntegerType.get())));
        Table table = table(schema);
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            numbers.add(i);
        }
        TableRows.append(
                table,
                FileFormat.PARQUET,
                List.of(
                        TableRows.row(table, Map.of("text", "short")),
                        TableRows.row(
                                table,
                                Map.of(
                                        "text",
                                        "\uD83D\uDE00".repeat(1_500),
                                        "bytes",
                                        ByteBuffer.wrap(new byte[3_000]),
                                        "numbers",
                                        numbers))));
        Sample sample = sample(table, 20);
        assertThat(sample.truncated())
                .containsExactly(
                        new Sample.Truncated(1, "text", 1_500),
                        new Sample.Truncated(1, "bytes", 3_000),
                        new Sample.Truncated(1, "numbers", null));
        assertThat((String) sample.rows().get(1).get(0)).isEqualTo("\uD83D\uDE00".repeat(1_000));
        assertThat((List<?>) sample.rows().get(1).get(2))
                .hasSizeLessThan(200)
                .isEqualTo(numbers.subList(0, ((List<?>) sample.rows().get(1).get(2)).size()));
    }

    @Test
    void of_wide_rows_as_many_as_an_answer_holds() {
        List<Types.NestedField> columns = new ArrayList<>();
        Map<String, Object> values = new HashMap<>();
        for (int i = 1; i <= 300; i++) {
            columns.add(Types.NestedField.optional(i, "c" + i, Types.StringType.get()));
            values.put("c" + i, "x".repeat(1_000));
        }
        Table table = table(new Schema(columns));
        List<Record> rows = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            rows.add(TableRows.row(table, values));
        }
        TableRows.append(table, FileFormat.PARQUET, rows);
        Sample sample = sample(table, 50);
        assertThat(sample.rows()).hasSizeBetween(5, 10);
        assertThat(sample.complete()).isFalse();
    }

    @Test
    void values_of_partitions_that_stand_in_no_file_are_there() {
        Table table = catalog.buildTable(TableIdentifier.of("sales", "orders"), ORDERS)
                .withPartitionSpec(
                        PartitionSpec.builderFor(ORDERS).identity("email").build())
                .create();
        // As files taken over from Hive: without the column that the folder tells.
        Table plain = catalog.createTable(TableIdentifier.of("sales", "plain"), ORDERS);
        plain.updateSchema().deleteColumn("email").commit();
        DataFile file = TableRows.write(
                plain,
                FileFormat.PARQUET,
                Map.of(),
                List.of(TableRows.row(plain, Map.of("id", 1L, "amount", new BigDecimal("1.00")))));
        table.newAppend()
                .appendFile(DataFiles.builder(table.spec())
                        .withPath(file.location())
                        .withFormat(FileFormat.PARQUET)
                        .withPartitionPath("email=ada")
                        .withFileSizeInBytes(file.fileSizeInBytes())
                        .withRecordCount(1)
                        .build())
                .commit();
        assertThat(sample(table, 20).rows()).containsExactly(List.of(1L, "ada", "1.00"));
    }

    @Test
    void nothing_of_a_table_without_data() {
        Sample sample = sample(table(ORDERS), 20);
        assertThat(sample.rows()).isEmpty();
        assertThat(sample.complete()).isTrue();
        assertThat(sample.snapshotId()).isNull();
        assertThat(sample.columns()).hasSize(3);
    }

    @Test
    void nothing_where_all_is_hidden() {
        Table table = table(ORDERS);
        TableRows.append(table, FileFormat.PARQUET, orders(table, 0, 3));
        Map<Integer, List<String>> all = Map.of(1, List.of("secret"), 2, List.of("secret"), 3, List.of("secret"));
        Sample sample = sample(table, table.currentSnapshot(), all, 20);
        assertThat(sample.rows()).isEmpty();
        assertThat(sample.complete()).isFalse();
    }

    @Test
    void a_file_that_cannot_be_read_is_passed_over_and_alone_it_is_a_no() throws IOException {
        Table table = table(ORDERS);
        String broken = table.location() + "/data/broken.parquet";
        try (PositionOutputStream out = table.io().newOutputFile(broken).create()) {
            out.write("this is no Parquet file at all, though it is called one".getBytes());
        }
        DataFile odd = file(table, broken, FileFormat.PARQUET);
        table.newFastAppend().appendFile(odd).commit();
        assertThatThrownBy(() -> sample(table, 20))
                .isInstanceOf(ProblemException.class)
                .satisfies(no ->
                        assertThat(((ProblemException) no).problem().type()).endsWith("table-not-sampled"));
        TableRows.append(table, FileFormat.PARQUET, orders(table, 0, 3));
        Sample sample = sample(table, 20);
        assertThat(sample.rows()).hasSize(3);
        assertThat(sample.complete()).isFalse();
    }

    @Test
    void files_of_another_format_are_a_no() {
        Table table = table(ORDERS);
        table.newFastAppend()
                .appendFile(file(table, table.location() + "/data/one.orc", FileFormat.ORC))
                .commit();
        assertThatThrownBy(() -> sample(table, 20))
                .satisfies(no ->
                        assertThat(((ProblemException) no).problem().detail()).contains("ORC", "LIMIT 20"));
    }

    @Test
    void a_file_that_is_gone_is_said_to_be() {
        Table table = table(ORDERS);
        DataFile file = TableRows.append(table, FileFormat.PARQUET, orders(table, 0, 3));
        table.io().deleteFile(file.location());
        assertThatThrownBy(() -> sample(table, 20)).satisfies(no -> {
            assertThat(((ProblemException) no).problem().type()).endsWith("table-files-missing");
            assertThat(((ProblemException) no).problem().detail()).contains(file.location());
        });
    }

    private static DataFile file(Table table, String path, FileFormat format) {
        return DataFiles.builder(table.spec())
                .withPath(path)
                .withFormat(format)
                .withFileSizeInBytes(55)
                .withRecordCount(1)
                .build();
    }
}
