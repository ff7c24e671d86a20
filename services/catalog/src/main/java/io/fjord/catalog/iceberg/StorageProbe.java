package io.fjord.catalog.iceberg;

import io.fjord.catalog.catalog.Catalog;
import io.fjord.catalog.iceberg.Storages.Place;
import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.catalog.catalog.CatalogCommand;
import io.fjord.contract.catalog.catalog.CatalogCommand.ReportStorageBroken;
import io.fjord.contract.catalog.catalog.CatalogCommand.ReportStorageWorking;
import io.fjord.kernel.CommandLog;
import io.fjord.kernel.Ids;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a small file to each catalog's storage now and then. A storage that twice does not take it is reported: its catalog can
 * only be read until it does again, so that nobody writes data whose commit cannot follow.
 */
final class StorageProbe {

    private static final Logger log = LoggerFactory.getLogger(StorageProbe.class);
    private static final int TIMES = 2;
    private static final int LONGEST_REASON = 300;

    private final Vertx vertx;
    private final Storages storages;
    private final WorkerExecutor worker;
    private final CommandLog commands;
    private final MessageTypes types;
    private final Duration every;
    private final Map<Address, Integer> failures = new ConcurrentHashMap<>();
    private boolean probing;
    private long timer = -1;

    StorageProbe(
            Vertx vertx,
            Storages storages,
            WorkerExecutor worker,
            CommandLog commands,
            MessageTypes types,
            Duration every) {
        this.vertx = vertx;
        this.storages = storages;
        this.worker = worker;
        this.commands = commands;
        this.types = types;
        this.every = every;
    }

    void start() {
        timer = vertx.setPeriodic(every.toMillis(), id -> probeAll());
    }

    void stop() {
        vertx.cancelTimer(timer);
    }

    private void probeAll() {
        if (probing) {
            return;
        }
        probing = true;
        storages.catalogs()
                .all()
                .compose(all -> {
                    Future<Void> done = Future.succeededFuture();
                    for (Catalog catalog : all) {
                        done = done.compose(ok -> probe(catalog));
                    }
                    return done;
                })
                .onComplete(done -> {
                    probing = false;
                    if (done.failed()) {
                        log.atWarn().setCause(done.cause()).log("Storages could not be probed; it is tried again");
                    }
                });
    }

    private Future<Void> probe(Catalog catalog) {
        return storages.open(catalog)
                .compose(place -> worker.<Void>executeBlocking(
                        () -> {
                            write(place);
                            return null;
                        },
                        false))
                .compose(ok -> worked(catalog), failure -> failed(catalog, failure));
    }

    private static void write(Place place) {
        String file = place.files().folder() + ".fjord/probe-" + Ids.next();
        try (OutputStream out = place.files().newOutputFile(file).createOrOverwrite()) {
            out.write('.');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        place.files().deleteFile(file);
    }

    private Future<Void> worked(Catalog catalog) {
        failures.remove(catalog.address());
        return catalog.readOnlyBecause() == null
                ? Future.succeededFuture()
                : report(catalog, new ReportStorageWorking());
    }

    private Future<Void> failed(Catalog catalog, Throwable failure) {
        int times = failures.merge(catalog.address(), 1, Integer::sum);
        log.atWarn()
                .addKeyValue("subject", catalog.address())
                .setCause(failure)
                .log("The storage of a catalog does not take a file");
        return times < TIMES || catalog.readOnlyBecause() != null
                ? Future.succeededFuture()
                : report(catalog, new ReportStorageBroken(reason(failure)));
    }

    private static String reason(Throwable failure) {
        String message = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        String text = "its storage does not take files: " + message.replaceAll("\\s+", " ");
        return text.substring(0, Math.min(LONGEST_REASON, text.length()));
    }

    private Future<Void> report(Catalog catalog, CatalogCommand command) {
        String id = Ids.next();
        return commands.append(
                        "catalog",
                        new CommandEnvelope<>(
                                id,
                                types.typeOf(command),
                                "catalog",
                                Instant.now(),
                                catalog.address(),
                                "service:catalog",
                                id,
                                null,
                                null,
                                null,
                                Json.bytes(command)))
                .mapEmpty();
    }
}
