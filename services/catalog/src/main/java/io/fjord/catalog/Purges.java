package io.fjord.catalog;

import io.fjord.catalog.CatalogStore.Purge;
import io.fjord.catalog.CatalogStore.Sql;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileIO;
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
    private final FileIO io;
    private final WorkerExecutor worker;
    private boolean busy;
    private boolean wanted;
    private boolean stopped;
    private long timer = -1;

    Purges(Vertx vertx, Sql sql, FileIO io) {
        this.vertx = vertx;
        this.sql = sql;
        this.io = io;
        this.worker = vertx.createSharedWorkerExecutor("catalog-purge", 1, 1, TimeUnit.HOURS);
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
        return worker.close();
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
            all = all.compose(ok -> worker.<Void>executeBlocking(() -> delete(purge), false))
                    .compose(ok -> CatalogStore.delete(sql, purge));
        }
        return all;
    }

    private Void delete(Purge purge) {
        try {
            CatalogUtil.dropTableData(io, TableMetadataParser.read(io, purge.metadataLocation()));
            log.atInfo()
                    .addKeyValue("domain", purge.warehouse().domain())
                    .addKeyValue("metadataLocation", purge.metadataLocation())
                    .log("The files of a dropped table are deleted");
        } catch (NotFoundException e) {
            log.atInfo()
                    .addKeyValue("metadataLocation", purge.metadataLocation())
                    .log("The files of a dropped table are gone already");
        }
        return null;
    }
}
