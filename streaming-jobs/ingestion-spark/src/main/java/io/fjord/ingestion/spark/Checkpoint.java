package io.fjord.ingestion.spark;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.contract.core.pipeline.PipelineTransform;
import io.fjord.ingestion.Order;
import io.fjord.ingestion.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Spark's folder of one query: which offsets each batch has, and the state of its windows. How far the pipeline is stands in the
 * table; a query without state gets a new folder at each start, and one with state goes on in the one it had.
 *
 * @param kept whether a later start goes on with it
 */
record Checkpoint(Path folder, boolean kept) {

    /** A batch as a snapshot's summary names it. */
    record Batch(String checkpoint, long number) {

        static @Nullable Batch of(@Nullable String text) {
            if (text == null) {
                return null;
            }
            int colon = text.lastIndexOf(':');
            return new Batch(text.substring(0, colon), Long.parseLong(text.substring(colon + 1)));
        }

        @Override
        public String toString() {
            return checkpoint + ":" + number;
        }
    }

    /** The one a start of the pipeline has; those that no start will ever go on with are deleted. */
    static Checkpoint of(Settings settings, Order order, boolean kept) throws IOException {
        Path all = Path.of(settings.workDir(), "checkpoints", order.id());
        Path mine = all.resolve(kept ? order.restartGeneration() + "-" + meaning(order) : "run-" + UUID.randomUUID());
        Files.createDirectories(all);
        try (Stream<Path> others = Files.list(all)) {
            for (Path other : others.filter(path -> !path.equals(mine)).toList()) {
                delete(other);
            }
        }
        return new Checkpoint(mine, kept);
    }

    /** Of another SQL the state means something else. */
    private static String meaning(Order order) throws IOException {
        var spec = order.spec();
        PipelineTransform transform = spec.transform();
        List<@Nullable Object> all = new java.util.ArrayList<>();
        // Whatever becomes of other fields, the windows are the same.
        all.add(transform == null ? null : new PipelineTransform(transform.sql(), transform.columns()));
        all.add(spec.watermark());
        all.add(spec.mode());
        all.add(order.topic());
        try {
            byte[] sum = MessageDigest.getInstance("SHA-256").digest(Settings.JSON.writeValueAsBytes(all));
            return HexFormat.of().formatHex(sum, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    /** What Spark calls the query, for as long as the folder is there. */
    String id() throws IOException {
        return Settings.JSON
                .readTree(folder.resolve("metadata").toFile())
                .path("id")
                .asText();
    }

    /** Where a batch ends, which Spark writes down before it begins: the next offset of each partition. */
    Map<Integer, Long> end(long batch, String topic) throws IOException {
        JsonNode offsets = line(batch, 2).path(topic);
        Map<Integer, Long> next = new TreeMap<>();
        offsets.properties()
                .forEach(entry -> next.put(
                        Integer.valueOf(entry.getKey()), entry.getValue().asLong()));
        return next;
    }

    /** Where Spark's watermark was as the batch began, which is the same when it is done again; null: nowhere yet. */
    @Nullable
    Long watermarkMillis(long batch) throws IOException {
        long millis = line(batch, 1).path("batchWatermarkMs").asLong();
        return millis == 0 ? null : Long.valueOf(millis);
    }

    /** A version, what the batch knows of time, then a line for each source. */
    private JsonNode line(long batch, int number) throws IOException {
        List<String> lines =
                Files.readAllLines(folder.resolve("offsets").resolve(String.valueOf(batch)), StandardCharsets.UTF_8);
        return Settings.JSON.readTree(lines.get(number));
    }

    void close() {
        if (!kept) {
            try {
                delete(folder);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void delete(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
