package io.fjord.iam;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Position;
import io.fjord.iam.access.AccessCapability;
import io.fjord.iam.bundle.BundleCapability;
import io.fjord.iam.delegation.Delegation;
import io.fjord.iam.grant.GrantCapability;
import io.fjord.iam.group.GroupCapability;
import io.fjord.iam.identitysource.IdentitySourceCapability;
import io.fjord.iam.keycloak.KeycloakAdmin;
import io.fjord.iam.keycloak.KeycloakCapability;
import io.fjord.iam.role.RoleCapability;
import io.fjord.iam.scim.ScimCapability;
import io.fjord.iam.serviceaccount.ServiceAccountCapability;
import io.fjord.iam.token.TokenCapability;
import io.fjord.iam.user.UserCapability;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Guard;
import io.fjord.kernel.Journals;
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
import io.fjord.platform.kafka.ReactionRunner;
import io.fjord.platform.kafka.TopicSetup;
import io.fjord.platform.kafka.TopicSpec;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.PersonalData;
import io.fjord.platform.sql.ReactionPositions;
import io.fjord.platform.sql.SqlMetastore;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who may use Fjord, and for what: opens what iam needs, installs its capabilities, listens. */
public final class IamVerticle extends VerticleBase {

    public static final String SERVICE = "iam";

    private static final Logger log = LoggerFactory.getLogger(IamVerticle.class);
    private static final long HOUSEKEEPING_MILLIS = Duration.ofHours(1).toMillis();

    private static final Duration SECRETS_UNUSED = Duration.ofDays(1);

    private final IamConfig config;
    private final Clock clock = Clock.systemUTC();
    private final Deque<Supplier<Future<?>>> closing = new ArrayDeque<>();
    private final MessageTypes types = messages(PlatformMessages.types());
    private final List<IamCapability> capabilities = capabilities(() -> this.vault);

    private Database database;
    private SqlMetastore metastore;
    private Vault vault;
    private CommandPath path;
    private RestoreRoutes restore;
    private HttpServer server;

    @SuppressWarnings("NullAway.Init") // start() opens everything in order
    public IamVerticle(IamConfig config) {
        this.config = config;
    }

    /** The table of contents. */
    private static List<IamCapability> capabilities(Supplier<Vault> vault) {
        RoleCapability roles = new RoleCapability();
        BundleCapability bundles = new BundleCapability();
        GrantCapability grants = new GrantCapability(bundles);
        UserCapability users = new UserCapability();
        GroupCapability groups = new GroupCapability();
        IdentitySourceCapability sources = new IdentitySourceCapability(vault);
        return List.of(
                users,
                groups,
                new ServiceAccountCapability(),
                new TokenCapability(),
                roles,
                bundles,
                grants,
                new AccessCapability(grants, roles, bundles),
                new ScimCapability(users, groups),
                sources,
                new KeycloakCapability(users, groups, connected -> List.of(sources.inKeycloak(connected))));
    }

    public static MessageTypes messages(MessageTypes types) {
        Supplier<Vault> none = () -> {
            throw new IllegalStateException("Messages are named without a vault");
        };
        capabilities(none).forEach(capability -> capability.register(types));
        return types;
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
        metastore = new SqlMetastore(database, SERVICE)
                .keeping(new PersonalData(database, SERVICE, config.masterKey(), types));
        vault = new Vault(database, SERVICE, config.masterKey());
        return database.migrate(SERVICE, "db/iam");
    }

    private Future<Void> install() {
        List<Aggregate<?, ?, ?>> aggregates = new ArrayList<>();
        capabilities.forEach(capability -> aggregates.addAll(capability.aggregates()));
        path = new CommandPath(
                vertx, config.kafka(), SERVICE, metastore, types, aggregates, guards(), clock, Prometheus.registry());
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
        ReactionRunner leavers = new ReactionRunner(
                        vertx,
                        config.kafka(),
                        new Leavers(database, config.access(), types),
                        new ReactionPositions(database, metastore),
                        path.log(),
                        Journals.own(metastore),
                        metastore::isTransient,
                        path.deadLetters(),
                        Prometheus.registry())
                .start();
        closing.push(leavers::stop);
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
                .compose(ok -> vault.expireUnreferenced(clock.instant().minus(SECRETS_UNUSED)))
                .onFailure(failure -> log.atWarn().setCause(failure).log("Housekeeping failed; it is tried again"));
    }

    private Future<Void> grantFirst() {
        return metastore
                .position()
                .compose(position -> config.firstGrants() && position.equals(Position.START)
                        ? FirstGrants.send(path.log(), types)
                        : Future.succeededFuture());
    }

    private Future<Void> listen() {
        Api api = Api.load(SERVICE).transientWhen(metastore::isTransient);
        CommandRoutes commands =
                new CommandRoutes(path.log(), path.outcomes(), metastore, types, path.dryRun(), SERVICE);
        Parts parts = new Parts(
                vertx,
                config,
                database,
                metastore,
                types,
                path.log(),
                path.outcomes(),
                commands,
                Reads.of(vertx, metastore),
                config.access(),
                vault,
                path.deadLetters(),
                config.keycloak() == null ? null : new KeycloakAdmin(vertx, config.keycloak()),
                closing::push);
        capabilities.forEach(capability -> capability.install(api, parts));
        new DeadLetterRoutes(SERVICE, path.deadLetters(), commands, types).install(api);
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
