package io.fjord.core;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.core.cluster.ClusterCommand.HandOverCluster;
import io.fjord.contract.core.pipeline.PipelineCommand.HandOverPipeline;
import io.fjord.core.cluster.ClusterCapability;
import io.fjord.core.cluster.ClusterRoutes;
import io.fjord.core.domain.DomainQueries;
import io.fjord.core.domain.DomainRoutes;
import io.fjord.core.handover.HandOver;
import io.fjord.core.operation.OperationRoutes;
import io.fjord.core.pipeline.PipelineCapability;
import io.fjord.core.pipeline.PipelineProgress;
import io.fjord.core.pipeline.PipelineRoutes;
import io.fjord.core.secret.SecretCapability;
import io.fjord.core.secret.SecretReader;
import io.fjord.core.secret.SecretRoutes;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.PlatformMessages;
import io.fjord.kernel.Secrets;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.CommandRoutes;
import io.fjord.platform.http.DeadLetterRoutes;
import io.fjord.platform.http.Health;
import io.fjord.platform.http.HttpJournals;
import io.fjord.platform.http.HttpService;
import io.fjord.platform.http.JournalRoutes;
import io.fjord.platform.http.Prometheus;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.RestoreRoutes;
import io.fjord.platform.kafka.CommandPath;
import io.fjord.platform.kafka.CommandTail;
import io.fjord.platform.kafka.EventTopicEnd;
import io.fjord.platform.kafka.ObservationReader;
import io.fjord.platform.kafka.ProjectionRunner;
import io.fjord.platform.kafka.ReactionRunner;
import io.fjord.platform.kafka.TopicSetup;
import io.fjord.platform.kafka.TopicSpec;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.ReactionPositions;
import io.fjord.platform.sql.SqlMetastore;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Domains, clusters and operations: opens what core needs, installs its capabilities, listens. */
public final class CoreVerticle extends VerticleBase {

    public static final String SERVICE = "core";

    /** The services that decide commands: their operations are shown here. */
    private static final Set<String> DECIDING =
            Set.of(SERVICE, "iam", "control-policies", "catalog", "ingest", "webhooks");

    private static final Logger log = LoggerFactory.getLogger(CoreVerticle.class);
    private static final Duration SECRETS_UNUSED = Duration.ofDays(1);
    private static final long HOUSEKEEPING_MILLIS = Duration.ofHours(1).toMillis();

    private final CoreConfig config;
    private final Clock clock = Clock.systemUTC();
    private final Deque<Supplier<Future<?>>> closing = new ArrayDeque<>();
    private final MessageTypes types = messages(PlatformMessages.types());

    private Database database;
    private SqlMetastore metastore;
    private Vault vault;
    private CommandPath path;
    private ClusterCapability clusters;
    private SecretCapability secrets;
    private final PipelineCapability pipelines = new PipelineCapability();
    private final PipelineProgress progress = new PipelineProgress();
    private OperationRoutes operations;
    private RestoreRoutes restore;
    private HttpServer server;

    @SuppressWarnings("NullAway.Init") // start() opens everything in order
    public CoreVerticle(CoreConfig config) {
        this.config = config;
    }

    public static MessageTypes messages(MessageTypes types) {
        return PipelineCapability.messages(SecretCapability.messages(ClusterCapability.messages(types)));
    }

    public int httpPort() {
        return server.actualPort();
    }

    @Override
    public Future<?> start() {
        return openDatabase()
                .compose(ok -> TopicSetup.ensure(config.kafka(), topics()))
                .compose(ok -> install())
                .compose(ok -> follow())
                .compose(ok -> restore.beginUnlessBehind())
                .compose(ok -> listen());
    }

    @Override
    public Future<?> stop() {
        Future<?> all = Future.succeededFuture();
        while (!closing.isEmpty()) {
            Supplier<Future<?>> next = closing.pop();
            all = all.eventually(() -> next.get());
        }
        return all;
    }

    /** The operator's too: how far pipelines are is read there from the start. */
    private static List<TopicSpec> topics() {
        return Stream.concat(TopicSpec.ofService(SERVICE).stream(), Stream.of(TopicSpec.observations("spark-operator")))
                .toList();
    }

    private Future<Void> openDatabase() {
        database = Database.open(vertx, config.databaseUrl(), SERVICE, 8);
        closing.push(database::close);
        metastore = new SqlMetastore(database, SERVICE);
        vault = new Vault(database, SERVICE, config.masterKey());
        return database.migrate(SERVICE, "db/core");
    }

    private Future<Void> install() {
        clusters = new ClusterCapability(vault);
        secrets = new SecretCapability(vault);
        List<Aggregate<?, ?, ?>> aggregates = Stream.of(clusters, secrets, pipelines)
                .<Aggregate<?, ?, ?>>flatMap(capability -> capability.aggregates().stream())
                .toList();
        path = new CommandPath(
                vertx,
                config.kafka(),
                SERVICE,
                metastore,
                types,
                aggregates,
                config.guards(),
                clock,
                Prometheus.registry());
        closing.push(path::stop);
        return path.listening();
    }

    private Future<Void> follow() {
        operations = new OperationRoutes(vertx, database, metastore, types, DECIDING);
        restore = new RestoreRoutes(
                SERVICE,
                () -> EventTopicEnd.of(vertx, config.kafka(), SERVICE),
                metastore::position,
                metastore::raiseEpoch,
                path::begin);
        HttpJournals journals = new HttpJournals(vertx, config.gateway(), config.token());
        ProjectionRunner view = new ProjectionRunner(
                        vertx,
                        config.kafka(),
                        operations.projection(),
                        journals,
                        Database::isTransient,
                        path.deadLetters(),
                        Prometheus.registry())
                .start();
        closing.push(view::stop);
        handOver(journals, "cluster", HandOverCluster::new);
        handOver(journals, "pipeline", HandOverPipeline::new);
        ObservationReader seen = progress.follow(vertx, config.kafka());
        closing.push(seen::stop);
        for (String service : DECIDING) {
            CommandTail wishes = new CommandTail(
                            vertx,
                            config.kafka(),
                            "core.operation",
                            service,
                            operations.wishes(),
                            Prometheus.registry())
                    .start();
            closing.push(wishes::stop);
        }
        long timer = vertx.setPeriodic(0, HOUSEKEEPING_MILLIS, id -> housekeeping());
        closing.push(() -> {
            vertx.cancelTimer(timer);
            return Future.succeededFuture();
        });
        return Future.succeededFuture();
    }

    private void handOver(HttpJournals journals, String kind, Function<String, Object> command) {
        ReactionRunner runner = new ReactionRunner(
                        vertx,
                        config.kafka(),
                        new HandOver(database, config.access(), types, kind, command),
                        new ReactionPositions(database, metastore),
                        path.log(),
                        journals,
                        Database::isTransient,
                        path.deadLetters(),
                        Prometheus.registry())
                .start();
        closing.push(runner::stop);
    }

    private void housekeeping() {
        Instant now = clock.instant();
        metastore
                .housekeeping(now)
                .compose(ok -> vault.expireUnreferenced(now.minus(SECRETS_UNUSED)))
                .onFailure(failure -> log.atWarn().setCause(failure).log("Housekeeping failed; it is tried again"));
    }

    private Future<Void> listen() {
        Api api = Api.load(SERVICE).transientWhen(metastore::isTransient);
        CommandRoutes commands =
                new CommandRoutes(path.log(), path.outcomes(), metastore, types, path.dryRun(), SERVICE);
        Reads reads = Reads.of(vertx, metastore);
        DomainQueries domains = new DomainQueries(metastore);
        new ClusterRoutes(commands, metastore, reads, vault, domains, clusters, types).install(api);
        SecretReader elsewhere = new SecretReader(vertx, config.stores());
        closing.push(elsewhere::close);
        Secrets resolved = secrets.secrets(metastore, types, elsewhere, config.access(), config.accessKnown(), clock);
        new SecretRoutes(commands, metastore, reads, vault, elsewhere, resolved, domains, secrets, types).install(api);
        new PipelineRoutes(commands, metastore, reads, domains, pipelines, progress, types).install(api);
        new DomainRoutes(metastore, reads, domains).install(api);
        new DeadLetterRoutes(SERVICE, path.deadLetters(), commands, types).install(api);
        new JournalRoutes(metastore).install(api);
        operations.install(api);
        restore.install(api);
        Health health = new Health()
                .add("database", () -> metastore.position().map(position -> true))
                .add("deciding", () -> Future.succeededFuture(restore.hasBegun()));
        return HttpService.listen(
                        vertx, api.router(vertx, config.authenticator()), health, config.host(), config.port())
                .map(listening -> {
                    server = listening;
                    return null;
                });
    }
}
