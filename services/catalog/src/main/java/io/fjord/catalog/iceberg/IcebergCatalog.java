package io.fjord.catalog.iceberg;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.kernel.GroupCommitter;
import io.fjord.kernel.Metastore;
import io.fjord.platform.http.Api;
import io.fjord.platform.sql.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.aws.s3.S3FileIO;
import org.apache.iceberg.io.FileIO;

/** Iceberg's REST protocol under {@code /iceberg/v1} and what it needs, put together. */
public final class IcebergCatalog {

    /** They mostly wait, for the object store and for the commit. */
    private static final int WORKERS = 24;

    private static final int CACHED_SNAPSHOTS = 20_000;

    /** Without them every commit leaves another metadata file behind for good. */
    private static final Map<String, String> TABLE_DEFAULTS = Map.of(
            "table-default." + TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED, "true",
            "table-default." + TableProperties.METADATA_PREVIOUS_VERSIONS_MAX, "100");

    private final WorkerExecutor worker;
    private final S3FileIO io;
    private final Purges purges;
    private final CatalogParts parts;
    private final IcebergRoutes routes;

    /**
     * @param types of the events of this service
     * @param clientS3Endpoint the object store as clients reach it
     * @param domains those that have a catalog
     * @param patience how long a commit is waited for
     */
    public IcebergCatalog(
            Vertx vertx,
            Database database,
            Metastore metastore,
            MessageTypes types,
            ObjectStorage store,
            String clientS3Endpoint,
            Set<String> domains,
            Duration patience) {
        worker = vertx.createSharedWorkerExecutor("catalog-worker", WORKERS, 2, TimeUnit.MINUTES);
        io = fileIO(store);
        purges = new Purges(vertx, database::query, io, store.root());
        parts = new CatalogParts(
                database::query,
                new Commits(new GroupCommitter(metastore, Clock.systemUTC()), metastore, types, patience),
                io,
                new MetadataCache(CACHED_SNAPSHOTS),
                purges,
                store.root(),
                TABLE_DEFAULTS);
        routes = new IcebergRoutes(
                parts, domains, IcebergRoutes.clientDefaults(clientS3Endpoint, store.region(), TABLE_DEFAULTS), worker);
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
        return Future.succeededFuture(Optional.of(parts.filesOf(warehouse)));
    }

    public void addTo(Api api) {
        routes.addTo(api);
    }

    /** The service may act: what was left to do is done. */
    public void begin() {
        purges.wake();
    }

    public Future<Void> close() {
        return purges.stop().eventually(worker::close).onComplete(closed -> io.close());
    }
}
