package io.fjord.catalog.iceberg;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.apache.iceberg.TableMetadata;

/**
 * Table metadata that was read or written lately. A metadata file never changes, so what is here is never stale; the row
 * says which file is the table.
 */
final class MetadataCache {

    /** Snapshots are what makes metadata big: about one KiB each. */
    private final int mostSnapshots;

    private final Map<String, TableMetadata> byLocation = new LinkedHashMap<>(64, 0.75f, true);
    private int snapshots;

    MetadataCache(int mostSnapshots) {
        this.mostSnapshots = mostSnapshots;
    }

    TableMetadata get(String location, Function<String, TableMetadata> read) {
        synchronized (this) {
            TableMetadata known = byLocation.get(location);
            if (known != null) {
                return known;
            }
        }
        TableMetadata metadata = read.apply(location);
        put(location, metadata);
        return metadata;
    }

    synchronized void put(String location, TableMetadata metadata) {
        TableMetadata old = byLocation.put(location, metadata);
        snapshots += weight(metadata) - (old == null ? 0 : weight(old));
        var eldest = byLocation.entrySet().iterator();
        while (snapshots > mostSnapshots && byLocation.size() > 1) {
            snapshots -= weight(eldest.next().getValue());
            eldest.remove();
        }
    }

    private static int weight(TableMetadata metadata) {
        return 4
                + metadata.snapshots().size()
                + metadata.schemas().size()
                + metadata.previousFiles().size() / 4;
    }
}
