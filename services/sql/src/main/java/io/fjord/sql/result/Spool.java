package io.fjord.sql.result;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of results: one Arrow IPC stream per statement and an index of its batches beside it, with a quota for each and
 * for all. When all is full, the oldest finished results go.
 *
 * <p>A result is a copy that can be made again: files are not forced to disk, and one whose size is not what its index says
 * counts as lost. Calls block; use them on a worker.
 */
public final class Spool {

    private static final Logger log = LoggerFactory.getLogger(Spool.class);

    private static final String STREAM = ".arrows";
    private static final String INDEX = ".index";

    private final Path folder;
    private final long mostEach;
    private final long mostInAll;
    private final Map<String, Long> finished = new LinkedHashMap<>();
    private Consumer<String> dropped = id -> {};
    private long used;

    public Spool(Path folder, long mostEach, long mostInAll) {
        this.folder = folder;
        this.mostEach = mostEach;
        this.mostInAll = mostInAll;
    }

    /** Who is told of results that went to make room. */
    public void onDropped(Consumer<String> listener) {
        dropped = listener;
    }

    /**
     * Takes over what an earlier process left: keeps these results, removes all other files.
     *
     * @param ids oldest first
     * @return those of them that are not there any more
     */
    public synchronized List<String> adopt(List<String> ids) {
        List<String> lost = new ArrayList<>();
        try {
            Files.createDirectories(folder);
            for (String id : ids) {
                try {
                    SpooledResult.Shape shape = SpooledResult.shape(this, id);
                    finished.put(id, shape.bytes());
                    used += shape.bytes();
                } catch (ResultRefused gone) {
                    lost.add(id);
                }
            }
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*{" + STREAM + "," + INDEX + "}")) {
                for (Path file : files) {
                    String name = file.getFileName().toString();
                    if (!finished.containsKey(name.substring(0, name.lastIndexOf('.')))) {
                        Files.deleteIfExists(file);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The results cannot be kept in " + folder, e);
        }
        return lost;
    }

    /** Opens the result of a statement for its batches: the root as it stands whenever {@link SpoolWriter#append()} is called. */
    public SpoolWriter write(String id, VectorSchemaRoot root) throws IOException {
        return new SpoolWriter(this, id, root);
    }

    /** Bytes on disk of all results, finished or not. */
    public synchronized long used() {
        return used;
    }

    /** Whether no new result could be written, even if all finished ones went. */
    public synchronized boolean full() {
        return used >= mostInAll && finished.isEmpty();
    }

    long mostEach() {
        return mostEach;
    }

    long mostInAll() {
        return mostInAll;
    }

    public Path stream(String id) {
        return folder.resolve(id + STREAM);
    }

    Path index(String id) {
        return folder.resolve(id + INDEX);
    }

    /** Removes a finished result; nothing happens if it is gone. Who reads it can read on. */
    public void drop(String id) {
        synchronized (this) {
            Long bytes = finished.remove(id);
            used -= bytes == null ? 0 : bytes;
        }
        delete(id);
    }

    boolean reserve(long bytes) {
        List<String> goners = new ArrayList<>();
        try {
            synchronized (this) {
                Iterator<Map.Entry<String, Long>> oldest = finished.entrySet().iterator();
                while (used + bytes > mostInAll && oldest.hasNext()) {
                    Map.Entry<String, Long> one = oldest.next();
                    oldest.remove();
                    used -= one.getValue();
                    goners.add(one.getKey());
                }
                if (used + bytes > mostInAll) {
                    return false;
                }
                used += bytes;
                return true;
            }
        } finally {
            goners.forEach(this::delete);
            goners.forEach(id -> dropped.accept(id));
        }
    }

    synchronized void finished(String id, long bytes) {
        finished.put(id, bytes);
    }

    void abandoned(String id, long bytes) {
        synchronized (this) {
            used -= bytes;
        }
        delete(id);
    }

    private void delete(String id) {
        for (Path file : List.of(stream(id), index(id))) {
            try {
                Files.deleteIfExists(file);
            } catch (NoSuchFileException gone) {
                // what was wanted
            } catch (IOException e) {
                log.atWarn().addKeyValue("statement", id).setCause(e).log("A result file could not be removed");
            }
        }
    }
}
