package io.fjord.sql;

import io.fjord.codec.MessageTypes;
import io.fjord.kernel.GroupCommitter;
import io.fjord.kernel.PlatformMessages;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.CatchingUp;
import io.fjord.platform.http.Health;
import io.fjord.platform.http.HttpService;
import io.fjord.platform.http.JournalRoutes;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.RestoreRoutes;
import io.fjord.platform.kafka.EventTopicEnd;
import io.fjord.platform.kafka.ProjectionRunner;
import io.fjord.platform.kafka.TopicSetup;
import io.fjord.platform.kafka.TopicSpec;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlMetastore;
import io.fjord.sql.cluster.ClusterSecrets;
import io.fjord.sql.cluster.Clusters;
import io.fjord.sql.cluster.Drivers;
import io.fjord.sql.result.Spool;
import io.fjord.sql.statement.Seal;
import io.fjord.sql.statement.StatementCapability;
import io.fjord.sql.statement.StatementMetrics;
import io.fjord.sql.statement.StatementRoutes;
import io.fjord.sql.statement.StatementStore;
import io.fjord.sql.statement.Statements;
import io.micrometer.core.instrument.Metrics;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.client.WebClient;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The service {@code sql}: statements on clusters, their results, their history. */
public final class SqlVerticle extends VerticleBase {

    /** Also the name of its schema, its journal and its topic. */
    public static final String SERVICE = "sql";

    private static final String CORE = "core";

    private static final Logger log = LoggerFactory.getLogger(SqlVerticle.class);

    private static final int CONNECTIONS = 6;

    /** They read pages of results from disk. */
    private static final int READERS = 4;

    /** Batches in flight of all statements and pages: each has few, so this is only reached by rows of many MiB. */
    private static final long MOST_ARROW_BYTES = 1L << 30;

    private final SqlConfig config;
    private @Nullable Database database;
    private @Nullable ProjectionRunner projection;
    private @Nullable Statements statements;
    private @Nullable BufferAllocator allocator;
    private @Nullable WorkerExecutor readers;
    private @Nullable WebClient http;
    private @Nullable HttpServer server;

    public SqlVerticle(SqlConfig config) {
        this.config = config;
    }

    @Override
    public Future<?> start() {
        Database opened = Database.open(vertx, config.databaseUrl(), SERVICE, CONNECTIONS);
        database = opened;
        return opened.migrate(SERVICE, "db/sql")
                .compose(ready -> TopicSetup.ensure(config.kafka(), TopicSpec.ofService(SERVICE)))
                .compose(ready -> open(opened));
    }

    private Future<HttpServer> open(Database opened) {
        SqlMetastore metastore = new SqlMetastore(opened, SERVICE);
        Clusters clusters = new Clusters();
        CatchingUp news = new CatchingUp(vertx, CORE, config.journals(), () -> clusters.position(CORE));
        clusters.onMove(news::moved);
        ProjectionRunner following =
                new ProjectionRunner(vertx, config.kafka(), clusters, config.journals(), Metrics.globalRegistry);
        projection = following;
        WebClient client = WebClient.create(vertx);
        http = client;
        BufferAllocator buffers = new RootAllocator(MOST_ARROW_BYTES);
        allocator = buffers;
        WorkerExecutor reading = vertx.createSharedWorkerExecutor("fjord-sql-readers", READERS, 1, TimeUnit.MINUTES);
        readers = reading;
        Spool spool = new Spool(
                config.spool(), config.limits().resultEach(), config.limits().resultsInAll());
        StatementStore store = new StatementStore(opened, new Seal(config.masterKey()));
        Statements running = new Statements(
                vertx,
                Clock.systemUTC(),
                config.limits(),
                store,
                new GroupCommitter(metastore, Clock.systemUTC()),
                types(),
                clusters,
                news,
                new ClusterSecrets(client, config.gateway(), config.token()),
                new Drivers(buffers),
                spool,
                new StatementMetrics(Metrics.globalRegistry, spool));
        statements = running;
        config.access()
                .onChange(() -> context.runOnContext(changed -> running.endOfThoseWhoLeft(config.access()::isActive)));
        Api api = Api.load(SERVICE).transientWhen(metastore::isTransient);
        new StatementRoutes(running, store, metastore, Reads.of(vertx, metastore), spool, buffers, reading)
                .install(api);
        new JournalRoutes(metastore).install(api);
        RestoreRoutes restore = new RestoreRoutes(
                SERVICE,
                () -> EventTopicEnd.of(vertx, config.kafka(), SERVICE),
                metastore::position,
                metastore::raiseEpoch,
                running::recover);
        restore.install(api);
        Health health = new Health()
                .add("database", () -> metastore.position().map(true))
                .add("deciding", () -> Future.succeededFuture(restore.hasBegun()));
        return following
                .start()
                .caughtUp()
                .compose(known -> restore.beginUnlessBehind())
                .compose(ready -> HttpService.listen(
                        vertx, api.router(vertx, config.authenticator()), health, config.host(), config.port()))
                .onSuccess(listening -> {
                    server = listening;
                    log.atInfo().addKeyValue("port", listening.actualPort()).log("SQL is ready");
                });
    }

    private static MessageTypes types() {
        MessageTypes types = PlatformMessages.types();
        new StatementCapability().register(types);
        return types;
    }

    /** Where it listens; once it is deployed. */
    public int httpPort() {
        HttpServer listening = server;
        if (listening == null) {
            throw new IllegalStateException("SQL does not listen yet");
        }
        return listening.actualPort();
    }

    /** Ends what runs, as interrupted. */
    @Override
    public Future<?> stop() {
        return (server == null ? Future.succeededFuture() : server.close())
                .eventually(() -> statements == null ? Future.<Void>succeededFuture() : statements.close())
                .eventually(() -> projection == null ? Future.<Void>succeededFuture() : projection.stop())
                .eventually(() -> readers == null ? Future.<Void>succeededFuture() : readers.close())
                .eventually(() -> {
                    if (http != null) {
                        http.close();
                    }
                    return database == null ? Future.<Void>succeededFuture() : database.close();
                })
                .onComplete(done -> freeBuffers());
    }

    private void freeBuffers() {
        try {
            if (allocator != null) {
                allocator.close();
            }
        } catch (IllegalStateException e) {
            // A driver that would not hang up in time still holds some; they go with it.
            log.atWarn().setCause(e).log("Buffers were in use when SQL stopped");
        }
    }
}
