package io.fjord.ingestion;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import java.util.Map;
import java.util.TreeMap;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotUpdate;
import org.jspecify.annotations.Nullable;

/**
 * How far a pipeline was when it wrote a snapshot, as the snapshot's summary says: this, and nothing Kafka keeps, is where it goes
 * on.
 *
 * @param epoch the generation that wrote it
 * @param commit one of its own, to be found again when the answer was lost
 * @param offsets the next offset of each partition
 * @param rows written since the pipeline began; so are {@code dead} and {@code late}
 * @param aside how far the topics were of what is not in the table; what stands behind that was put there by who then crashed
 * @param watermarkMillis null: no record had a time yet
 * @param batch which of its engine's batches it was; null for an engine that never does one again
 * @param snapshot 0 while it is not written
 */
public record Committed(
        long epoch,
        String commit,
        Map<Integer, Long> offsets,
        long rows,
        long dead,
        long late,
        Map<Aside, Long> aside,
        @Nullable Long watermarkMillis,
        @Nullable String batch,
        long snapshot) {

    private static final TypeReference<TreeMap<Integer, Long>> OFFSETS = new TypeReference<>() {};
    private static final TypeReference<TreeMap<Aside, Long>> ENDS = new TypeReference<>() {};

    private static String key(String pipeline, String what) {
        return "fjord.pipeline." + pipeline + "." + what;
    }

    /** The property of a table that says since which start a pipeline has written to it. */
    static String anchorKey(String pipeline) {
        return key(pipeline, "since");
    }

    /**
     * The newest of a pipeline.
     *
     * @param ancestry newest first
     */
    static @Nullable Committed newest(Iterable<Snapshot> ancestry, String pipeline) {
        for (Snapshot snapshot : ancestry) {
            Committed found = of(snapshot, pipeline);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** Null for a snapshot another wrote. */
    static @Nullable Committed of(Snapshot snapshot, String pipeline) {
        Map<String, String> summary = snapshot.summary();
        String epoch = summary.get(key(pipeline, "epoch"));
        if (epoch == null) {
            return null;
        }
        String watermark = summary.get(key(pipeline, "watermark"));
        return new Committed(
                Long.parseLong(epoch),
                summary.getOrDefault(key(pipeline, "commit"), ""),
                read(summary.getOrDefault(key(pipeline, "offsets"), "{}"), OFFSETS),
                number(summary, key(pipeline, "rows")),
                number(summary, key(pipeline, "dead")),
                number(summary, key(pipeline, "late")),
                read(summary.getOrDefault(key(pipeline, "aside"), "{}"), ENDS),
                watermark == null ? null : Long.valueOf(watermark),
                summary.get(key(pipeline, "batch")),
                snapshot.snapshotId());
    }

    void into(SnapshotUpdate<?> update, String pipeline) {
        update.set(key(pipeline, "epoch"), String.valueOf(epoch));
        update.set(key(pipeline, "commit"), commit);
        update.set(key(pipeline, "offsets"), text(offsets));
        update.set(key(pipeline, "rows"), String.valueOf(rows));
        update.set(key(pipeline, "dead"), String.valueOf(dead));
        update.set(key(pipeline, "late"), String.valueOf(late));
        update.set(key(pipeline, "aside"), text(aside));
        if (watermarkMillis != null) {
            update.set(key(pipeline, "watermark"), String.valueOf(watermarkMillis));
        }
        if (batch != null) {
            update.set(key(pipeline, "batch"), batch);
        }
    }

    Committed at(long written) {
        return new Committed(epoch, commit, offsets, rows, dead, late, aside, watermarkMillis, batch, written);
    }

    private static long number(Map<String, String> summary, String key) {
        return Long.parseLong(summary.getOrDefault(key, "0"));
    }

    private static <T> T read(String json, TypeReference<T> type) {
        try {
            return Settings.JSON.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The offsets in a snapshot cannot be read", e);
        }
    }

    private static String text(Map<?, Long> offsets) {
        try {
            return Settings.JSON.writeValueAsString(new TreeMap<>(offsets));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Offsets cannot be written as JSON", e);
        }
    }
}
