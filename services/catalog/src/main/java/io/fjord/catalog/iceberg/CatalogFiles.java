package io.fjord.catalog.iceberg;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.exceptions.ForbiddenException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.SupportsBulkOperations;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The storage of a catalog as its tables may use it. The service has keys to more, and metadata says where its files are:
 * without this, a caller could write metadata that makes the service read or delete the files of another catalog.
 */
final class CatalogFiles implements FileIO, SupportsBulkOperations {

    private static final long serialVersionUID = 1L;
    private static final Logger log = LoggerFactory.getLogger(CatalogFiles.class);

    private final transient FileIO all;
    private final String folder;
    private final String deletable;

    /** @param folder with a slash at its end */
    CatalogFiles(FileIO all, String folder) {
        this(all, folder, folder);
    }

    private CatalogFiles(FileIO all, String folder, String deletable) {
        this.all = all;
        this.folder = folder;
        this.deletable = deletable;
    }

    /** The same, deleting nothing outside of a table's folder: its metadata may refer to files of others. */
    CatalogFiles deletingIn(String table) {
        return new CatalogFiles(all, folder, inside(table));
    }

    String folder() {
        return folder;
    }

    private boolean isInside(String location) {
        return location.startsWith(folder)
                && !location.contains("/../")
                && !location.contains("/./")
                && !location.endsWith("/..");
    }

    /** @throws ForbiddenException if it is of another catalog, or of none */
    String inside(String location) {
        if (!isInside(location)) {
            throw new ForbiddenException(
                    "The location %s is not of this catalog. Choose one below %s", location, folder);
        }
        return location;
    }

    @Override
    public InputFile newInputFile(String location) {
        return all.newInputFile(inside(location));
    }

    @Override
    public InputFile newInputFile(String location, long length) {
        return all.newInputFile(inside(location), length);
    }

    @Override
    public OutputFile newOutputFile(String location) {
        return all.newOutputFile(inside(location));
    }

    private boolean isDeletable(String location) {
        boolean mine = isInside(location) && location.startsWith(deletable);
        if (!mine) {
            log.atWarn()
                    .addKeyValue("location", location)
                    .addKeyValue("folder", deletable)
                    .log("Not deleted: a table referred to a file that is not in its folder");
        }
        return mine;
    }

    @Override
    public void deleteFile(String location) {
        if (isDeletable(location)) {
            all.deleteFile(location);
        }
    }

    @Override
    public void deleteFiles(Iterable<String> locations) {
        List<String> mine = new ArrayList<>();
        for (String location : locations) {
            if (isDeletable(location)) {
                mine.add(location);
            }
        }
        if (all instanceof SupportsBulkOperations bulk) {
            bulk.deleteFiles(mine);
        } else {
            mine.forEach(all::deleteFile);
        }
    }

    @Override
    public Map<String, String> properties() {
        return all.properties();
    }
}
