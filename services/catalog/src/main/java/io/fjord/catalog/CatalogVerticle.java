package io.fjord.catalog;

import io.fjord.codec.MessageTypes;
import io.fjord.kernel.GroupCommitter;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.PlatformMessages;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Health;
import io.fjord.platform.http.HttpService;
import io.fjord.platform.http.JournalRoutes;
import io.fjord.platform.http.RestoreRoutes;
import io.fjord.platform.kafka.EventTopicEnd;
import io.fjord.platform.kafka.TopicSetup;
import io.fjord.platform.kafka.TopicSpec;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlMetastore;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.HttpServer;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.aws.s3.S3FileIO;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The catalog service: Iceberg's REST protocol under {@code /iceberg/v1}, its truth in the metastore database. */
public final class CatalogVerticle extends VerticleBase {

    /** Also the name of its schema, its journal and its topic. */
    public static final String SERVICE = "catalog";

    private static final Logger log = LoggerFactory.getLogger(CatalogVerticle.class);
    private static final int CONNECTIONS = 8;

    /** They mostly wait, for the object store and for the commit. */
    private static final int WORKERS = 24;

    private static final int CACHED_SNAPSHOTS = 20_000;

    /** Without them every commit leaves another metadata file behind for good. */
    private static final Map<String, String> TABLE_DEFAULTS = Map.of(
            "table-default." + TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED, "true",
            "table-default." + TableProperties.METADATA_PREVIOUS_VERSIONS_MAX, "100");

    private final CatalogConfig config;
    private final UnaryOperator<Metastore> around;
    private final Duration patience;
    private @Nullable Database database;
    private @Nullable S3FileIO io;
    private @Nullable Purges purges;
    private @Nullable WorkerExecutor worker;
    private @Nullable HttpServer server;

    public CatalogVerticle(CatalogConfig config) {
        this(config, metastore -> metastore, Duration.ofSeconds(30));
    }

    /**
     * @param around puts something between the catalog and its metastore: a test that loses replies
     * @param patience how long a commit is waited for
     */
    CatalogVerticle(CatalogConfig config, UnaryOperator<Metastore> around, Duration patience) {
        this.config = config;
        this.around = around;
        this.patience = patience;
    }

    @Override
    public Future<?> start() {
        Database opened = Database.open(vertx, config.databaseUrl(), SERVICE, CONNECTIONS);
        database = opened;
        return opened.migrate(SERVICE, "db/catalog")
                .compose(ready -> TopicSetup.ensure(config.kafka(), TopicSpec.ofService(SERVICE)))
                .compose(ready -> listen(opened));
    }

    private Future<HttpServer> listen(Database opened) {
        SqlMetastore journal = new SqlMetastore(opened, SERVICE);
        Metastore metastore = around.apply(journal);
        worker = vertx.createSharedWorkerExecutor("catalog-worker", WORKERS, 2, TimeUnit.MINUTES);
        io = fileIO(config.objectStore());
        Purges purging =
                new Purges(vertx, opened::query, io, config.objectStore().root());
        purges = purging;
        RestoreRoutes restore = new RestoreRoutes(
                SERVICE,
                () -> EventTopicEnd.of(vertx, config.kafka(), SERVICE),
                journal::position,
                journal::raiseEpoch,
                () -> {
                    purging.wake();
                    return Future.succeededFuture();
                });
        CatalogParts parts = new CatalogParts(
                opened::query,
                new Commits(new GroupCommitter(metastore, Clock.systemUTC()), metastore, types(), patience),
                io,
                new MetadataCache(CACHED_SNAPSHOTS),
                purging,
                config.objectStore().root(),
                TABLE_DEFAULTS);
        IcebergRoutes iceberg = new IcebergRoutes(
                parts,
                config.domains(),
                IcebergRoutes.clientDefaults(
                        config.clientS3Endpoint(), config.objectStore().region(), TABLE_DEFAULTS),
                worker);
        Api api = Api.load(SERVICE).transientWhen(metastore::isTransient);
        iceberg.addTo(api);
        new JournalRoutes(metastore).install(api);
        restore.install(api);
        Health health = new Health()
                .add("database", () -> metastore.position().map(true))
                .add("deciding", () -> Future.succeededFuture(restore.hasBegun()));
        return restore.beginUnlessBehind()
                .compose(compared -> HttpService.listen(
                        vertx, api.router(vertx, config.authenticator()), health, config.host(), config.port()))
                .onSuccess(listening -> {
                    server = listening;
                    log.atInfo().addKeyValue("port", listening.actualPort()).log("The catalog is ready");
                });
    }

    private static MessageTypes types() {
        MessageTypes types = PlatformMessages.types();
        new CatalogCapability().register(types);
        return types;
    }

    private static S3FileIO fileIO(CatalogConfig.ObjectStorage store) {
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

    /** Where it listens; once it is deployed. */
    public int httpPort() {
        HttpServer listening = server;
        if (listening == null) {
            throw new IllegalStateException("The catalog does not listen yet");
        }
        return listening.actualPort();
    }

    @Override
    public Future<?> stop() {
        return (server == null ? Future.succeededFuture() : server.close())
                .eventually(() -> purges == null ? Future.<Void>succeededFuture() : purges.stop())
                .eventually(() -> worker == null ? Future.<Void>succeededFuture() : worker.close())
                .eventually(() -> {
                    if (io != null) {
                        io.close();
                    }
                    return database == null ? Future.<Void>succeededFuture() : database.close();
                });
    }
}
