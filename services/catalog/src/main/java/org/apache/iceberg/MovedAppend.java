package org.apache.iceberg;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.iceberg.encryption.PlaintextEncryptionManager;
import org.apache.iceberg.io.FileIO;
import org.jspecify.annotations.Nullable;

/**
 * An append, made on one snapshot, moved on top of another: the manifests it added stay as they are, the list of manifests is
 * written anew. Stands in Iceberg's package because the writer of manifest lists is kept to it.
 */
public final class MovedAppend {

    private static final Map<String, String> TOTALS = Map.of(
            "total-records", "added-records",
            "total-files-size", "added-files-size",
            "total-data-files", "added-data-files",
            "total-delete-files", "added-delete-files",
            "total-position-deletes", "added-position-deletes",
            "total-equality-deletes", "added-equality-deletes");

    /** In the summary of what is not to be published twice: the client has to look at what came between. */
    private static final Set<String> ONCE = Set.of(
            SnapshotSummary.SOURCE_SNAPSHOT_ID_PROP,
            SnapshotSummary.PUBLISHED_WAP_ID_PROP,
            SnapshotSummary.STAGED_WAP_ID_PROP);

    private MovedAppend() {}

    /**
     * @param base the table it shall be an append to now
     * @param wished the append as it was made
     * @param madeOn the snapshot it was made on; null for an empty branch
     * @param top the snapshot it shall follow; null for an empty branch
     * @param manifestList where to write the list to; nothing is written if it cannot be moved
     * @return empty if it is no append, or rests on files that are not there any more
     */
    public static Optional<Snapshot> on(
            TableMetadata base,
            Snapshot wished,
            @Nullable Snapshot madeOn,
            @Nullable Snapshot top,
            String manifestList,
            FileIO io) {
        if (!DataOperations.APPEND.equals(wished.operation())
                || wished.keyId() != null
                || !Collections.disjoint(wished.summary().keySet(), ONCE)) {
            return Optional.empty();
        }
        List<ManifestFile> before = madeOn == null ? List.of() : madeOn.allManifests(io);
        List<ManifestFile> now = top == null ? List.of() : top.allManifests(io);
        List<ManifestFile> mine = wished.allManifests(io);
        Set<String> minePaths = paths(mine);
        Set<String> beforePaths = paths(before);
        Set<String> merged = new HashSet<>(beforePaths);
        merged.removeAll(minePaths);
        if (!paths(now).containsAll(merged)) {
            return Optional.empty();
        }
        List<ManifestFile> all = new ArrayList<>();
        for (ManifestFile manifest : mine) {
            if (!beforePaths.contains(manifest.path())) {
                if (!canMove(manifest, wished, base)) {
                    return Optional.empty();
                }
                all.add(unassigned(manifest));
            }
        }
        now.stream().filter(manifest -> !merged.contains(manifest.path())).forEach(all::add);
        return Optional.of(written(base, wished, top, all, manifestList, io));
    }

    private static boolean canMove(ManifestFile manifest, Snapshot wished, TableMetadata base) {
        Long by = manifest.snapshotId();
        return manifest.content() == ManifestContent.DATA
                && by != null
                && by == wished.snapshotId()
                && !manifest.hasDeletedFiles()
                && base.specsById().containsKey(manifest.partitionSpecId());
    }

    private static Set<String> paths(List<ManifestFile> manifests) {
        Set<String> paths = new HashSet<>();
        manifests.forEach(manifest -> paths.add(manifest.path()));
        return paths;
    }

    /** Its sequence number and row ids are those of the list it gets into. */
    private static ManifestFile unassigned(ManifestFile manifest) {
        long smallest = manifest.minSequenceNumber() == manifest.sequenceNumber()
                ? ManifestWriter.UNASSIGNED_SEQ
                : manifest.minSequenceNumber();
        return new GenericManifestFile(
                manifest.path(),
                manifest.length(),
                manifest.partitionSpecId(),
                manifest.content(),
                ManifestWriter.UNASSIGNED_SEQ,
                smallest,
                manifest.snapshotId(),
                manifest.partitions(),
                manifest.keyMetadata(),
                manifest.addedFilesCount(),
                manifest.addedRowsCount(),
                manifest.existingFilesCount(),
                manifest.existingRowsCount(),
                manifest.deletedFilesCount(),
                manifest.deletedRowsCount(),
                null);
    }

    private static Snapshot written(
            TableMetadata base,
            Snapshot wished,
            @Nullable Snapshot top,
            List<ManifestFile> manifests,
            String manifestList,
            FileIO io) {
        Long parent = top == null ? null : top.snapshotId();
        long sequenceNumber = base.nextSequenceNumber();
        boolean rowIds = base.formatVersion() >= 3;
        Long next;
        try (ManifestListWriter writer = ManifestLists.write(
                base.formatVersion(),
                io.newOutputFile(manifestList),
                PlaintextEncryptionManager.instance(),
                wished.snapshotId(),
                parent,
                sequenceNumber,
                base.nextRowId())) {
            writer.addAll(manifests);
            next = writer.nextRowId();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new BaseSnapshot(
                sequenceNumber,
                wished.snapshotId(),
                parent,
                Math.max(wished.timestampMillis(), base.lastUpdatedMillis()),
                wished.operation(),
                summary(wished, top),
                wished.schemaId(),
                manifestList,
                rowIds ? (Long) base.nextRowId() : null,
                rowIds && next != null ? (Long) (next - base.nextRowId()) : null,
                null);
    }

    private static Map<String, String> summary(Snapshot wished, @Nullable Snapshot top) {
        Map<String, String> summary = new HashMap<>(wished.summary());
        TOTALS.forEach((total, added) -> {
            String before = top == null ? "0" : top.summary().get(total);
            if (before == null) {
                summary.remove(total);
            } else {
                long more = Long.parseLong(wished.summary().getOrDefault(added, "0"));
                summary.put(total, Long.toString(Long.parseLong(before) + more));
            }
        });
        return summary;
    }
}
