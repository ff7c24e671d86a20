package io.fjord.catalog.iceberg;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.SoftReference;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.SeekableInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Metadata files that were read or written lately, as they are written: what is answered to a client are these very bytes. A
 * metadata file never changes, so what is here is never stale; the row says which file is the table.
 */
final class MetadataCache {

    /** A metadata file, and what it says. */
    static final class Kept {

        private final String location;
        private final byte[] json;
        private volatile @Nullable SoftReference<TableMetadata> metadata;

        private Kept(String location, byte[] json) {
            this.location = location;
            this.json = json;
        }

        String location() {
            return location;
        }

        /** Not to be changed. */
        byte[] json() {
            return json;
        }

        TableMetadata metadata() {
            SoftReference<TableMetadata> read = metadata;
            TableMetadata known = read == null ? null : read.get();
            if (known == null) {
                known = TableMetadataParser.fromJson(location, new String(json, StandardCharsets.UTF_8));
                metadata = new SoftReference<>(known);
            }
            return known;
        }
    }

    private final long mostBytes;
    private final Map<String, Kept> byLocation = new LinkedHashMap<>(64, 0.75f, true);
    private long bytes;

    MetadataCache(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    synchronized Optional<Kept> ifThere(String location) {
        return Optional.ofNullable(byLocation.get(location));
    }

    /**
     * From memory, or read; only on a worker thread.
     *
     * @throws NotFoundException if the file is not there
     */
    Kept get(String location, FileIO io) {
        return ifThere(location).orElseGet(() -> put(location, read(location, io)));
    }

    Kept put(String location, byte[] json) {
        return put(new Kept(location, json));
    }

    /** A file that was just written, and what it says, which need not be read from it then. */
    Kept put(String location, byte[] json, TableMetadata written) {
        Kept kept = new Kept(location, json);
        kept.metadata = new SoftReference<>(TableMetadata.buildFrom(written)
                .discardChanges()
                .withMetadataLocation(location)
                .build());
        return put(kept);
    }

    private synchronized Kept put(Kept kept) {
        String location = kept.location();
        byte[] json = kept.json();
        Kept old = byLocation.put(location, kept);
        bytes += json.length - (old == null ? 0 : old.json().length);
        var eldest = byLocation.entrySet().iterator();
        while (bytes > mostBytes && byLocation.size() > 1) {
            bytes -= eldest.next().getValue().json().length;
            eldest.remove();
        }
        return kept;
    }

    private static byte[] read(String location, FileIO io) {
        try (SeekableInputStream in = io.newInputFile(location).newStream()) {
            byte[] all = in.readAllBytes();
            if (all.length > 1 && all[0] == (byte) 0x1f && all[1] == (byte) 0x8b) {
                try (GZIPInputStream unpacked = new GZIPInputStream(new ByteArrayInputStream(all))) {
                    return unpacked.readAllBytes();
                }
            }
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
