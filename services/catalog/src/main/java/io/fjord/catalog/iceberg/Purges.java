package io.fjord.catalog.iceberg;

import io.fjord.catalog.iceberg.CatalogStore.Purge;
import io.fjord.catalog.iceberg.CatalogStore.Sql;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.util.LocationUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the files of tables that were dropped with purge, one table after the other. What is to be deleted stands in the
 * database since the drop, so a restart goes on with it.
 */
final class Purges {

    private static final Logger log = LoggerFactory.getLogger(Purges.class);
    private static final Duration AGAIN = Duration.ofMinutes(1);
    private static final int MOST_AT_ONCE = 50;

    private final Vertx vertx;
    private final Sql sql;
    private final Storages storages;
    private final WorkerExecutor worker;
    private final WorkerExecutor tidying;
    private boolean busy;
    private boolean wanted;
    private boolean stopped;
    private long timer = -1;

    Purges(Vertx vertx, Sql sql, Storages storages) {
        this.vertx = vertx;
        this.sql = sql;
        this.storages = storages;
        this.worker = vertx.createSharedWorkerExecutor("catalog-purge", 1, 1, TimeUnit.HOURS);
        this.tidying = vertx.createSharedWorkerExecutor("catalog-tidying", 2, 1, TimeUnit.MINUTES);
    }

    /** There may be something to delete. */
    void wake() {
        synchronized (this) {
            wanted = true;
            if (busy || stopped) {
                return;
            }
            busy = true;
            wanted = false;
            vertx.cancelTimer(timer);
        }
        deleteAll().onComplete(done -> {
            boolean again;
            synchronized (this) {
                busy = false;
                again = wanted;
                if (done.failed() && !stopped) {
                    timer = vertx.setTimer(AGAIN.toMillis(), id -> wake());
                }
            }
            if (done.failed()) {
                log.atWarn()
                        .setCause(done.cause())
                        .log("Files of dropped tables could not be deleted; it is tried again");
            } else if (again) {
                wake();
            }
        });
    }

    synchronized Future<Void> stop() {
        stopped = true;
        vertx.cancelTimer(timer);
        return worker.close().eventually(tidying::close);
    }

    private Future<Void> deleteAll() {
        return CatalogStore.purges(sql, MOST_AT_ONCE)
                .compose(purges -> purges.isEmpty()
                        ? Future.succeededFuture()
                        : deleteThese(purges).compose(done -> deleteAll()));
    }

    private Future<Void> deleteThese(List<Purge> purges) {
        Future<Void> all = Future.succeededFuture();
        for (Purge purge : purges) {
            all = all.compose(ok -> storages.find(purge.warehouse()))
                    .compose(place -> place.isEmpty()
                            ? Future.<Void>succeededFuture()
                            : delete(purge, place.get().files()))
                    .compose(ok -> CatalogStore.delete(sql, purge));
        }
        return all;
    }

    private Future<Void> delete(Purge purge, CatalogFiles files) {
        return worker.executeBlocking(() -> read(purge, files), false)
                .compose(metadata ->
                        metadata.isEmpty() ? Future.succeededFuture() : delete(purge, metadata.get(), files));
    }

    /** Empty if the files are gone already. */
    private static Optional<TableMetadata> read(Purge purge, CatalogFiles files) {
        try {
            return Optional.of(TableMetadataParser.read(files, purge.metadataLocation()));
        } catch (NotFoundException e) {
            return Optional.empty();
        }
    }

    private Future<Void> delete(Purge purge, TableMetadata metadata, CatalogFiles files) {
        return CatalogStore.isThere(sql, metadata.uuid()).compose(there -> {
            if (there) {
                log.atWarn()
                        .addKeyValue("metadataLocation", purge.metadataLocation())
                        .log("Not deleted: the table was registered under another name, which needs its files");
                return Future.succeededFuture();
            }
            return worker.<Void>executeBlocking(
                    () -> {
                        String folder = LocationUtil.stripTrailingSlash(metadata.location()) + "/";
                        CatalogUtil.dropTableData(files.deletingIn(folder), metadata);
                        log.atInfo()
                                .addKeyValue("domain", purge.warehouse().domain())
                                .addKeyValue("metadataLocation", purge.metadataLocation())
                                .log("The files of a dropped table are deleted");
                        return null;
                    },
                    false);
        });
    }

    /** Does something about files that nobody waits for. */
    void later(Runnable work) {
        tidying.executeBlocking(
                        () -> {
                            work.run();
                            return null;
                        },
                        false)
                .onFailure(failure ->
                        log.atWarn().setCause(failure).log("Files nobody refers to any more could not be deleted"));
    }
}
