package io.fjord.platform.deciding;

import io.fjord.codec.MessageTypes;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Guard;
import io.fjord.kernel.Journals;
import io.fjord.kernel.Projection;
import io.fjord.kernel.Reaction;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Authenticator;
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
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.ObservationLog;
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
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service that decides commands. What all of them do to start and to stop is done here; a service says what it is made of, in the
 * order in which it is asked: {@link #opened}, {@link #aggregates}, {@link #guards}, {@link #follow}, {@link #begun}, {@link #install}.
 */
public abstract class DecidingVerticle extends VerticleBase {

    /**
     * Where a service's things are.
     *
     * @param service also the name of its schema, its journal and its topics; its tables are made from {@code db/<service>}
     * @param databaseUrl {@code postgresql://…} or {@code mariadb://…}
     * @param connections to it, at most
     * @param port 0 for any
     */
    public record Places(
            String service,
            KafkaConfig kafka,
            String databaseUrl,
            int connections,
            Authenticator door,
            String host,
            int port) {}

    private static final Logger log = LoggerFactory.getLogger(DecidingVerticle.class);
    private static final Duration SECRETS_UNUSED = Duration.ofDays(1);
    private static final long HOUSEKEEPING_MILLIS = Duration.ofHours(1).toMillis();

    private final Places places;
    private final MessageTypes types;
    private final Clock clock = Clock.systemUTC();
    private final Deque<Supplier<Future<?>>> closing = new ArrayDeque<>();
    private final List<Vault> vaults = new ArrayList<>();

    private Database database;
    private SqlMetastore metastore;
    private CommandPath path;
    private RestoreRoutes restore;
    private CommandRoutes commands;
    private Reads reads;
    private HttpServer server;

    /** @param types all that it says and is told */
    @SuppressWarnings("NullAway.Init") // start() opens everything in order
    protected DecidingVerticle(Places places, MessageTypes types) {
        this.places = places;
        this.types = types;
    }

    // What a service is made of

    /** Topics that have to be there beside its own. */
    protected List<TopicSpec> topics() {
        return List.of();
    }

    /** Opens what works on the database, whose tables are made right after. */
    protected void opened() {}

    /** What it decides on. */
    protected abstract List<Aggregate<?, ?, ?>> aggregates();

    /** Who may say no before it decides; in this order. */
    protected abstract List<Guard> guards();

    /** Starts what works by itself; nothing is decided yet. */
    protected Future<?> follow() {
        return Future.succeededFuture();
    }

    /** What is to be done before anybody can ask, and after deciding has begun, if it has. */
    protected Future<?> begun() {
        return Future.succeededFuture();
    }

    /** Puts a handler behind each operation of its document. */
    protected abstract void install(Api api);

    /** Each hour, and at the start: removes what is of no use any more. */
    protected Future<?> housekeep(Instant now) {
        return Future.succeededFuture();
    }

    /** So long requests are answered still when it stops; nothing, to end them at once. */
    protected Duration endsWithin() {
        return Duration.ZERO;
    }

    // What it has to work with

    protected final Clock clock() {
        return clock;
    }

    protected final MessageTypes types() {
        return types;
    }

    protected final Database database() {
        return database;
    }

    protected final SqlMetastore metastore() {
        return metastore;
    }

    /** From {@link #follow} on. */
    protected final CommandPath path() {
        return path;
    }

    /** In {@link #install}. */
    protected final CommandRoutes commands() {
        return commands;
    }

    /** In {@link #install}. */
    protected final Reads reads() {
        return reads;
    }

    /** Secrets nothing refers to for a day are removed from it. */
    protected final Vault openVault(byte[] masterKey) {
        Vault vault = new Vault(database, places.service(), masterKey);
        vaults.add(vault);
        return vault;
    }

    protected final ObservationLog openObservations() {
        ObservationLog observations = new ObservationLog(vertx, places.kafka(), places.service());
        closing.push(observations::close);
        return observations;
    }

    protected final void react(Reaction reaction, Journals journals, Predicate<Throwable> isTransient) {
        ReactionRunner runner = new ReactionRunner(
                        vertx,
                        places.kafka(),
                        reaction,
                        new ReactionPositions(database, metastore),
                        path.log(),
                        journals,
                        isTransient,
                        path.deadLetters(),
                        Prometheus.registry())
                .start();
        closing.push(runner::stop);
    }

    /** It is stopped at the end, and may be before. */
    protected final ProjectionRunner project(Projection projection, Journals journals) {
        ProjectionRunner runner = new ProjectionRunner(
                        vertx,
                        places.kafka(),
                        projection,
                        journals,
                        Database::isTransient,
                        path.deadLetters(),
                        Prometheus.registry())
                .start();
        closing.push(runner::stop);
        return runner;
    }

    /** What is opened last is closed first. */
    protected final void onStop(Supplier<Future<?>> close) {
        closing.push(close);
    }

    // What all do

    @Override
    public final Future<?> start() {
        return openDatabase()
                .compose(ok -> TopicSetup.ensure(places.kafka(), allTopics()))
                .compose(ok -> listenForOutcomes())
                .compose(ok -> follow())
                .compose(ok -> keepHouse())
                .compose(ok -> restore.beginUnlessBehind())
                .compose(ok -> begun())
                .compose(ok -> listen());
    }

    @Override
    public final Future<?> stop() {
        Future<?> all = Future.succeededFuture();
        while (!closing.isEmpty()) {
            Supplier<Future<?>> next = closing.pop();
            all = all.eventually(() -> next.get());
        }
        return all;
    }

    protected final boolean isListening() {
        return server != null;
    }

    /** Where it listens; once it is deployed. */
    public final int httpPort() {
        return server.actualPort();
    }

    private Future<Void> openDatabase() {
        String service = places.service();
        database = Database.open(vertx, places.databaseUrl(), service, places.connections());
        closing.push(database::close);
        metastore = new SqlMetastore(database, service);
        opened();
        return database.migrate(service, "db/" + service);
    }

    private List<TopicSpec> allTopics() {
        return Stream.concat(TopicSpec.ofService(places.service()).stream(), topics().stream())
                .toList();
    }

    private Future<Void> listenForOutcomes() {
        path = new CommandPath(
                vertx,
                places.kafka(),
                places.service(),
                metastore,
                types,
                aggregates(),
                guards(),
                clock,
                Prometheus.registry());
        closing.push(path::stop);
        restore = new RestoreRoutes(
                places.service(),
                () -> EventTopicEnd.of(vertx, places.kafka(), places.service()),
                metastore::position,
                metastore::raiseEpoch,
                path::begin);
        return path.listening();
    }

    private Future<Void> keepHouse() {
        long timer = vertx.setPeriodic(0, HOUSEKEEPING_MILLIS, id -> housekeeping());
        closing.push(() -> {
            vertx.cancelTimer(timer);
            return Future.succeededFuture();
        });
        return Future.succeededFuture();
    }

    private void housekeeping() {
        Instant now = clock.instant();
        Future<?> done = metastore.housekeeping(now);
        for (Vault vault : vaults) {
            done = done.compose(ok -> vault.expireUnreferenced(now.minus(SECRETS_UNUSED)));
        }
        done.compose(ok -> housekeep(now))
                .onFailure(failure -> log.atWarn()
                        .addKeyValue("service", places.service())
                        .setCause(failure)
                        .log("Housekeeping failed; it is tried again"));
    }

    private Future<Void> listen() {
        Api api = Api.load(places.service()).transientWhen(metastore::isTransient);
        commands = new CommandRoutes(path.log(), path.outcomes(), metastore, types, path.dryRun(), places.service());
        reads = Reads.of(vertx, metastore);
        install(api);
        new DeadLetterRoutes(places.service(), path.deadLetters(), commands, types).install(api);
        new JournalRoutes(metastore).install(api);
        restore.install(api);
        Health health = new Health()
                .add("database", () -> metastore.position().map(position -> true))
                .add("deciding", () -> Future.succeededFuture(restore.hasBegun()));
        return HttpService.listen(vertx, api.router(vertx, places.door()), health, places.host(), places.port())
                .map(listening -> {
                    server = listening;
                    if (!endsWithin().isZero()) {
                        closing.push(() -> server.shutdown(endsWithin().toMillis(), TimeUnit.MILLISECONDS));
                    }
                    return null;
                });
    }
}
