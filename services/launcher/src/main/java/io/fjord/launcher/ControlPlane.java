package io.fjord.launcher;

import io.fjord.audit.AuditConfig;
import io.fjord.audit.AuditVerticle;
import io.fjord.audit.LogStore;
import io.fjord.catalog.CatalogConfig;
import io.fjord.catalog.CatalogVerticle;
import io.fjord.catalog.iceberg.ObjectStorage;
import io.fjord.cdc.RelayConfig;
import io.fjord.cdc.RelayVerticle;
import io.fjord.cdc.capture.CaptureConfig;
import io.fjord.cdc.capture.CaptureVerticle;
import io.fjord.cdc.capture.ChangeCaptureConfig;
import io.fjord.cdc.keycloak.KeycloakObservations;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.iam.access.AccessObservation;
import io.fjord.controlpolicies.ControlPoliciesConfig;
import io.fjord.controlpolicies.ControlPoliciesVerticle;
import io.fjord.core.CoreConfig;
import io.fjord.core.CoreVerticle;
import io.fjord.core.pipeline.PipelineCapability;
import io.fjord.gateway.GatewayConfig;
import io.fjord.gateway.GatewayVerticle;
import io.fjord.iam.IamConfig;
import io.fjord.iam.IamVerticle;
import io.fjord.iam.keycloak.KeycloakConfig;
import io.fjord.ingest.IngestConfig;
import io.fjord.ingest.IngestVerticle;
import io.fjord.kernel.Guard;
import io.fjord.kernel.PlatformMessages;
import io.fjord.operator.OperatorConfig;
import io.fjord.operator.SparkOperatorVerticle;
import io.fjord.platform.access.AccessView;
import io.fjord.platform.access.cel.Conditions;
import io.fjord.platform.access.guardrail.Guardrails;
import io.fjord.platform.access.guardrail.RegoRules;
import io.fjord.platform.access.guardrail.TrippedLog;
import io.fjord.platform.access.opa.OpaClient;
import io.fjord.platform.access.opa.OpaGuard;
import io.fjord.platform.access.opa.OpaOpinion;
import io.fjord.platform.access.opa.OpaRegoRules;
import io.fjord.platform.http.Doorkeeper;
import io.fjord.platform.http.Health;
import io.fjord.platform.http.HttpJournals;
import io.fjord.platform.http.HttpService;
import io.fjord.platform.http.Prometheus;
import io.fjord.platform.kafka.DeniedRequests;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.ObservationLog;
import io.fjord.platform.kafka.TopicSetup;
import io.fjord.platform.kafka.TopicSpec;
import io.fjord.sql.SqlConfig;
import io.fjord.sql.SqlVerticle;
import io.fjord.sql.statement.StatementCapability;
import io.fjord.sql.statement.StatementLimits;
import io.fjord.webhooks.WebhooksConfig;
import io.fjord.webhooks.WebhooksVerticle;
import io.fjord.webhooks.delivery.Schedule;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.SocketAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** The composition root: starts the services it is told to, each a verticle, in one JVM or one in each. */
public final class ControlPlane {

    /** What events leave by first, then whose events others read as they start; the door to all of them last. */
    private static final List<List<String>> STARTED_AT_ONCE = List.of(
            List.of("cdc"),
            List.of("control-policies", "iam", "core"),
            List.of("catalog", "ingest", "sql", "webhooks", "audit", "spark-operator"),
            List.of("gateway"));

    /** All there are. */
    public static final Set<String> SERVICES = Collections.unmodifiableSet(
            new LinkedHashSet<>(STARTED_AT_ONCE.stream().flatMap(List::stream).toList()));

    /** Those with a journal. */
    private static final List<String> JOURNALS =
            List.of("core", "iam", "control-policies", "catalog", "ingest", "sql", "webhooks");

    /** Those that decide commands. */
    static final List<String> DECIDING = List.of("core", "iam", "control-policies", "catalog", "ingest", "webhooks");

    /** Those whose events say who may what. */
    private static final Set<String> RULES = Set.of("iam", "control-policies", "core");

    /** Those that answer callers. */
    private static final Set<String> WITH_AN_API =
            Set.of("core", "iam", "control-policies", "catalog", "ingest", "sql", "webhooks", "audit");

    /** What takes longer is broken, or waits for something that is. */
    private static final Duration OUTCOME_DEADLINE = Duration.ofMinutes(2);

    private static final Logger log = LoggerFactory.getLogger(ControlPlane.class);

    private final Vertx vertx;
    private final ControlPlaneSettings settings;
    private final KafkaConfig kafka;
    private final AccessView access;
    private final DeniedRequests denials;
    private final Entrance entrance;
    private final Doorkeeper doorkeeper;
    private final ObservationLog observations;
    private final Guardrails.View guardrails;
    private final @Nullable OpaClient opa;
    private final @Nullable OpaRegoRules rego;
    private final Map<String, String> addresses;
    private int port;

    private ControlPlane(Vertx vertx, ControlPlaneSettings settings) {
        this.vertx = vertx;
        this.settings = settings;
        this.kafka = new KafkaConfig(settings.kafka(), settings.commandBatch());
        this.access = new AccessView(
                vertx,
                kafka,
                JOURNALS.stream().filter(RULES::contains).collect(Collectors.toSet()),
                new HttpJournals(vertx, URI.create(settings.gateway()), token()),
                Conditions.ofPolicies()::compile,
                Clock.systemUTC(),
                Prometheus.registry());
        this.denials = new DeniedRequests(vertx, kafka, Prometheus.registry());
        this.opa = settings.opa().isBlank() ? null : new OpaClient(vertx, settings.opa());
        this.entrance = new Entrance(
                vertx, settings, access, denials, opa == null ? null : new OpaOpinion(opa, Clock.systemUTC()));
        this.doorkeeper = entrance.services();
        this.observations = new ObservationLog(vertx, kafka, "control-policies");
        this.rego = opa == null ? null : new OpaRegoRules(opa);
        this.guardrails = new Guardrails.View(
                vertx,
                kafka,
                new HttpJournals(vertx, URI.create(settings.gateway()), token()),
                rego == null ? RegoRules.none() : rego,
                new TrippedLog(observations),
                Prometheus.registry());
        this.addresses = new LinkedHashMap<>(settings.addresses());
    }

    static Set<String> withAnApi() {
        return WITH_AN_API;
    }

    /** The messages of all services. */
    static MessageTypes messageTypes() {
        MessageTypes types =
                ControlPoliciesVerticle.messages(IamVerticle.messages(CoreVerticle.messages(PlatformMessages.types())));
        types.add("iam", "access", AccessObservation.class);
        PipelineCapability.observations(types);
        CatalogVerticle.messages(types);
        WebhooksVerticle.messages(types);
        IngestVerticle.messages(types);
        new StatementCapability().register(types);
        return types;
    }

    public static void main(String[] arguments) throws Exception {
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        String services = "all";
        for (String argument : arguments) {
            if (argument.startsWith("--services=")) {
                services = argument.substring("--services=".length());
            }
        }
        try {
            ControlPlaneSettings settings = ControlPlaneSettings.of(services, System.getenv());
            Vertx vertx = Vertx.vertx(options());
            Runtime.getRuntime().addShutdownHook(new Thread(() -> close(vertx), "shutdown"));
            ControlPlane started = start(vertx, settings)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get();
            log.atInfo()
                    .addKeyValue("services", String.join(",", settings.services()))
                    .addKeyValue("port", started.port())
                    .log("Ready");
        } catch (ControlPlaneSettings.Wrong e) {
            System.err.println(e.getMessage());
            System.exit(2);
        } catch (java.util.concurrent.ExecutionException e) {
            log.atError().setCause(e.getCause()).log("The control plane could not start");
            System.exit(1);
        }
    }

    static VertxOptions options() {
        return new VertxOptions()
                // One, so that the gateway hands requests to the services beside it without a socket (LocalServices).
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(8)
                .setPreferNativeTransport(true)
                .setMetricsOptions(new io.vertx.core.metrics.MetricsOptions().setEnabled(false));
    }

    private static void close(Vertx vertx) {
        try {
            vertx.close().toCompletionStage().toCompletableFuture().get(12, TimeUnit.SECONDS);
        } catch (Exception e) {
            log.atWarn().setCause(e).log("The control plane did not stop in order");
        }
    }

    /** Starts the services of the settings; done when all of them listen. */
    static Future<ControlPlane> start(Vertx vertx, ControlPlaneSettings settings) {
        ControlPlane plane = new ControlPlane(vertx, settings);
        Future<Void> ready = TopicSetup.ensure(plane.kafka, topics()).compose(ok -> plane.knowAccess());
        for (List<String> beside : STARTED_AT_ONCE) {
            ready = ready.compose(ok -> Future.all(beside.stream()
                            .filter(settings.services()::contains)
                            .map(plane::deploy)
                            .toList())
                    .mapEmpty());
        }
        return ready.map(plane);
    }

    /** The rules of who may what are kept up to date once in a process, whichever services it runs. */
    private Future<Void> knowAccess() {
        return vertx.deployVerticle(new VerticleBase() {
                    @Override
                    public Future<?> start() {
                        access.start();
                        guardrails.start();
                        return Future.succeededFuture();
                    }

                    @Override
                    public Future<?> stop() {
                        return access.stop()
                                .eventually(guardrails::stop)
                                .eventually(denials::close)
                                .eventually(observations::close);
                    }
                })
                .mapEmpty();
    }

    /** Where the gateway, or the one service, listens. */
    int port() {
        return port;
    }

    static List<TopicSpec> topics() {
        return Stream.concat(
                        JOURNALS.stream().flatMap(service -> TopicSpec.ofService(service).stream()),
                        Stream.of(TopicSpec.auditLog()))
                .distinct()
                .toList();
    }

    private Future<Void> deploy(String service) {
        long began = System.nanoTime();
        Future<Void> started = switch (service) {
            case "cdc" -> relay();
            case "control-policies" ->
                deploy(service, new ControlPoliciesVerticle(controlPolicies()), ControlPoliciesVerticle::httpPort);
            case "iam" -> deploy(service, new IamVerticle(iam()), IamVerticle::httpPort);
            case "core" -> deploy(service, new CoreVerticle(core()), CoreVerticle::httpPort);
            case "catalog" -> deploy(service, new CatalogVerticle(catalog()), CatalogVerticle::httpPort);
            case "ingest" -> deploy(service, new IngestVerticle(ingest()), IngestVerticle::httpPort);
            case "sql" -> deploy(service, new SqlVerticle(sql()), SqlVerticle::httpPort);
            case "webhooks" -> deploy(service, new WebhooksVerticle(webhooks()), WebhooksVerticle::httpPort);
            case "audit" -> deploy(service, new AuditVerticle(audit()), AuditVerticle::httpPort);
            case "spark-operator" ->
                deploy(service, new SparkOperatorVerticle(operator()), SparkOperatorVerticle::httpPort);
            case "gateway" -> deploy(service, new GatewayVerticle(gateway(), entrance.door()), GatewayVerticle::port);
            default -> Future.<Void>failedFuture(new IllegalArgumentException("No service " + service));
        };
        return started.onSuccess(ok -> log.atInfo()
                .addKeyValue("service", service)
                .addKeyValue("millis", (System.nanoTime() - began) / 1_000_000)
                .log("Started"));
    }

    private interface Port<V> {
        int of(V verticle);
    }

    private <V extends VerticleBase> Future<Void> deploy(String service, V verticle, Port<V> at) {
        return vertx.deployVerticle(verticle).map(id -> {
            listens(service, at.of(verticle));
            return null;
        });
    }

    private void listens(String service, int at) {
        addresses.put(service, "http://127.0.0.1:" + at);
        if (listensOutside(service)) {
            port = at;
        }
    }

    /** The gateway is the door of those in its process; a service alone is its own. */
    private boolean listensOutside(String service) {
        return service.equals("gateway") || settings.services().size() == 1;
    }

    private String host(String service) {
        return listensOutside(service) ? settings.host() : "127.0.0.1";
    }

    private int port(String service) {
        return listensOutside(service) ? settings.port() : 0;
    }

    // What each is told

    private Future<Void> relay() {
        RelayVerticle relay =
                new RelayVerticle(new RelayConfig(kafka, settings.databaseCdc(), JOURNALS), Prometheus.registry());
        Health health = new Health()
                .add("relaying", () -> Future.succeededFuture(relay.notReady().isEmpty()));
        return vertx.deployVerticle(relay)
                .compose(id -> keycloakCapture())
                .compose(id -> hiveCapture())
                .compose(id -> HttpService.listen(
                        vertx,
                        request -> request.response().setStatusCode(404).end(),
                        health,
                        host("cdc"),
                        port("cdc")))
                .map(server -> {
                    listens("cdc", server.actualPort());
                    return null;
                });
    }

    /** Who logged in, from Keycloak's own tables into the record; where its database is ours to read. */
    private Future<Void> keycloakCapture() {
        if (settings.keycloakDatabaseCdc().isBlank()) {
            return Future.succeededFuture();
        }
        CaptureConfig captured = CaptureConfig.keycloak(kafka, settings.keycloakDatabaseCdc());
        return vertx.deployVerticle(CaptureVerticle.ofRows(captured))
                .compose(id -> vertx.deployVerticle(new KeycloakObservations(captured)))
                .mapEmpty();
    }

    /** All that changes in the Hive Metastore's own tables, for the catalog alone. */
    private Future<Void> hiveCapture() {
        return settings.hiveDatabaseCdc().isBlank()
                ? Future.succeededFuture()
                : vertx.deployVerticle(CaptureVerticle.ofChanges(
                                ChangeCaptureConfig.hive(kafka, settings.hiveDatabaseCdc()), Prometheus.registry()))
                        .mapEmpty();
    }

    private Supplier<String> token() {
        return settings::token;
    }

    private CoreConfig core() {
        return new CoreConfig(
                kafka,
                settings.database(),
                settings.masterKey(),
                URI.create(settings.gateway()),
                token(),
                doorkeeper,
                access,
                access::caughtUp,
                settings.secretStores(),
                guards(),
                host("core"),
                port("core"));
    }

    /** Before commands are decided: may they, does an Open Policy Agent think so too, do they pass what guards the domain. */
    private List<Guard> guards() {
        List<Guard> all = new ArrayList<>(entrance.guards());
        if (opa != null) {
            all.add(new OpaGuard(opa, Clock.systemUTC(), denials));
        }
        all.add(guardrails.guard());
        return all;
    }

    private ControlPoliciesConfig controlPolicies() {
        return new ControlPoliciesConfig(
                kafka,
                settings.database(),
                doorkeeper,
                guards(),
                access,
                DECIDING,
                rego,
                host("control-policies"),
                port("control-policies"));
    }

    private IamConfig iam() {
        return new IamConfig(
                kafka,
                settings.database(),
                settings.masterKey(),
                URI.create(settings.gateway()),
                token(),
                doorkeeper,
                access,
                guards(),
                // Its groups are those of the realm we made.
                !settings.keycloak().isBlank(),
                settings.keycloak().isBlank()
                        ? null
                        : new KeycloakConfig(settings.keycloak(), "fjord", "fjord-platform", settings.keycloakSecret()),
                host("iam"),
                port("iam"));
    }

    private CatalogConfig catalog() {
        return new CatalogConfig(
                        kafka,
                        settings.database(),
                        new ObjectStorage(
                                settings.s3(),
                                "us-east-1",
                                settings.s3AccessKey(),
                                settings.s3SecretKey(),
                                "lakehouse",
                                settings.s3KnowsDerivedKeys()),
                        settings.s3(),
                        Set.of("default"),
                        host("catalog"),
                        port("catalog"),
                        doorkeeper,
                        settings.masterKey(),
                        guards(),
                        settings.home().resolve("search/catalog"))
                .followingHive(!settings.hiveMetastore().isBlank())
                .hiding(settings.sensitiveClassifications())
                .beginningWithNamespace();
    }

    private IngestConfig ingest() {
        return new IngestConfig(
                kafka,
                settings.database(),
                URI.create(settings.gateway()),
                token(),
                doorkeeper,
                guards(),
                host("ingest"),
                port("ingest"));
    }

    private SqlConfig sql() {
        return new SqlConfig(
                settings.database(),
                kafka,
                coreJournal(),
                settings.masterKey(),
                settings.home().resolve("spool/sql"),
                settings.gateway(),
                token(),
                access,
                doorkeeper,
                host("sql"),
                port("sql"),
                StatementLimits.DEFAULT);
    }

    private WebhooksConfig webhooks() {
        return new WebhooksConfig(
                kafka,
                settings.database(),
                settings.masterKey(),
                JOURNALS,
                URI.create(settings.gateway()),
                token(),
                doorkeeper,
                guards(),
                access,
                access,
                access::caughtUp,
                settings.egress(),
                Schedule.usual(),
                Duration.ofSeconds(15),
                host("webhooks"),
                port("webhooks"));
    }

    /** Not by way of a gateway in this process: it opens its door last, and core's events are read before. */
    private HttpJournals coreJournal() {
        return new HttpJournals(vertx, URI.create(addresses.getOrDefault("core", settings.gateway())), token());
    }

    private AuditConfig audit() {
        return new AuditConfig(
                kafka,
                settings.database(),
                DECIDING,
                JOURNALS,
                URI.create(settings.gateway()),
                token(),
                doorkeeper,
                messageTypes(),
                new LogStore(
                        settings.s3(),
                        "us-east-1",
                        settings.s3AccessKey(),
                        settings.s3SecretKey(),
                        "lakehouse",
                        "_audit",
                        settings.auditLog(),
                        settings.auditWitnesses(),
                        settings.masterKey()),
                OUTCOME_DEADLINE,
                settings.auditLake(),
                host("audit"),
                port("audit"));
    }

    private OperatorConfig operator() {
        return new OperatorConfig(
                kafka,
                settings.gateway(),
                token(),
                access,
                settings.home().resolve("clusters"),
                settings.runtimeClassPath(),
                new OperatorConfig.PipelineProcess(settings.home().resolve("pipelines"), settings.ingestionClassPath()),
                new OperatorConfig.PipelineProcess(
                        settings.home().resolve("pipelines").resolve("spark"), settings.ingestionSparkClassPath()),
                new OperatorConfig.ObjectStore(
                        settings.s3(), settings.s3AccessKey(), settings.s3SecretKey(), "us-east-1"),
                settings.sourceNetworks(),
                settings.hiveMetastore().isBlank()
                        ? null
                        : new OperatorConfig.HiveMetastore(settings.hiveMetastore(), settings.hiveWarehouse()),
                host("spark-operator"),
                port("spark-operator"));
    }

    private GatewayConfig gateway() {
        Map<String, SocketAddress> behind = new LinkedHashMap<>();
        addresses.forEach((service, address) -> {
            URI at = URI.create(address);
            if (WITH_AN_API.contains(service)) {
                behind.put(service, SocketAddress.inetSocketAddress(at.getPort(), at.getHost()));
            }
        });
        return settings.door()
                .applied(
                        GatewayConfig.of(host("gateway"), port("gateway"), behind),
                        new GatewayConfig.Feed(kafka, coreJournal()));
    }
}
