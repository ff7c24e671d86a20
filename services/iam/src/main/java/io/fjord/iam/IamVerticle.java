package io.fjord.iam;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Position;
import io.fjord.iam.access.AccessCapability;
import io.fjord.iam.bundle.BundleCapability;
import io.fjord.iam.delegation.Delegation;
import io.fjord.iam.grant.GrantCapability;
import io.fjord.iam.group.GroupCapability;
import io.fjord.iam.role.RoleCapability;
import io.fjord.iam.scim.ScimCapability;
import io.fjord.iam.serviceaccount.ServiceAccountCapability;
import io.fjord.iam.token.TokenCapability;
import io.fjord.iam.user.UserCapability;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.CommandHandler;
import io.fjord.kernel.CommandRecord;
import io.fjord.kernel.DeadlineTimer;
import io.fjord.kernel.Delay;
import io.fjord.kernel.Guard;
import io.fjord.kernel.Partition;
import io.fjord.kernel.PlatformMessages;
import io.fjord.kernel.Rehearsal;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.CommandRoutes;
import io.fjord.platform.http.Health;
import io.fjord.platform.http.HttpService;
import io.fjord.platform.http.JournalRoutes;
import io.fjord.platform.http.Prometheus;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.RestoreRoutes;
import io.fjord.platform.kafka.CommandConsumer;
import io.fjord.platform.kafka.DeadLetterLog;
import io.fjord.platform.kafka.EventTopicEnd;
import io.fjord.platform.kafka.KafkaCommandLog;
import io.fjord.platform.kafka.KafkaUnreadCommands;
import io.fjord.platform.kafka.LiveOutcomes;
import io.fjord.platform.kafka.TopicId;
import io.fjord.platform.kafka.TopicSetup;
import io.fjord.platform.kafka.TopicSpec;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlMetastore;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who may use Fjord, and for what: opens what iam needs, installs its capabilities, listens. */
public final class IamVerticle extends VerticleBase {

    public static final String SERVICE = "iam";

    private static final Logger log = LoggerFactory.getLogger(IamVerticle.class);
    private static final long HOUSEKEEPING_MILLIS = Duration.ofHours(1).toMillis();

    private final IamConfig config;
    private final Clock clock = Clock.systemUTC();
    private final Deque<Supplier<Future<?>>> closing = new ArrayDeque<>();
    private final MessageTypes types = messages(PlatformMessages.types());
    private final List<IamCapability> capabilities = capabilities();

    private Database database;
    private SqlMetastore metastore;
    private KafkaCommandLog commandLog;
    private DeadLetterLog deadLetters;
    private LiveOutcomes outcomes;
    private DeadlineTimer deadlines;
    private CommandHandler handler;
    private RestoreRoutes restore;
    private HttpServer server;

    @SuppressWarnings("NullAway.Init") // start() opens everything in order
    public IamVerticle(IamConfig config) {
        this.config = config;
    }

    /** The table of contents. */
    private static List<IamCapability> capabilities() {
        RoleCapability roles = new RoleCapability();
        BundleCapability bundles = new BundleCapability();
        GrantCapability grants = new GrantCapability(bundles);
        UserCapability users = new UserCapability();
        GroupCapability groups = new GroupCapability();
        return List.of(
                users,
                groups,
                new ServiceAccountCapability(),
                new TokenCapability(),
                roles,
                bundles,
                grants,
                new AccessCapability(grants, roles, bundles),
                new ScimCapability(users, groups));
    }

    public static MessageTypes messages(MessageTypes types) {
        capabilities().forEach(capability -> capability.register(types));
        return types;
    }

    public int httpPort() {
        return server.actualPort();
    }

    @Override
    public Future<?> start() {
        return openDatabase()
                .compose(ok -> TopicSetup.ensure(config.kafka(), TopicSpec.ofService(SERVICE)))
                .compose(ok -> openKafka())
                .compose(ok -> install())
                .compose(ok -> restore.beginUnlessBehind())
                .compose(ok -> grantFirst())
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
        database = Database.open(vertx, config.databaseUrl(), SERVICE, 8);
        closing.push(database::close);
        metastore = new SqlMetastore(database, SERVICE);
        return database.migrate(SERVICE, "db/iam");
    }

    private Future<Void> openKafka() {
        commandLog = new KafkaCommandLog(vertx, config.kafka());
        closing.push(commandLog::close);
        deadLetters = new DeadLetterLog(vertx, config.kafka());
        closing.push(deadLetters::close);
        outcomes = new LiveOutcomes(vertx, config.kafka(), Set.of(SERVICE), Prometheus.registry());
        closing.push(outcomes::stop);
        return outcomes.started();
    }

    private Future<Void> install() {
        deadlines = new DeadlineTimer(vertx, metastore, commandLog, clock);
        List<Aggregate<?, ?, ?>> aggregates = new ArrayList<>();
        capabilities.forEach(capability -> aggregates.addAll(capability.aggregates()));
        handler = new CommandHandler(
                Delay.of(vertx), metastore, types, aggregates, guards(), deadLetters, clock, deadlines::noticed);
        restore = new RestoreRoutes(
                SERVICE,
                () -> EventTopicEnd.of(vertx, config.kafka(), SERVICE),
                metastore::position,
                metastore::raiseEpoch,
                this::decide);
        long timer = vertx.setPeriodic(0, HOUSEKEEPING_MILLIS, id -> housekeeping());
        closing.push(() -> {
            vertx.cancelTimer(timer);
            return Future.succeededFuture();
        });
        return Future.succeededFuture();
    }

    private List<Guard> guards() {
        List<Guard> guards = new ArrayList<>(config.guards());
        guards.add(new Delegation(metastore, config.access(), types));
        return guards;
    }

    private void housekeeping() {
        metastore
                .housekeeping(clock.instant())
                .onFailure(failure -> log.atWarn().setCause(failure).log("Housekeeping failed; it is tried again"));
    }

    private Future<Void> decide() {
        CommandConsumer consumer = new CommandConsumer(
                vertx,
                config.kafka(),
                SERVICE,
                (Partition partition, List<CommandRecord> batch) -> handler.handle(partition, batch),
                partition -> {
                    handler.assigned(partition);
                    return TopicId.of(vertx, config.kafka(), partition.topic())
                            .compose(topicId -> metastore.offset(partition, topicId));
                },
                deadLetters,
                Prometheus.registry());
        closing.push(consumer::stop);
        return consumer.start().map(ok -> {
            deadlines.start();
            closing.push(() -> {
                deadlines.stop();
                return Future.succeededFuture();
            });
            return null;
        });
    }

    private Future<Void> grantFirst() {
        return metastore
                .position()
                .compose(position -> config.firstGrants() && position.equals(Position.START)
                        ? FirstGrants.send(commandLog, types)
                        : Future.succeededFuture());
    }

    private Future<Void> listen() {
        Api api = Api.load(SERVICE).transientWhen(metastore::isTransient);
        CommandRoutes commands = new CommandRoutes(
                commandLog,
                outcomes,
                metastore,
                types,
                new Rehearsal(handler, metastore, new KafkaUnreadCommands(vertx, config.kafka(), SERVICE)),
                SERVICE);
        Parts parts = new Parts(
                vertx,
                config,
                database,
                metastore,
                types,
                commandLog,
                outcomes,
                commands,
                Reads.of(vertx, metastore),
                config.access(),
                closing::push);
        capabilities.forEach(capability -> capability.install(api, parts));
        new JournalRoutes(metastore).install(api);
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
