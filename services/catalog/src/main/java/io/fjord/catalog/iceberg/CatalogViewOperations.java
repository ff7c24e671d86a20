package io.fjord.catalog.iceberg;

import io.fjord.catalog.iceberg.Entry.Kind;
import io.fjord.kernel.CrashPoint;
import java.util.Objects;
import java.util.Optional;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.ForbiddenException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchViewException;
import org.apache.iceberg.exceptions.ServiceUnavailableException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.view.BaseViewOperations;
import org.apache.iceberg.view.ViewMetadata;
import org.apache.iceberg.view.ViewMetadataParser;
import org.jspecify.annotations.Nullable;

/** A view of the metastore: its metadata file first, then the row and the event in one transaction. */
final class CatalogViewOperations extends BaseViewOperations {

    private static final int READS = 3;

    private final FjordCatalog catalog;
    private final TableIdentifier name;
    private @Nullable Entry entry;

    CatalogViewOperations(FjordCatalog catalog, TableIdentifier name) {
        this.catalog = catalog;
        this.name = name;
    }

    @Override
    protected String viewName() {
        return name.toString();
    }

    @Override
    protected FileIO io() {
        return catalog.files();
    }

    @Override
    protected void doRefresh() {
        Optional<Entry> found = catalog.find(name, Kind.VIEW);
        entry = found.orElse(null);
        if (found.isPresent()) {
            refreshFromMetadataLocation(
                    found.get().metadataLocation(), null, READS, location -> ViewMetadataParser.read(io(), location));
        } else if (currentMetadataLocation() != null) {
            throw new NoSuchViewException("View does not exist: %s", name);
        } else {
            disableRefresh();
        }
    }

    @Override
    protected void doCommit(@Nullable ViewMetadata base, ViewMetadata metadata) {
        catalog.requireInside(metadata.location());
        Entry before = base == null ? null : Objects.requireNonNull(entry);
        String location = writeNewMetadataIfRequired(metadata);
        CrashPoint.BETWEEN_FILES_AND_TABLE_COMMIT.here();
        try {
            catalog.commitView(name, before, metadata, location);
        } catch (Replayed
                | ForbiddenException
                | ServiceUnavailableException
                | CommitFailedException
                | AlreadyExistsException
                | NoSuchNamespaceException
                | NoSuchViewException e) {
            // Certainly not made. After any other failure the file may be the view by now.
            if (!location.equals(metadata.metadataFileLocation())) {
                catalog.deleteQuietly(location);
            }
            throw e;
        }
    }
}
