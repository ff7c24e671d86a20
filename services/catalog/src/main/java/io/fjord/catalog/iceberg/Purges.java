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
    private final String root;
    private final WorkerExecutor worker;
    private boolean busy;
    private boolean wanted;
    private boolean stopped;
    private long timer = -1;

    Purges(Vertx vertx, Sql sql, FileIO io, String root) {
        this.vertx = vertx;
        this.sql = sql;
        this.io = io;
        this.root = root;
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
            all = all.compose(ok -> worker.executeBlocking(() -> read(purge), false))
                    .compose(metadata -> metadata.isEmpty() ? Future.succeededFuture() : delete(purge, metadata.get()))
                    .compose(ok -> CatalogStore.delete(sql, purge));
        }
        return all;
    }

    /** Empty if the files are gone already. */
    private Optional<TableMetadata> read(Purge purge) {
        try {
            return Optional.of(TableMetadataParser.read(files(purge), purge.metadataLocation()));
        } catch (NotFoundException e) {
            return Optional.empty();
        }
    }

    private Future<Void> delete(Purge purge, TableMetadata metadata) {
        return CatalogStore.isThere(sql, metadata.uuid()).compose(there -> {
            if (there) {
                log.atWarn()
                        .addKeyValue("metadataLocation", purge.metadataLocation())
                        .log("Not deleted: the table was registered under another name, which needs its files");
                return Future.succeededFuture();
            }
            return worker.<Void>executeBlocking(
                    () -> {
                        CatalogUtil.dropTableData(files(purge), metadata);
                        log.atInfo()
                                .addKeyValue("domain", purge.warehouse().domain())
                                .addKeyValue("metadataLocation", purge.metadataLocation())
                                .log("The files of a dropped table are deleted");
                        return null;
                    },
                    false);
        });
    }

    private DomainFiles files(Purge purge) {
        return CatalogParts.filesOf(purge.warehouse(), io, root);
    }
}
