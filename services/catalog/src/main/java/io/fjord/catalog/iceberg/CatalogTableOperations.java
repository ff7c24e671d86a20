package io.fjord.catalog.iceberg;

import io.fjord.catalog.iceberg.Entry.Kind;
import io.fjord.kernel.CrashPoint;
import java.util.Objects;
import java.util.Optional;
import org.apache.iceberg.BaseMetastoreTableOperations;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.io.FileIO;
import org.jspecify.annotations.Nullable;

/** A table of the metastore: a commit writes the metadata file first, then the row and the event in one transaction. */
final class CatalogTableOperations extends BaseMetastoreTableOperations {

    private static final int READS = 3;

    private final FjordCatalog catalog;
    private final TableIdentifier name;
    private @Nullable Entry entry;

    CatalogTableOperations(FjordCatalog catalog, TableIdentifier name) {
        this.catalog = catalog;
        this.name = name;
    }

    @Override
    protected String tableName() {
        return name.toString();
    }

    @Override
    public FileIO io() {
        return catalog.files();
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
        return catalog.parts().cache().get(location, missed -> TableMetadataParser.read(io(), missed));
    }

    @Override
    protected void doCommit(@Nullable TableMetadata base, TableMetadata metadata) {
        TableCommit commit = prepare(base, metadata);
        CrashPoint.BETWEEN_FILES_AND_TABLE_COMMIT.here();
        try {
            catalog.commit(commit);
        } catch (CommitFailedException | AlreadyExistsException | NoSuchNamespaceException | NoSuchTableException e) {
            // Certainly not made. After any other failure the file may be the table by now.
            discard(commit);
            throw e;
        }
        landed(commit);
    }

    /** Writes the metadata file; the table is not changed by that. */
    TableCommit prepare(@Nullable TableMetadata base, TableMetadata metadata) {
        catalog.requireInside(metadata.location());
        boolean registered = base == null && metadata.metadataFileLocation() != null;
        if (!registered) {
            catalog.requireInside(metadataFileLocation(metadata, ""));
        }
        String location = writeNewMetadataIfRequired(base == null, metadata);
        return new TableCommit(name, base == null ? null : Objects.requireNonNull(entry), base, metadata, location);
    }

    /** Puts what was written at hand for the next reader. */
    void landed(TableCommit commit) {
        catalog.parts()
                .cache()
                .put(
                        commit.location(),
                        TableMetadataParser.fromJson(commit.location(), TableMetadataParser.toJson(commit.metadata())));
    }

    /** Deletes the metadata file of a commit that was certainly not made. */
    void discard(TableCommit commit) {
        if (!commit.location().equals(commit.metadata().metadataFileLocation())) {
            catalog.deleteQuietly(commit.location());
        }
    }
}
