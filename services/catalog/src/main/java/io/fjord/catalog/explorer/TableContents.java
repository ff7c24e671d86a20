package io.fjord.catalog.explorer;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.ManifestContent;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.transforms.Transform;
import org.apache.iceberg.types.Type;
import org.jspecify.annotations.Nullable;

/** What a table consists of, out of its metadata. Reads files: only on a worker thread. */
final class TableContents {

    private final TableMetadata metadata;
    private final FileIO io;

    TableContents(TableMetadata metadata, FileIO io) {
        this.metadata = metadata;
        this.io = io;
    }

    /** A snapshot as the API shows it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record SnapshotView(
            String id,
            @Nullable String parentId,
            long sequenceNumber,
            Instant committedAt,
            @Nullable String operation,
            @Nullable Integer schemaId,
            boolean current,
            Map<String, String> summary) {}

    /** A branch or tag. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record RefView(
            String name,
            String type,
            String snapshotId,
            @Nullable Long maxAgeMillis,
            @Nullable Integer minSnapshotsToKeep,
            @Nullable Long maxSnapshotAgeMillis) {}

    /** @param content {@code data}, {@code position_deletes} or {@code equality_deletes} */
    record FileView(
            String content,
            String path,
            String format,
            int specId,
            Map<String, String> partition,
            long records,
            long bytes) {}

    /** The files that have the same partition values. */
    record PartitionView(
            int specId, Map<String, String> partition, long dataFiles, long deleteFiles, long records, long bytes) {}

    /** A file and where it was found: the number of its manifest and of itself in that. */
    record Found(FileView file, int manifest, long entry) {}

    /** The newest first. */
    List<SnapshotView> snapshots() {
        Snapshot current = metadata.currentSnapshot();
        return metadata.snapshots().stream()
                .sorted(Comparator.comparingLong(Snapshot::timestampMillis)
                        .thenComparingLong(Snapshot::sequenceNumber)
                        .thenComparingLong(Snapshot::snapshotId)
                        .reversed())
                .map(one -> new SnapshotView(
                        Long.toString(one.snapshotId()),
                        one.parentId() == null ? null : Long.toString(one.parentId()),
                        one.sequenceNumber(),
                        Instant.ofEpochMilli(one.timestampMillis()),
                        one.operation(),
                        one.schemaId(),
                        current != null && one.snapshotId() == current.snapshotId(),
                        one.summary() == null ? Map.of() : new TreeMap<>(one.summary())))
                .toList();
    }

    List<RefView> refs() {
        return new TreeMap<>(metadata.refs())
                .entrySet().stream()
                        .map(one -> new RefView(
                                one.getKey(),
                                one.getValue().isBranch() ? "branch" : "tag",
                                Long.toString(one.getValue().snapshotId()),
                                one.getValue().maxRefAgeMs(),
                                one.getValue().minSnapshotsToKeep(),
                                one.getValue().maxSnapshotAgeMs()))
                        .toList();
    }

    /**
     * @param id empty for the current one
     * @return empty if there is none of that id, or nothing in the table yet
     */
    Optional<Snapshot> snapshot(Optional<String> id) {
        return id.isEmpty()
                ? Optional.ofNullable(metadata.currentSnapshot())
                : metadata.snapshots().stream()
                        .filter(one -> Long.toString(one.snapshotId()).equals(id.get()))
                        .findFirst();
    }

    /** So many files of a snapshot, from a place on. */
    List<Found> files(Snapshot snapshot, int manifest, long entry, int size) {
        List<Found> found = new ArrayList<>();
        List<ManifestFile> manifests = snapshot.allManifests(io);
        for (int at = manifest; at < manifests.size() && found.size() < size; at++) {
            long begin = at == manifest ? entry : 0;
            try (CloseableIterable<? extends ContentFile<?>> files = read(manifests.get(at))) {
                long number = 0;
                for (ContentFile<?> file : files) {
                    if (number >= begin) {
                        found.add(new Found(view(file), at, number));
                    }
                    number++;
                    if (found.size() == size) {
                        break;
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return found;
    }

    /** How many files of a snapshot its manifests speak of. */
    long count(Snapshot snapshot) {
        long count = 0;
        for (ManifestFile manifest : snapshot.allManifests(io)) {
            count += orZero(manifest.addedFilesCount()) + orZero(manifest.existingFilesCount());
        }
        return count;
    }

    private static int orZero(@Nullable Integer count) {
        return count == null ? 0 : count;
    }

    /** All partitions of a snapshot, in the order of their values as text. */
    TreeMap<String, PartitionView> partitions(Snapshot snapshot) {
        TreeMap<String, PartitionView> all = new TreeMap<>();
        for (ManifestFile manifest : snapshot.allManifests(io)) {
            try (CloseableIterable<? extends ContentFile<?>> files = read(manifest)) {
                for (ContentFile<?> file : files) {
                    PartitionSpec spec = spec(file);
                    boolean data = manifest.content() == ManifestContent.DATA;
                    all.merge(
                            spec.specId() + "/" + spec.partitionToPath(file.partition()),
                            new PartitionView(
                                    spec.specId(),
                                    partition(spec, file.partition()),
                                    data ? 1 : 0,
                                    data ? 0 : 1,
                                    data ? file.recordCount() : 0,
                                    file.fileSizeInBytes()),
                            TableContents::sum);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return all;
    }

    private static PartitionView sum(PartitionView one, PartitionView other) {
        return new PartitionView(
                one.specId(),
                one.partition(),
                one.dataFiles() + other.dataFiles(),
                one.deleteFiles() + other.deleteFiles(),
                one.records() + other.records(),
                one.bytes() + other.bytes());
    }

    private CloseableIterable<? extends ContentFile<?>> read(ManifestFile manifest) {
        return manifest.content() == ManifestContent.DATA
                ? ManifestFiles.read(manifest, io, metadata.specsById())
                : ManifestFiles.readDeleteManifest(manifest, io, metadata.specsById());
    }

    private PartitionSpec spec(ContentFile<?> file) {
        return Objects.requireNonNull(metadata.spec(file.specId()));
    }

    private FileView view(ContentFile<?> file) {
        return new FileView(
                file.content().name().toLowerCase(java.util.Locale.ROOT),
                file.location(),
                file.format().name().toLowerCase(java.util.Locale.ROOT),
                file.specId(),
                partition(spec(file), file.partition()),
                file.recordCount(),
                file.fileSizeInBytes());
    }

    private static Map<String, String> partition(PartitionSpec spec, StructLike values) {
        Map<String, String> partition = new LinkedHashMap<>();
        for (int i = 0; i < spec.fields().size(); i++) {
            PartitionField field = spec.fields().get(i);
            Type type = spec.partitionType().fields().get(i).type();
            partition.put(field.name(), text(field, type, values.get(i, Object.class)));
        }
        return partition;
    }

    @SuppressWarnings("unchecked") // the value is of what the transform makes
    private static String text(PartitionField field, Type type, @Nullable Object value) {
        return ((Transform<?, Object>) field.transform()).toHumanString(type, value);
    }
}
