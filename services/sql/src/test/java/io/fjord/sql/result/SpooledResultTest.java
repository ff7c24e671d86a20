package io.fjord.sql.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpooledResultTest {

    private static final Schema SCHEMA = new Schema(
            List.of(Field.notNullable("n", new ArrowType.Int(64, true)), Field.nullable("name", new ArrowType.Utf8())));

    @TempDir
    Path folder;

    private RootAllocator allocator;

    @BeforeEach
    void open() {
        allocator = new RootAllocator(64 << 20);
    }

    @AfterEach
    void nothingLeaks() {
        allocator.close();
    }

    @Test
    void pages_hold_every_row_once_whatever_the_batches_are() throws Exception {
        Spool spool = new Spool(folder, 1 << 20, 1 << 20);
        write(spool, "a", 7, 0, 1, 5, 100, 3);

        for (int size : List.of(1, 4, 7, 50, 1000)) {
            List<Long> seen = new ArrayList<>();
            String token = null;
            do {
                JsonNode page = page(spool, "a", token, size);
                assertThat(page.path("totalRows").asLong()).isEqualTo(116);
                assertThat(page.path("columns").toString())
                        .isEqualTo("[{\"name\":\"n\",\"type\":\"bigint\",\"nullable\":false},"
                                + "{\"name\":\"name\",\"type\":\"string\",\"nullable\":true}]");
                page.path("rows").forEach(row -> {
                    seen.add(row.get(0).asLong());
                    assertThat(row.get(1).asText())
                            .isEqualTo("row " + row.get(0).asLong());
                });
                token = page.path("nextPageToken").asText(null);
            } while (token != null);
            assertThat(seen).hasSize(116).doesNotHaveDuplicates().isSorted();
        }
    }

    @Test
    void a_page_ends_when_it_is_large_enough() throws Exception {
        Spool spool = new Spool(folder, 4 << 20, 4 << 20);
        write(spool, "a", 3000);

        try (SpooledResult result = SpooledResult.open(spool, "a")) {
            JsonNode page = Json.MAPPER.readTree(result.page(null, 3000, 10_000, allocator));
            assertThat(page.path("rows").size()).isBetween(300, 1500);
            assertThat(page.has("nextPageToken")).isTrue();
        }
    }

    @Test
    void the_file_is_the_arrow_stream_itself() throws Exception {
        Spool spool = new Spool(folder, 1 << 20, 1 << 20);
        write(spool, "a", 10, 20);

        int rows = 0;
        try (InputStream in = Files.newInputStream(spool.stream("a"));
                ArrowStreamReader reader = new ArrowStreamReader(in, allocator)) {
            while (reader.loadNextBatch()) {
                rows += reader.getVectorSchemaRoot().getRowCount();
            }
        }
        assertThat(rows).isEqualTo(30);
    }

    @Test
    void a_result_without_rows_is_one_empty_page() throws Exception {
        Spool spool = new Spool(folder, 1 << 20, 1 << 20);
        write(spool, "a");

        JsonNode page = page(spool, "a", null, 10);
        assertThat(page.path("rows")).isEmpty();
        assertThat(page.path("columns")).hasSize(2);
        assertThat(page.has("nextPageToken")).isFalse();
    }

    @Test
    void a_result_without_columns_is_one_empty_page() throws Exception {
        Spool spool = new Spool(folder, 1 << 20, 1 << 20);
        try (VectorSchemaRoot root = VectorSchemaRoot.create(new Schema(List.of()), allocator);
                SpoolWriter writer = spool.write("a", root)) {
            writer.finish();
        }

        assertThat(page(spool, "a", null, 10).toString()).isEqualTo("{\"columns\":[],\"rows\":[],\"totalRows\":0}");
    }

    @Test
    void tokens_of_other_results_and_made_up_ones_are_refused() throws Exception {
        Spool spool = new Spool(folder, 1 << 20, 1 << 20);
        write(spool, "a", 10);
        write(spool, "b", 10);
        String token = page(spool, "a", null, 5).path("nextPageToken").asText();

        for (String bad : List.of(token.substring(1), "!!", "", "MTIz")) {
            ResultRefused refused = catchThrowableOfType(ResultRefused.class, () -> page(spool, "a", bad, 5));
            assertThat(refused.problem().slug()).as(bad).isEqualTo("bad-page-token");
        }
        ResultRefused refused = catchThrowableOfType(ResultRefused.class, () -> page(spool, "b", token, 5));
        assertThat(refused.problem().slug()).isEqualTo("bad-page-token");
    }

    @Test
    void a_result_over_its_quota_is_refused_and_leaves_nothing() {
        Spool spool = new Spool(folder, 4_000, 1 << 20);

        ResultRefused refused = catchThrowableOfType(ResultRefused.class, () -> write(spool, "a", 10, 10, 1000, 10));

        assertThat(refused.problem().slug()).isEqualTo("result-too-large");
        assertThat(spool.used()).isZero();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void the_oldest_finished_results_make_room() throws Exception {
        Spool spool = new Spool(folder, 1 << 20, 6_000);
        List<String> dropped = new ArrayList<>();
        spool.onDropped(dropped::add);
        write(spool, "a", 100);
        write(spool, "b", 100);
        long each = spool.used() / 2;
        assertThat(each).isBetween(1_500L, 2_900L);

        write(spool, "c", 200);

        assertThat(dropped).first().isEqualTo("a");
        assertThat(spool.used()).isLessThanOrEqualTo(6_000);
        ResultRefused gone = catchThrowableOfType(ResultRefused.class, () -> page(spool, "a", null, 5));
        assertThat(gone.problem().slug()).isEqualTo("result-expired");
        assertThat(page(spool, "c", null, 5).path("totalRows").asInt()).isEqualTo(200);
    }

    @Test
    void results_being_written_do_not_make_room() throws Exception {
        Spool spool = new Spool(folder, 1 << 20, 5_000);
        try (VectorSchemaRoot root = VectorSchemaRoot.create(SCHEMA, allocator);
                SpoolWriter first = spool.write("a", root)) {
            fill(root, 0, 100);
            first.append();

            ResultRefused refused = catchThrowableOfType(ResultRefused.class, () -> write(spool, "b", 200));

            assertThat(refused.problem().slug()).isEqualTo("result-store-full");
            first.finish();
        }
        assertThat(page(spool, "a", null, 5).path("totalRows").asInt()).isEqualTo(100);
    }

    @Test
    void a_new_process_takes_over_whole_results_and_removes_the_rest() throws Exception {
        Spool before = new Spool(folder, 1 << 20, 1 << 20);
        write(before, "whole", 100);
        write(before, "cut", 100);
        write(before, "unknown", 100);
        byte[] cut = Files.readAllBytes(before.stream("cut"));
        Files.write(before.stream("cut"), java.util.Arrays.copyOf(cut, cut.length / 2));

        Spool after = new Spool(folder, 1 << 20, 1 << 20);
        List<String> lost = after.adopt(List.of("whole", "cut", "missing"));

        assertThat(lost).containsExactly("cut", "missing");
        assertThat(after.used()).isEqualTo(Files.size(after.stream("whole")));
        try (var files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("whole.arrows", "whole.index");
        }
    }

    private JsonNode page(Spool spool, String id, String token, int size) throws Exception {
        try (SpooledResult result = SpooledResult.open(spool, id)) {
            return Json.MAPPER.readTree(result.page(token, size, 1 << 20, allocator));
        }
    }

    private void write(Spool spool, String id, int... batches) throws Exception {
        try (VectorSchemaRoot root = VectorSchemaRoot.create(SCHEMA, allocator);
                SpoolWriter writer = spool.write(id, root)) {
            int next = 0;
            for (int rows : batches) {
                fill(root, next, rows);
                next += rows;
                writer.append();
            }
            writer.finish();
        }
    }

    private static void fill(VectorSchemaRoot root, int from, int rows) {
        BigIntVector numbers = (BigIntVector) root.getVector("n");
        VarCharVector names = (VarCharVector) root.getVector("name");
        numbers.allocateNew(rows);
        names.allocateNew(rows * 12L, rows);
        for (int i = 0; i < rows; i++) {
            numbers.setSafe(i, from + i);
            names.setSafe(i, ("row " + (from + i)).getBytes(StandardCharsets.UTF_8));
        }
        root.setRowCount(rows);
    }
}
