package io.fjord.catalog.iceberg;

import io.fjord.catalog.catalog.Catalogs;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.kernel.CommandLog;
import io.fjord.kernel.GroupCommitter;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Metastore;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Authenticator;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.aws.s3.S3FileIO;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.io.FileIO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Iceberg's REST protocol under {@code /iceberg/v1} and what it needs, put together. */
public final class IcebergCatalog {

    /** How long a request can be repeated under its key. */
    static final Duration KEYS_KEPT = Duration.ofHours(1);

    private static final Logger log = LoggerFactory.getLogger(IcebergCatalog.class);

    /** They mostly wait, for the object store and for the commit. */
    private static final int WORKERS = 24;

    private static final long CACHED_BYTES = 24L << 20;
    private static final int MOST_AT_ONCE = 50;
    private static final long LOOK_EVERY_MILLIS = 3_000;
    private static final long FORGET_EVERY_MILLIS = Duration.ofMinutes(10).toMillis();

    /** Without them every commit leaves another metadata file behind for good. */
    private static final Map<String, String> TABLE_DEFAULTS = Map.of(
            "table-default." + TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED, "true",
            "table-default." + TableProperties.METADATA_PREVIOUS_VERSIONS_MAX, "100");

    private final Vertx vertx;
    private final Database database;
    private final WorkerExecutor worker;
    private final WorkerExecutor inBackground;
    private final S3FileIO io;
    private final Storages storages;
    private final Purges purges;
    private final CatalogParts parts;
    private final IcebergRoutes routes;
    private final TableRoutes tables;
    private final StorageProbe probe;
    private boolean looking;
    private long looks = -1;
    private long forgets = -1;

    /**
     * @param types of the events of this service
     * @param commands where a storage that broke is reported
     * @param authenticator tells whose a token is that is shown to the token endpoint
     * @param keepDropped how long a dropped table can be had back, where its catalog does not say
     * @param patience how long a commit is waited for
     * @param probeEvery how often each storage is tried
     */
    public IcebergCatalog(
            Vertx vertx,
            Database database,
            Metastore metastore,
            MessageTypes types,
            ObjectStorage store,
            Catalogs catalogs,
            Vault vault,
            CommandLog commands,
            Authenticator authenticator,
            Duration keepDropped,
            Duration patience,
            Duration probeEvery) {
        this.vertx = vertx;
        this.database = database;
        worker = vertx.createSharedWorkerExecutor("catalog-worker", WORKERS, 2, TimeUnit.MINUTES);
        inBackground = vertx.createSharedWorkerExecutor("catalog-maintenance", 4, 1, TimeUnit.HOURS);
        io = fileIO(store);
        storages = new Storages(
                catalogs,
                vault,
                worker,
                io,
                new Uploads(vertx, store, WORKERS),
                Map.of("accessKeyId", store.accessKey(), "secretAccessKey", store.secretKey()),
                WORKERS);
        purges = new Purges(vertx, database::query, storages);
        parts = new CatalogParts(
                database::query,
                new Commits(new GroupCommitter(metastore, Clock.systemUTC()), metastore, types, patience),
                storages,
                new MetadataCache(CACHED_BYTES),
                purges,
                keepDropped,
                TABLE_DEFAULTS);
        routes = new IcebergRoutes(
                parts,
                new TableCommits(worker, new Maintenance(this::parts, inBackground)),
                new Vending(storages, worker, store.knowsDerivedKeys() ? new DerivedKeys(store.secretKey()) : null),
                new CatalogEventRoutes(metastore),
                new TokenRoute(authenticator),
                worker);
        tables = new TableRoutes(parts, worker);
        probe = new StorageProbe(vertx, storages, inBackground, commands, types, probeEvery);
    }

    private CatalogParts parts() {
        return parts;
    }

    private static S3FileIO fileIO(ObjectStorage store) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("s3.endpoint", store.endpoint());
        settings.put("s3.path-style-access", "true");
        settings.put("s3.access-key-id", store.accessKey());
        settings.put("s3.secret-access-key", store.secretKey());
        settings.put("client.region", store.region());
        settings.put("http-client.apache.max-connections", Integer.toString(WORKERS));
        S3FileIO io = new S3FileIO();
        io.initialize(settings);
        return io;
    }

    /** @param counts told of each table a client says it has scanned */
    public void onScan(Consumer<Address> counts) {
        routes.onScan(counts);
    }

    /** The files of a catalog as its tables may use them; empty if there is none of that name. */
    public Future<Optional<FileIO>> files(Warehouse warehouse) {
        return storages.find(warehouse).map(place -> place.map(Storages.Place::files));
    }

    public void addTo(Api api) {
        routes.addTo(api);
        tables.addTo(api);
    }

    /** {@code default}, in the catalog that the domain has from the start. */
    public Future<Void> makeDefaultNamespace(String domain) {
        return storages.find(new Warehouse(domain, Warehouse.DEFAULT_CATALOG))
                .compose(place -> place.isEmpty()
                        ? Future.<Void>succeededFuture()
                        : inBackground.<Void>executeBlocking(
                                () -> {
                                    try {
                                        new FjordCatalog(parts, place.get(), Caller.service(Ids.next()))
                                                .createNamespace(Namespace.of("default"), Map.of());
                                    } catch (AlreadyExistsException e) {
                                        // Another instance was faster.
                                    }
                                    return null;
                                },
                                false));
    }

    /** The service may act: what was left to do is done, and what becomes due. */
    public void begin() {
        purges.wake();
        probe.start();
        looks = vertx.setPeriodic(LOOK_EVERY_MILLIS, id -> look());
        forgets = vertx.setPeriodic(
                FORGET_EVERY_MILLIS,
                id -> CatalogStore.forgetKeys(database::query, Instant.now().minus(KEYS_KEPT))
                        .onFailure(failure -> log.atWarn().setCause(failure).log("Old keys could not be forgotten")));
    }

    /** Dropped tables whose time has passed. */
    private void look() {
        if (looking) {
            return;
        }
        looking = true;
        CatalogStore.droppedUntil(database::query, Instant.now(), MOST_AT_ONCE)
                .compose(due -> {
                    Future<Void> all = Future.succeededFuture();
                    for (DroppedTable one : due) {
                        all = all.compose(ok -> expire(one));
                    }
                    return all;
                })
                .onComplete(done -> {
                    looking = false;
                    if (done.failed()) {
                        log.atWarn()
                                .setCause(done.cause())
                                .log("Dropped tables could not be let go; it is tried again");
                    }
                });
    }

    private Future<Void> expire(DroppedTable dropped) {
        return storages.find(dropped.warehouse())
                .compose(place -> place.isEmpty()
                        ? Future.<Void>succeededFuture()
                        : inBackground.<Void>executeBlocking(
                                () -> {
                                    try {
                                        new FjordCatalog(parts, place.get(), Caller.service(Ids.next()))
                                                .expire(dropped.id());
                                    } catch (NoSuchTableException e) {
                                        // Another instance was faster, or somebody had it back.
                                    }
                                    return null;
                                },
                                false));
    }

    public Future<Void> close() {
        vertx.cancelTimer(looks);
        vertx.cancelTimer(forgets);
        probe.stop();
        return purges.stop()
                .eventually(inBackground::close)
                .eventually(worker::close)
                .eventually(storages::close)
                .onComplete(closed -> io.close());
    }
}
