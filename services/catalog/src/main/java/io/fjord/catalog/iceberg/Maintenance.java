package io.fjord.catalog.iceberg;

import io.fjord.catalog.iceberg.Storages.Place;
import io.fjord.kernel.Ids;
import io.vertx.core.WorkerExecutor;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.util.LocationUtil;
import org.apache.iceberg.util.PropertyUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the snapshots of tables go that are written often, unless the table says otherwise, so that metadata does not grow without
 * end: those past their age ({@code history.expire.max-snapshot-age-ms}), and the oldest beyond {@link #MOST_SNAPSHOTS}. Branches
 * and tags keep what they name.
 */
final class Maintenance {

    /** Table property: {@code false} keeps all snapshots. */
    static final String EXPIRE = "fjord.expire-snapshots.enabled";

    /** Table property: how many snapshots a branch has at most. */
    static final String MOST_SNAPSHOTS = "fjord.expire-snapshots.max-snapshots";

    private static final Logger log = LoggerFactory.getLogger(Maintenance.class);
    private static final int MOST_BY_DEFAULT = 1_000;

    /** Below it a table is not one that is written often. */
    private static final int OFTEN = 100;

    private final Supplier<CatalogParts> parts;
    private final WorkerExecutor worker;
    private final Set<String> busy = ConcurrentHashMap.newKeySet();

    Maintenance(Supplier<CatalogParts> parts, WorkerExecutor worker) {
        this.parts = parts;
        this.worker = worker;
    }

    /** A table was written. */
    void committed(Place place, TableIdentifier name, TableMetadata metadata) {
        if (!isDue(metadata) || !busy.add(metadata.uuid())) {
            return;
        }
        worker.executeBlocking(
                        () -> {
                            expire(place, name);
                            return null;
                        },
                        false)
                .onComplete(done -> {
                    busy.remove(metadata.uuid());
                    if (done.failed()) {
                        log.atWarn()
                                .addKeyValue("domain", place.warehouse().domain())
                                .addKeyValue("table", name)
                                .setCause(done.cause())
                                .log("Old snapshots could not be let go; it is tried again after another commit");
                    }
                });
    }

    static boolean isDue(TableMetadata metadata) {
        int snapshots = metadata.snapshots().size();
        int most = most(metadata);
        if (!PropertyUtil.propertyAsBoolean(metadata.properties(), EXPIRE, true)
                || !PropertyUtil.propertyAsBoolean(
                        metadata.properties(), TableProperties.GC_ENABLED, TableProperties.GC_ENABLED_DEFAULT)
                || snapshots < Math.min(OFTEN, most)) {
            return false;
        }
        // With some room: not every commit shall be followed by another one.
        if (snapshots > most + Math.max(1, most / 10)) {
            return true;
        }
        long past = System.currentTimeMillis() - age(metadata);
        long old = metadata.snapshots().stream()
                .mapToLong(Snapshot::timestampMillis)
                .filter(time -> time < past)
                .count();
        return old > snapshots / 10;
    }

    private static int most(TableMetadata metadata) {
        return Math.max(1, PropertyUtil.propertyAsInt(metadata.properties(), MOST_SNAPSHOTS, MOST_BY_DEFAULT));
    }

    private static long age(TableMetadata metadata) {
        return PropertyUtil.propertyAsLong(
                metadata.properties(),
                TableProperties.MAX_SNAPSHOT_AGE_MS,
                TableProperties.MAX_SNAPSHOT_AGE_MS_DEFAULT);
    }

    private void expire(Place place, TableIdentifier name) {
        FjordCatalog catalog = new FjordCatalog(parts.get(), place, Caller.service(Ids.next()));
        TableMetadata before = new CatalogTableOperations(catalog, name).current();
        if (before == null) {
            return;
        }
        String folder = LocationUtil.stripTrailingSlash(before.location()) + "/";
        BaseTable table = new BaseTable(
                new CatalogTableOperations(catalog, name, place.files().deletingIn(folder)), name.toString());
        int most = most(before);
        boolean tooMany = before.snapshots().size() > most;
        try {
            table.expireSnapshots()
                    .expireOlderThan(tooMany ? System.currentTimeMillis() : System.currentTimeMillis() - age(before))
                    .retainLast(tooMany ? most : Math.min(OFTEN, most))
                    .cleanExpiredFiles(true)
                    .commit();
        } catch (CommitFailedException | NoSuchTableException e) {
            // Somebody else is at work on it; the next commit brings us back.
            return;
        }
        log.atInfo()
                .addKeyValue("domain", place.warehouse().domain())
                .addKeyValue("table", name)
                .addKeyValue("snapshotsBefore", before.snapshots().size())
                .log("Old snapshots of a table that is written often were let go");
    }
}
