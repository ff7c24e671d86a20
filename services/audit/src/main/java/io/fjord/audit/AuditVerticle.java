package io.fjord.audit;

import io.fjord.platform.http.Api;
import io.fjord.platform.http.Health;
import io.fjord.platform.http.HttpJournals;
import io.fjord.platform.http.HttpService;
import io.fjord.platform.http.Prometheus;
import io.fjord.platform.http.Reads;
import io.fjord.platform.kafka.CommandTail;
import io.fjord.platform.kafka.DeadLetterLog;
import io.fjord.platform.kafka.ProjectionRunner;
import io.fjord.platform.kafka.TopicSetup;
import io.fjord.platform.kafka.TopicSpec;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.PersonalData;
import io.fjord.platform.sql.Vault;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/** The record of every control action and its outcome; nothing switches it off. */
public final class AuditVerticle extends VerticleBase {

    public static final String SERVICE = "audit";

    private final AuditConfig config;
    private final Deque<Supplier<Future<?>>> closing = new ArrayDeque<>();
    private HttpServer server;

    @SuppressWarnings("NullAway.Init") // start() opens everything in order
    public AuditVerticle(AuditConfig config) {
        this.config = config;
    }

    public int httpPort() {
        return server.actualPort();
    }

    @Override
    public Future<?> start() {
        Database database = Database.open(vertx, config.databaseUrl(), SERVICE, 6);
        closing.push(database::close);
        return database.migrate(SERVICE, "db/audit")
                .compose(ok -> TopicSetup.ensure(config.kafka(), List.of(TopicSpec.auditLog())))
                .compose(ok -> listen(database));
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

    private Future<?> listen(Database database) {
        EntryQueries entries = new EntryQueries(database);
        Reads reads = Reads.view(vertx).operations(entries::decided);
        PersonalData personal = new PersonalData(database, SERVICE, config.log().masterKey(), config.types());
        AuditRoutes routes = new AuditRoutes(vertx, entries, new EntryNames(personal), reads);
        LogHeads heads = new LogHeads(database);
        Vault vault = new Vault(database, SERVICE, config.log().masterKey());
        LogSealer sealer =
                new LogSealer(vertx, database, entries, heads, vault, config.log(), Prometheus.registry()).start();
        closing.push(sealer::stop);
        LogTopic topic = new LogTopic(vertx, config.kafka(), entries, sealer).start();
        closing.push(topic::stop);
        LogRoutes logRoutes =
                new LogRoutes(vertx, entries, heads, sealer, config.log().witnesses());
        ExportRoute export = new ExportRoute(vertx, entries, logRoutes, heads);
        closing.push(export::close);
        AuditLog log = new AuditLog(database, personal, config.journals(), recorded -> {
            sealer.recorded(recorded);
            routes.recorded(recorded);
        });
        config.journals().forEach(service -> reads.source(service, () -> log.position(service)));
        Gauge.builder("fjord.audit.streams", routes, AuditRoutes::consumers)
                .description("Consumers of the live record")
                .register(Prometheus.registry());
        follow(log, sealer);
        RecordWatch watch = new RecordWatch(vertx, database, log, config.deadline(), Prometheus.registry()).start();
        closing.push(watch::stop);
        LakeWatch lake = new LakeWatch(vertx, config, database, log, Prometheus.registry()).start();
        closing.push(lake::stop);
        Api api = Api.load(SERVICE).transientWhen(Database::isTransient);
        routes.install(api);
        logRoutes.install(api);
        export.install(api);
        Health health = new Health()
                .add("database", () -> entries.last().map(last -> true))
                .add("log", () -> Future.succeededFuture(sealer.broken().isEmpty()));
        return HttpService.listen(
                        vertx, api.router(vertx, config.authenticator()), health, config.host(), config.port())
                .onSuccess(listening -> server = listening);
    }

    private void follow(AuditLog log, LogSealer sealer) {
        DeadLetterLog parked = new DeadLetterLog(vertx, config.kafka());
        closing.push(parked::close);
        ProjectionRunner events = new ProjectionRunner(
                        vertx,
                        config.kafka(),
                        log,
                        new HttpJournals(vertx, config.gateway(), config.token()),
                        Database::isTransient,
                        parked,
                        Prometheus.registry())
                .start();
        closing.push(events::stop);
        ObservationTail observations =
                new ObservationTail(vertx, config.kafka(), config.journals(), log, sealer).start();
        closing.push(observations::stop);
        for (String service : config.deciding()) {
            CommandTail commands =
                    new CommandTail(vertx, config.kafka(), "audit.log", service, log, Prometheus.registry()).start();
            closing.push(commands::stop);
        }
    }
}
