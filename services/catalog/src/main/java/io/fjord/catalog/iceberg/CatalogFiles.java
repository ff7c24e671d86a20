package io.fjord.catalog.iceberg;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.aws.s3.S3FileIO;
import org.apache.iceberg.exceptions.ForbiddenException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.SupportsBulkOperations;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.sync.RequestBody;

/**
 * The storage of a catalog as its tables may use it. The service has keys to more, and metadata says where its files are:
 * without this, a caller could write metadata that makes the service read or delete the files of another catalog.
 */
final class CatalogFiles implements FileIO, SupportsBulkOperations {

    private static final long serialVersionUID = 1L;
    private static final Logger log = LoggerFactory.getLogger(CatalogFiles.class);

    private final transient FileIO all;
    private final transient @Nullable Uploads uploads;
    private final String folder;
    private final String deletable;

    /**
     * @param uploads the short way to write to it; null if there is none
     * @param folder with a slash at its end
     */
    CatalogFiles(FileIO all, @Nullable Uploads uploads, String folder) {
        this(all, uploads, folder, folder);
    }

    private CatalogFiles(FileIO all, @Nullable Uploads uploads, String folder, String deletable) {
        this.all = all;
        this.uploads = uploads;
        this.folder = folder;
        this.deletable = deletable;
    }

    /** The same, deleting nothing outside of a table's folder: its metadata may refer to files of others. */
    CatalogFiles deletingIn(String table) {
        return new CatalogFiles(all, uploads, folder, inside(table));
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

    /** Writes a whole file of a name that is used once: nobody looks whether it is there. */
    void write(String location, byte[] content) {
        inside(location);
        if (uploads != null && uploads.put(location, content)) {
            return;
        }
        if (all instanceof S3FileIO s3) {
            // Through the stream of the library it would go by way of a file on our disk.
            put(s3, location, content);
            return;
        }
        try (OutputStream out = all.newOutputFile(location).createOrOverwrite()) {
            out.write(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void put(S3FileIO s3, String location, byte[] content) {
        String[] place = location.substring(location.indexOf("://") + 3).split("/", 2);
        s3.client(location)
                .putObject(request -> request.bucket(place[0]).key(place[1]), RequestBody.fromBytes(content));
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
