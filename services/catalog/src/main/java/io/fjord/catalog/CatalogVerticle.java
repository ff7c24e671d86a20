package io.fjord.catalog;

import io.fjord.catalog.catalog.CatalogCapability;
import io.fjord.catalog.catalog.CatalogCapability.PlatformStorage;
import io.fjord.catalog.catalog.CatalogRoutes;
import io.fjord.catalog.catalog.Catalogs;
import io.fjord.catalog.hive.HiveCapability;
import io.fjord.catalog.hive.HiveFollower;
import io.fjord.catalog.iceberg.IcebergCapability;
import io.fjord.catalog.iceberg.IcebergCatalog;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.catalog.catalog.Storage;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.PlatformMessages;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.CommandRoutes;
import io.fjord.platform.http.DeadLetterRoutes;
import io.fjord.platform.http.Health;
import io.fjord.platform.http.HttpService;
import io.fjord.platform.http.JournalRoutes;
import io.fjord.platform.http.Prometheus;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.RestoreRoutes;
import io.fjord.platform.kafka.CommandPath;
import io.fjord.platform.kafka.EventTopicEnd;
import io.fjord.platform.kafka.TopicSetup;
import io.fjord.platform.kafka.TopicSpec;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlMetastore;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The catalog service: Iceberg's REST protocol under {@code /iceberg/v1}, its truth in the metastore database. */
public final class CatalogVerticle extends VerticleBase {

    /** Also the name of its schema, its journal and its topic. */
    public static final String SERVICE = "catalog";

    private static final Logger log = LoggerFactory.getLogger(CatalogVerticle.class);
    private static final int CONNECTIONS = 8;

    private final CatalogConfig config;
    private final UnaryOperator<Metastore> around;
    private final Duration patience;
    private final Duration probeEvery;
    private @Nullable Database database;
    private @Nullable IcebergCatalog iceberg;
    private @Nullable CommandPath path;
    private @Nullable DataCatalog dataCatalog;
    private @Nullable HiveFollower hive;
    private @Nullable HttpServer server;

    public CatalogVerticle(CatalogConfig config) {
        this(config, metastore -> metastore, Duration.ofSeconds(30), Duration.ofSeconds(30));
    }

    /**
     * @param around puts something between the catalog and its metastore: a test that loses replies
     * @param patience how long a commit is waited for
     * @param probeEvery how often the storage of each catalog is tried
     */
    CatalogVerticle(CatalogConfig config, UnaryOperator<Metastore> around, Duration patience, Duration probeEvery) {
        this.config = config;
        this.around = around;
        this.patience = patience;
        this.probeEvery = probeEvery;
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
        MessageTypes types = messages(PlatformMessages.types());
        Vault vault = new Vault(opened, SERVICE, config.masterKey());
        CatalogCapability capability = new CatalogCapability(platformStorage(), vault);
        Catalogs catalogs = new Catalogs(opened, capability);
        // In front of everything that is decided by command; a capability of this service adds its aggregates here.
        List<Aggregate<?, ?, ?>> aggregates = new ArrayList<>(capability.aggregates());
        DataCatalog entries = new DataCatalog(
                vertx,
                opened,
                journal,
                types,
                config.index(),
                config.sensitive(),
                new SampleLog(vertx, config.kafka(), types));
        dataCatalog = entries;
        aggregates.addAll(entries.aggregates());
        CommandPath deciding = new CommandPath(
                vertx,
                config.kafka(),
                SERVICE,
                journal,
                types,
                aggregates,
                config.guards(),
                Clock.systemUTC(),
                Prometheus.registry());
        path = deciding;
        IcebergCatalog opening = new IcebergCatalog(
                vertx,
                opened,
                metastore,
                types,
                config.objectStore(),
                catalogs,
                vault,
                deciding.log(),
                config.authenticator(),
                config.keepDropped(),
                patience,
                probeEvery);
        iceberg = opening;
        HiveFollower following = config.followsHive()
                ? new HiveFollower(
                        vertx, config.kafka(), opened, metastore, types, Clock.systemUTC(), Prometheus.registry())
                : null;
        hive = following;
        RestoreRoutes restore = new RestoreRoutes(
                SERVICE,
                () -> EventTopicEnd.of(vertx, config.kafka(), SERVICE),
                journal::position,
                journal::raiseEpoch,
                () -> {
                    opening.begin();
                    if (following != null) {
                        following.begin();
                    }
                    return deciding.begin();
                });
        Api api = Api.load(SERVICE).transientWhen(metastore::isTransient);
        CommandRoutes commands =
                new CommandRoutes(deciding.log(), deciding.outcomes(), journal, types, deciding.dryRun(), SERVICE);
        new CatalogRoutes(commands, journal, Reads.of(vertx, journal), vault, catalogs, capability, types).install(api);
        entries.install(api, commands, opening::files);
        opening.onScan(entries::used);
        opening.addTo(api);
        new DeadLetterRoutes(SERVICE, deciding.deadLetters(), commands, types).install(api);
        new JournalRoutes(metastore).install(api);
        restore.install(api);
        Health health = new Health()
                .add("database", () -> metastore.position().map(true))
                .add("deciding", () -> Future.succeededFuture(restore.hasBegun()));
        return deciding.listening()
                .compose(heard -> entries.start(config.kafka(), deciding.deadLetters()))
                .compose(ok -> restore.beginUnlessBehind())
                .compose(ok -> restore.hasBegun() ? beginWithNamespace(journal, opening) : Future.succeededFuture())
                .compose(compared -> HttpService.listen(
                        vertx, api.router(vertx, config.authenticator()), health, config.host(), config.port()))
                .onSuccess(listening -> {
                    server = listening;
                    log.atInfo().addKeyValue("port", listening.actualPort()).log("The catalog is ready");
                });
    }

    /** Once, before anything else has happened here: who drops it does not get it back. */
    private Future<Void> beginWithNamespace(Metastore journal, IcebergCatalog catalog) {
        if (!config.beginsWithNamespace()) {
            return Future.succeededFuture();
        }
        return journal.position().compose(at -> {
            if (at.n() > 0) {
                return Future.succeededFuture();
            }
            return Future.all(config.domains().stream()
                            .map(catalog::makeDefaultNamespace)
                            .toList())
                    .mapEmpty();
        });
    }

    private PlatformStorage platformStorage() {
        Storage storage = new Storage(
                "s3",
                config.objectStore().endpoint(),
                config.clientS3Endpoint(),
                config.objectStore().region(),
                true,
                null,
                null);
        return new PlatformStorage(storage, "s3://" + config.objectStore().bucket() + "/", config.domains());
    }

    /** All that this service says and is told. */
    public static MessageTypes messages(MessageTypes types) {
        new IcebergCapability().register(types);
        return HiveCapability.messages(CatalogCapability.messages(DataCatalog.messages(types)));
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
                .eventually(() -> hive == null ? Future.<Void>succeededFuture() : hive.stop())
                .eventually(() -> dataCatalog == null ? Future.<Void>succeededFuture() : dataCatalog.stop())
                .eventually(() -> path == null ? Future.<Void>succeededFuture() : path.stop())
                .eventually(() -> iceberg == null ? Future.<Void>succeededFuture() : iceberg.close())
                .eventually(() -> database == null ? Future.<Void>succeededFuture() : database.close());
    }
}
