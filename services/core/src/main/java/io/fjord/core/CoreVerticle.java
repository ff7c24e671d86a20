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
import io.fjord.kernel.Guard;
import io.fjord.kernel.PlatformMessages;
import io.fjord.kernel.Secrets;
import io.fjord.platform.deciding.DecidingVerticle;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.HttpJournals;
import io.fjord.platform.http.Prometheus;
import io.fjord.platform.kafka.CommandTail;
import io.fjord.platform.kafka.ObservationReader;
import io.fjord.platform.kafka.TopicSpec;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/** Domains, clusters, pipelines, secrets and operations. */
public final class CoreVerticle extends DecidingVerticle {

    public static final String SERVICE = "core";

    /** The services that decide commands: their operations are shown here. */
    private static final Set<String> DECIDING =
            Set.of(SERVICE, "iam", "control-policies", "catalog", "ingest", "webhooks");

    private final CoreConfig config;
    private final PipelineCapability pipelines = new PipelineCapability();
    private final PipelineProgress progress = new PipelineProgress();
    private Vault vault;
    private ClusterCapability clusters;
    private SecretCapability secrets;
    private OperationRoutes operations;

    @SuppressWarnings("NullAway.Init") // opened() makes what needs the database
    public CoreVerticle(CoreConfig config) {
        super(
                new Places(
                        SERVICE,
                        config.kafka(),
                        config.databaseUrl(),
                        8,
                        config.authenticator(),
                        config.host(),
                        config.port()),
                messages(PlatformMessages.types()));
        this.config = config;
    }

    public static MessageTypes messages(MessageTypes types) {
        return PipelineCapability.messages(SecretCapability.messages(ClusterCapability.messages(types)));
    }

    /** How far pipelines are is read there from the start. */
    @Override
    protected List<TopicSpec> topics() {
        return List.of(TopicSpec.observations("spark-operator"));
    }

    @Override
    protected void opened() {
        vault = openVault(config.masterKey());
        clusters = new ClusterCapability(vault);
        secrets = new SecretCapability(vault);
        operations = new OperationRoutes(vertx, database(), metastore(), types(), DECIDING);
    }

    @Override
    protected List<Aggregate<?, ?, ?>> aggregates() {
        return Stream.of(clusters, secrets, pipelines)
                .<Aggregate<?, ?, ?>>flatMap(capability -> capability.aggregates().stream())
                .toList();
    }

    @Override
    protected List<Guard> guards() {
        return config.guards();
    }

    @Override
    protected Future<?> follow() {
        HttpJournals journals = new HttpJournals(vertx, config.gateway(), config.token());
        project(operations.projection(), journals);
        handOver(journals, "cluster", HandOverCluster::new);
        handOver(journals, "pipeline", HandOverPipeline::new);
        ObservationReader seen = progress.follow(vertx, config.kafka());
        onStop(seen::stop);
        for (String service : DECIDING) {
            CommandTail wishes = new CommandTail(
                            vertx,
                            config.kafka(),
                            "core.operation",
                            service,
                            operations.wishes(),
                            Prometheus.registry())
                    .start();
            onStop(wishes::stop);
        }
        return Future.succeededFuture();
    }

    private void handOver(HttpJournals journals, String kind, Function<String, Object> command) {
        react(new HandOver(database(), config.access(), types(), kind, command), journals, Database::isTransient);
    }

    @Override
    protected void install(Api api) {
        DomainQueries domains = new DomainQueries(metastore());
        new ClusterRoutes(commands(), metastore(), reads(), vault, domains, clusters, types()).install(api);
        SecretReader elsewhere = new SecretReader(vertx, config.stores());
        onStop(elsewhere::close);
        Secrets resolved =
                secrets.secrets(metastore(), types(), elsewhere, config.access(), config.accessKnown(), clock());
        new SecretRoutes(commands(), metastore(), reads(), vault, elsewhere, resolved, domains, secrets, types())
                .install(api);
        new PipelineRoutes(commands(), metastore(), reads(), domains, pipelines, progress, types()).install(api);
        new DomainRoutes(metastore(), reads(), domains).install(api);
        operations.install(api);
    }
}
