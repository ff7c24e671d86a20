package io.fjord.webhooks;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Journals;
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
import io.fjord.platform.kafka.ProjectionRunner;
import io.fjord.platform.kafka.TopicSetup;
import io.fjord.platform.kafka.TopicSpec;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.SqlMetastore;
import io.fjord.platform.sql.Vault;
import io.fjord.webhooks.delivery.Deliveries;
import io.fjord.webhooks.delivery.DeliveryRoutes;
import io.fjord.webhooks.delivery.Schedule;
import io.fjord.webhooks.egress.Destinations;
import io.fjord.webhooks.egress.Networks;
import io.fjord.webhooks.subscription.Subscription;
import io.fjord.webhooks.subscription.SubscriptionCapability;
import io.fjord.webhooks.subscription.SubscriptionRoutes;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Telling the outside: opens what webhooks needs, installs its capability, follows the journals, listens. */
public final class WebhooksVerticle extends VerticleBase {

    public static final String SERVICE = "webhooks";

    private static final Logger log = LoggerFactory.getLogger(WebhooksVerticle.class);
    private static final Duration KEYS_UNUSED = Duration.ofDays(1);
    private static final long AGAIN_MILLIS = 1_000;
    private static final long HOUSEKEEPING_MILLIS = Duration.ofHours(1).toMillis();

    private final WebhooksConfig config;
    private final Clock clock = Clock.systemUTC();
    private final Deque<Supplier<Future<?>>> closing = new ArrayDeque<>();
    private final MessageTypes types = messages(PlatformMessages.types());

    private Database database;
    private SqlMetastore metastore;
    private Vault vault;
    private Destinations destinations;
    private SubscriptionCapability capability;
    private CommandPath path;
    private Deliveries deliveries;
    private RestoreRoutes restore;
    private HttpServer server;
    private boolean stopping;

    @SuppressWarnings("NullAway.Init") // start() opens everything in order
    public WebhooksVerticle(WebhooksConfig config) {
        this.config = config;
    }

    public static MessageTypes messages(MessageTypes types) {
        return SubscriptionCapability.messages(types);
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

    /** Its own, and the journals it follows. */
    private List<TopicSpec> topics() {
        return Stream.concat(
                        TopicSpec.ofService(SERVICE).stream(),
                        config.journals().stream()
                                .filter(service -> !service.equals(SERVICE))
                                .map(TopicSpec::events))
                .toList();
    }

    private Future<Void> openDatabase() {
        database = Database.open(vertx, config.databaseUrl(), SERVICE, 8);
        closing.push(database::close);
        metastore = new SqlMetastore(database, SERVICE);
        vault = new Vault(database, SERVICE, config.masterKey());
        destinations = new Destinations(
                vertx,
                Networks.allowing(config.egress().networks()),
                config.egress().clearText(),
                Destinations.Resolver.system());
        closing.push(destinations::close);
        if (config.egress().clearText()) {
            log.atWarn().log("Deliveries may go over http:// as well: for development only (FJORD_WEBHOOKS_HTTP)");
        }
        return database.migrate(SERVICE, "db/webhooks");
    }

    private Future<Void> install() {
        capability = new SubscriptionCapability(vault, destinations);
        List<Aggregate<?, ?, ?>> aggregates = capability.aggregates();
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
        Journals own = Journals.own(metastore);
        Journals others = new HttpJournals(vertx, config.gateway(), config.token());
        Journals all =
                (service, position, limit) -> (service.equals(SERVICE) ? own : others).after(service, position, limit);
        ObservationLog observations = new ObservationLog(vertx, config.kafka(), SERVICE);
        closing.push(observations::close);
        Listing<Subscription> listing = capability.listing(metastore, types);
        deliveries = Deliveries.open(
                vertx,
                new Deliveries.Parts(
                        config.kafka(),
                        config.journals(),
                        all,
                        address -> listing.one(address)
                                .map(at -> at.value()
                                        .map(stored -> new Deliveries.Loaded(stored.state(), stored.version()))),
                        vault,
                        new Schedule(
                                config.schedule(),
                                () -> ThreadLocalRandom.current().nextDouble()),
                        config.access(),
                        config.changes(),
                        observations,
                        path.log(),
                        types,
                        clock,
                        Prometheus.registry()),
                database,
                destinations,
                config.patience());
        closing.push(deliveries::stop);
        deliver();
        long timer = vertx.setPeriodic(0, HOUSEKEEPING_MILLIS, id -> housekeeping());
        closing.push(() -> {
            stopping = true;
            vertx.cancelTimer(timer);
            return Future.succeededFuture();
        });
        return Future.succeededFuture();
    }

    /**
     * Who may what has to be known before anything is left out because somebody may not have it. The start does not wait for it:
     * what is missing may have to come through the gateway, which opens its door last.
     */
    private void deliver() {
        config.accessKnown()
                .get()
                .compose(ok -> subscriptions())
                .compose(deliveries::start)
                .onSuccess(ok -> {
                    if (!stopping) {
                        followWishes();
                    }
                })
                .onFailure(failure -> {
                    if (!stopping) {
                        log.atWarn().setCause(failure).log("Deliveries cannot begin; trying again");
                        vertx.setTimer(AGAIN_MILLIS, id -> deliver());
                    }
                });
    }

    private void followWishes() {
        ProjectionRunner wishes = new ProjectionRunner(
                        vertx,
                        config.kafka(),
                        deliveries.wishes(metastore, database),
                        Journals.own(metastore),
                        Database::isTransient,
                        path.deadLetters(),
                        Prometheus.registry())
                .start();
        closing.push(wishes::stop);
    }

    private Future<List<Address>> subscriptions() {
        return database.query("select domain, name from webhooks.subscription where there = 1 order by domain, name")
                .map(rows -> {
                    List<Address> all = new ArrayList<>();
                    rows.forEach(row ->
                            all.add(new Address(row.getString(0), SubscriptionCapability.KIND, row.getString(1))));
                    return all;
                });
    }

    private void housekeeping() {
        metastore
                .housekeeping(clock.instant())
                .compose(ok -> vault.expireUnreferenced(clock.instant().minus(KEYS_UNUSED)))
                .compose(ok -> deliveries.housekeeping())
                .onFailure(failure -> log.atWarn().setCause(failure).log("Housekeeping failed; it is tried again"));
    }

    private Future<Void> listen() {
        Api api = Api.load(SERVICE).transientWhen(metastore::isTransient);
        CommandRoutes commands =
                new CommandRoutes(path.log(), path.outcomes(), metastore, types, path.dryRun(), SERVICE);
        Reads reads = Reads.of(vertx, metastore);
        SubscriptionRoutes subscriptions =
                new SubscriptionRoutes(commands, metastore, reads, capability, types, destinations, vault);
        subscriptions.install(api);
        new DeliveryRoutes(deliveries, subscriptions).install(api);
        new DeadLetterRoutes(SERVICE, path.deadLetters(), commands, types).install(api);
        new JournalRoutes(metastore).install(api);
        restore.install(api);
        Health health = new Health()
                .add("database", () -> metastore.position().map(position -> true))
                .add("deciding", () -> Future.succeededFuture(restore.hasBegun()));
        return HttpService.listen(vertx, api.router(vertx, config.doorkeeper()), health, config.host(), config.port())
                .map(listening -> {
                    server = listening;
                    return null;
                });
    }
}
