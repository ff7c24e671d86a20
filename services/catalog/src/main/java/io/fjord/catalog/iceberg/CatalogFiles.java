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

    /** @param folder with a slash at its end */
    CatalogFiles(FileIO all, String folder) {
        this.all = all;
        this.folder = folder;
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

    @Override
    public void deleteFile(String location) {
        all.deleteFile(inside(location));
    }

    @Override
    public void deleteFiles(Iterable<String> locations) {
        List<String> mine = new ArrayList<>();
        for (String location : locations) {
            if (isInside(location)) {
                mine.add(location);
            } else {
                log.atWarn()
                        .addKeyValue("location", location)
                        .addKeyValue("folder", folder)
                        .log("Not deleted: a table referred to a file that is not of its catalog");
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
