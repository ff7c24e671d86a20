package io.fjord.controlpolicies;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.controlpolicies.opa.OpaObservation;
import io.fjord.controlpolicies.decision.DecisionRoutes;
import io.fjord.controlpolicies.decision.DecisionStore;
import io.fjord.controlpolicies.guardrail.GuardrailCapability;
import io.fjord.controlpolicies.guardrail.GuardrailRoutes;
import io.fjord.controlpolicies.opa.OpaReports;
import io.fjord.controlpolicies.opa.OpaRoutes;
import io.fjord.controlpolicies.policy.PolicyCapability;
import io.fjord.controlpolicies.policy.PolicyRoutes;
import io.fjord.kernel.Aggregate;
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
import io.fjord.platform.kafka.ObservationLog;
import io.fjord.platform.kafka.ObservationReader;
import io.fjord.platform.kafka.RecordedCommands;
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
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Attribute rules and guardrails: opens what control-policies needs, installs its capabilities, listens. */
public final class ControlPoliciesVerticle extends VerticleBase {

    public static final String SERVICE = "control-policies";

    private static final Logger log = LoggerFactory.getLogger(ControlPoliciesVerticle.class);
    private static final long HOUSEKEEPING_MILLIS = Duration.ofHours(1).toMillis();

    private final ControlPoliciesConfig config;
    private final Clock clock = Clock.systemUTC();
    private final Deque<Supplier<Future<?>>> closing = new ArrayDeque<>();
    private final MessageTypes types = messages(PlatformMessages.types());
    private final PolicyCapability policies = new PolicyCapability();
    private final GuardrailCapability guardrails = new GuardrailCapability();

    private SqlMetastore metastore;
    private DecisionStore decisions;
    private OpaReports reports;
    private CommandPath path;
    private RestoreRoutes restore;
    private HttpServer server;

    @SuppressWarnings("NullAway.Init") // start() opens everything in order
    public ControlPoliciesVerticle(ControlPoliciesConfig config) {
        this.config = config;
    }

    public static MessageTypes messages(MessageTypes types) {
        return GuardrailCapability.messages(PolicyCapability.messages(types)).add(SERVICE, "opa", OpaObservation.class);
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

    /** Its own, and where refusals are told of. */
    private static List<TopicSpec> topics() {
        return Stream.concat(TopicSpec.ofService(SERVICE).stream(), Stream.of(TopicSpec.observations("iam")))
                .toList();
    }

    private Future<Void> openDatabase() {
        Database database = Database.open(vertx, config.databaseUrl(), SERVICE, 6);
        closing.push(database::close);
        metastore = new SqlMetastore(database, SERVICE);
        decisions = new DecisionStore(database);
        ObservationLog observations = new ObservationLog(vertx, config.kafka(), SERVICE);
        closing.push(observations::close);
        reports = new OpaReports(database, observations, clock);
        return database.migrate(SERVICE, "db/control-policies");
    }

    private Future<Void> install() {
        List<Aggregate<?, ?, ?>> aggregates = Stream.of(policies, guardrails)
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
        ObservationReader refusals = new ObservationReader(
                        vertx,
                        config.kafka(),
                        "fjord.control-policies.decisions",
                        "iam",
                        DecisionStore.REFUSED,
                        decisions::add)
                .start();
        closing.push(refusals::stop);
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
                .compose(ok -> decisions.housekeeping(clock.instant()))
                .compose(ok -> reports.housekeeping(clock.instant()))
                .onFailure(failure -> log.atWarn().setCause(failure).log("Housekeeping failed; it is tried again"));
    }

    private Future<Void> listen() {
        Api api = Api.load(SERVICE).transientWhen(metastore::isTransient);
        CommandRoutes commands =
                new CommandRoutes(path.log(), path.outcomes(), metastore, types, path.dryRun(), SERVICE);
        Reads reads = Reads.of(vertx, metastore);
        new PolicyRoutes(commands, metastore, reads, policies, types).install(api);
        new GuardrailRoutes(
                        commands,
                        metastore,
                        reads,
                        guardrails,
                        types,
                        new RecordedCommands(vertx, config.kafka()),
                        config.deciding(),
                        config.rego(),
                        clock)
                .install(api);
        new DecisionRoutes(decisions, config.rules()).install(api);
        new OpaRoutes(vertx, config.rules(), reports).install(api);
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
