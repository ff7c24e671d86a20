package io.fjord.ingest;

import io.fjord.codec.MessageTypes;
import io.fjord.ingest.eventstream.EventStreamCapability;
import io.fjord.ingest.eventstream.EventStreamRoutes;
import io.fjord.ingest.eventstream.StreamPreparation;
import io.fjord.ingest.produce.Producing;
import io.fjord.ingest.schema.SchemaCapability;
import io.fjord.ingest.schema.SchemaRoutes;
import io.fjord.ingest.schema.SchemaVersions;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.PlatformMessages;
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
import io.fjord.platform.kafka.EventTopicEnd;
import io.fjord.platform.kafka.ObservationLog;
import io.fjord.platform.kafka.ReactionRunner;
import io.fjord.platform.kafka.StreamReader;
import io.fjord.platform.kafka.StreamSender;
import io.fjord.platform.kafka.StreamTopics;
import io.fjord.platform.kafka.TopicSetup;
import io.fjord.platform.kafka.TopicSpec;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.ReactionPositions;
import io.fjord.platform.sql.SqlMetastore;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Event streams in: opens what ingest needs, installs its capabilities, listens. */
public final class IngestVerticle extends VerticleBase {

    public static final String SERVICE = "ingest";

    private static final Logger log = LoggerFactory.getLogger(IngestVerticle.class);
    private static final long HOUSEKEEPING_MILLIS = Duration.ofHours(1).toMillis();

    /** What is being answered is answered still, when it stops. */
    private static final long ENDING_SECONDS = 5;

    private final IngestConfig config;
    private final Clock clock = Clock.systemUTC();
    private final Deque<Supplier<Future<?>>> closing = new ArrayDeque<>();
    private final MessageTypes types = messages(PlatformMessages.types());
    private final SchemaCapability schemas = new SchemaCapability();
    private final EventStreamCapability streams = new EventStreamCapability();

    private Database database;
    private SqlMetastore metastore;
    private CommandPath path;
    private RestoreRoutes restore;
    private StreamReader reader;
    private Producing producing;
    private HttpServer server;

    @SuppressWarnings("NullAway.Init") // start() opens everything in order
    public IngestVerticle(IngestConfig config) {
        this.config = config;
    }

    public static MessageTypes messages(MessageTypes types) {
        return EventStreamCapability.messages(SchemaCapability.messages(types));
    }

    public int httpPort() {
        return server.actualPort();
    }

    @Override
    public Future<?> start() {
        return openDatabase()
                .compose(ok -> TopicSetup.ensure(config.kafka(), TopicSpec.ofService(SERVICE)))
                .compose(ok -> install())
                .compose(ok -> follow())
                .compose(ok -> openProducing())
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

    private Future<Void> openDatabase() {
        database = Database.open(vertx, config.databaseUrl(), SERVICE, 6);
        closing.push(database::close);
        metastore = new SqlMetastore(database, SERVICE);
        return database.migrate(SERVICE, "db/ingest");
    }

    private Future<Void> install() {
        List<Aggregate<?, ?, ?>> aggregates = Stream.of(schemas, streams)
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
        restore = new RestoreRoutes(
                SERVICE,
                () -> EventTopicEnd.of(vertx, config.kafka(), SERVICE),
                metastore::position,
                metastore::raiseEpoch,
                path::begin);
        ReactionRunner preparation = new ReactionRunner(
                        vertx,
                        config.kafka(),
                        new StreamPreparation(new StreamTopics(vertx, config.kafka()), types, StreamTopics::isPassing),
                        new ReactionPositions(database, metastore),
                        path.log(),
                        new HttpJournals(vertx, config.gateway(), config.token()),
                        failure -> Database.isTransient(failure) || StreamTopics.isPassing(failure),
                        path.deadLetters(),
                        Prometheus.registry())
                .start();
        closing.push(preparation::stop);
        long timer = vertx.setPeriodic(0, HOUSEKEEPING_MILLIS, id -> housekeeping());
        closing.push(() -> {
            vertx.cancelTimer(timer);
            return Future.succeededFuture();
        });
        return Future.succeededFuture();
    }

    private void housekeeping() {
        metastore
                .housekeeping(clock.instant())
                .onFailure(failure -> log.atWarn().setCause(failure).log("Housekeeping failed; it is tried again"));
    }

    private Future<Void> openProducing() {
        reader = new StreamReader(vertx, config.kafka());
        ObservationLog observations = new ObservationLog(vertx, config.kafka(), SERVICE);
        closing.push(observations::close);
        return StreamSender.open(vertx, config.kafka()).map(sender -> {
            SchemaVersions versions = schemas.versions(metastore);
            producing = new Producing(
                    vertx,
                    metastore,
                    types,
                    streams,
                    versions,
                    sender,
                    reader,
                    observations,
                    Prometheus.registry(),
                    clock);
            closing.push(producing::close);
            return null;
        });
    }

    private Future<Void> listen() {
        Api api = Api.load(SERVICE).transientWhen(metastore::isTransient);
        CommandRoutes commands =
                new CommandRoutes(path.log(), path.outcomes(), metastore, types, path.dryRun(), SERVICE);
        Reads reads = Reads.of(vertx, metastore);
        new SchemaRoutes(commands, metastore, reads, schemas, types).install(api);
        new EventStreamRoutes(commands, metastore, reads, streams, types, schemas.versions(metastore), reader)
                .install(api);
        producing.install(api);
        new DeadLetterRoutes(SERVICE, path.deadLetters(), commands, types).install(api);
        new JournalRoutes(metastore).install(api);
        restore.install(api);
        Health health = new Health()
                .add("database", () -> metastore.position().map(position -> true))
                .add("deciding", () -> Future.succeededFuture(restore.hasBegun()));
        return HttpService.listen(vertx, api.router(vertx, config.doorkeeper()), health, config.host(), config.port())
                .map(listening -> {
                    server = listening;
                    closing.push(() -> server.shutdown(ENDING_SECONDS, TimeUnit.SECONDS));
                    return null;
                });
    }
}
