package io.fjord.catalog.iceberg;

import io.fjord.catalog.iceberg.Entry.Kind;
import io.fjord.kernel.CrashPoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import org.apache.iceberg.BaseMetastoreTableOperations;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.ForbiddenException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.ServiceUnavailableException;
import org.apache.iceberg.io.FileIO;
import org.jspecify.annotations.Nullable;

/** A table of the metastore: a commit writes the metadata file first, then the row and the event in one transaction. */
final class CatalogTableOperations extends BaseMetastoreTableOperations {

    private static final int READS = 3;

    private final FjordCatalog catalog;
    private final TableIdentifier name;
    private final CatalogFiles files;
    private @Nullable Entry entry;

    CatalogTableOperations(FjordCatalog catalog, TableIdentifier name) {
        this(catalog, name, catalog.files());
    }

    CatalogTableOperations(FjordCatalog catalog, TableIdentifier name, CatalogFiles files) {
        this.catalog = catalog;
        this.name = name;
        this.files = files;
    }

    @Override
    protected String tableName() {
        return name.toString();
    }

    @Override
    public FileIO io() {
        return files;
    }

    @Override
    protected void doRefresh() {
        Optional<Entry> found = catalog.find(name, Kind.TABLE);
        entry = found.orElse(null);
        if (found.isPresent()) {
            refreshFromMetadataLocation(found.get().metadataLocation(), null, READS, this::read);
        } else if (currentMetadataLocation() != null) {
            throw new NoSuchTableException("Table does not exist: %s", name);
        } else {
            disableRefresh();
        }
    }

    private TableMetadata read(String location) {
        return catalog.parts().cache().get(location, io()).metadata();
    }

    /** The metadata it was read from. */
    MetadataCache.Kept kept() {
        return catalog.parts().cache().get(Objects.requireNonNull(currentMetadataLocation()), io());
    }

    @Override
    protected void doCommit(@Nullable TableMetadata base, TableMetadata metadata) {
        TableCommit commit = prepare(base, metadata);
        CrashPoint.BETWEEN_FILES_AND_TABLE_COMMIT.here();
        try {
            catalog.commit(commit);
        } catch (Replayed
                | ForbiddenException
                | ServiceUnavailableException
                | CommitFailedException
                | AlreadyExistsException
                | NoSuchNamespaceException
                | NoSuchTableException e) {
            // Certainly not made. After any other failure the file may be the table by now.
            discard(commit);
            throw e;
        }
        catalog.answered(landed(commit));
    }

    /** Writes the metadata file; the table is not changed by that. */
    TableCommit prepare(@Nullable TableMetadata base, TableMetadata metadata) {
        String there = base == null ? metadata.metadataFileLocation() : null;
        catalog.requireInside(metadata);
        if (there != null) {
            return new TableCommit(name, null, null, metadata, there, null);
        }
        CrashPoint.BEFORE_METADATA_FILE.here();
        byte[] json = TableMetadataParser.toJson(metadata).getBytes(StandardCharsets.UTF_8);
        String location = write(metadata, json);
        return new TableCommit(
                name, base == null ? null : Objects.requireNonNull(entry), base, metadata, location, json);
    }

    private String write(TableMetadata metadata, byte[] json) {
        String codec =
                metadata.property(TableProperties.METADATA_COMPRESSION, TableProperties.METADATA_COMPRESSION_DEFAULT);
        String file = String.format(
                Locale.ROOT,
                "%05d-%s%s",
                currentVersion() + 1,
                UUID.randomUUID(),
                TableMetadataParser.getFileExtension(codec));
        String location = metadataFileLocation(metadata, file);
        files.write(location, codec.equalsIgnoreCase("gzip") ? packed(json) : json);
        return location;
    }

    private static byte[] packed(byte[] json) {
        ByteArrayOutputStream all = new ByteArrayOutputStream(json.length / 4);
        try (GZIPOutputStream packing = new GZIPOutputStream(all)) {
            packing.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all.toByteArray();
    }

    /** Where another file of the table's metadata goes. */
    String newMetadataFile(TableMetadata metadata, String file) {
        return metadataFileLocation(metadata, file);
    }

    /** Puts what was written at hand for the next reader. */
    MetadataCache.Kept landed(TableCommit commit) {
        byte[] json = commit.json();
        return json == null
                ? catalog.parts().cache().get(commit.location(), io())
                : catalog.parts().cache().put(commit.location(), json, commit.metadata());
    }

    /** Deletes the metadata file of a commit that was certainly not made. */
    void discard(TableCommit commit) {
        if (commit.json() != null) {
            catalog.deleteQuietly(commit.location());
        }
    }
}
