package io.fjord.operator;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.core.cluster.ClusterCommand;
import io.fjord.contract.core.cluster.ClusterEvent;
import io.fjord.contract.core.pipeline.PipelineCommand;
import io.fjord.contract.core.pipeline.PipelineEngine;
import io.fjord.contract.core.pipeline.PipelineEvent;
import io.fjord.kernel.Secrets;
import io.fjord.platform.http.Health;
import io.fjord.platform.http.HttpJournals;
import io.fjord.platform.http.HttpSecrets;
import io.fjord.platform.http.HttpService;
import io.fjord.platform.http.Prometheus;
import io.fjord.platform.kafka.KafkaCommandLog;
import io.fjord.platform.kafka.ObservationLog;
import io.fjord.platform.kafka.ProjectionRunner;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.client.WebClient;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Reads which clusters and pipelines should run and makes it so, with the drivers it finds and those it starts. */
public final class SparkOperatorVerticle extends VerticleBase {

    private static final long LEASE_EVERY_MILLIS = OperatorConfig.LEASE_SECONDS * 1000L / 6;

    private final OperatorConfig config;
    private final Clock clock = Clock.systemUTC();
    private final Map<Address, Future<String>> secrets = new ConcurrentHashMap<>();

    private WebClient client;
    private KafkaCommandLog commands;
    private ClusterBackend backend;
    private ProjectionRunner events;
    private ProjectionRunner pipelineEvents;
    private final List<PipelineDriver> pipelineDrivers = new ArrayList<>();
    private final List<PipelineReconciler> pipelines = new ArrayList<>();
    private ObservationLog observations;
    private Reconciler reconciler;
    private Leases leases;
    private AccessNews news;
    private HttpServer server;

    @SuppressWarnings("NullAway.Init") // start() opens everything in order
    public SparkOperatorVerticle(OperatorConfig config) {
        this.config = config;
    }

    public int httpPort() {
        return server.actualPort();
    }

    @Override
    public Future<?> start() {
        MessageTypes types = new MessageTypes()
                .add("core", "cluster", ClusterCommand.class)
                .add("core", "cluster", ClusterEvent.class)
                .add("core", "pipeline", PipelineCommand.class)
                .add("core", "pipeline", PipelineEvent.class);
        client = WebClient.create(vertx);
        commands = new KafkaCommandLog(vertx, config.kafka());
        try {
            backend = new ProcessBackend(vertx, config);
        } catch (IOException e) {
            return Future.failedFuture(e);
        }
        Reports reports = new Reports(commands, types, clock);
        DesiredClusters desired = new DesiredClusters(types, this::changed);
        reconciler = new Reconciler(vertx, backend, desired, reports, this::secret, secrets(), clock);
        leases = new Leases(client, backend, desired, reports, this::secret, clock);
        news = new AccessNews(vertx, client, backend, desired, config.access(), this::secret);
        config.access()
                .onChange(() -> context.runOnContext(go -> {
                    if (events.isCaughtUp()) {
                        news.changed();
                    }
                }));
        backend.listener((clusterId, change) -> context.runOnContext(go -> {
            reconciler.driverChanged(clusterId, change);
            if (!change.ended()) {
                renewLeases();
                news.tell();
            }
        }));
        events = new ProjectionRunner(
                        vertx,
                        config.kafka(),
                        desired,
                        new HttpJournals(vertx, URI.create(config.gateway()), config.token()),
                        Prometheus.registry())
                .start();
        events.caughtUp()
                .onSuccess(ok -> context.runOnContext(go -> {
                    tick();
                    vertx.setPeriodic(LEASE_EVERY_MILLIS, id -> tick());
                }));
        followPipelines(types);
        Health health = new Health().add("caught-up", () -> Future.succeededFuture(events.isCaughtUp()));
        return HttpService.listen(
                        vertx,
                        request -> request.response().setStatusCode(404).end(),
                        health,
                        config.host(),
                        config.port())
                .onSuccess(listening -> server = listening);
    }

    private void followPipelines(MessageTypes types) {
        DesiredPipelines wanted = new DesiredPipelines(types, this::pipelinesChanged);
        observations = new ObservationLog(vertx, config.kafka(), "spark-operator");
        PipelineReports reports = new PipelineReports(commands, types, clock);
        for (PipelineEngine engine : PipelineEngine.values()) {
            PipelineDriver driver = new PipelineDriver(vertx, client, config, engine);
            pipelineDrivers.add(driver);
            pipelines.add(
                    new PipelineReconciler(vertx, config, driver, wanted, reports, observations, secrets(), clock));
        }
        pipelineEvents = new ProjectionRunner(
                        vertx,
                        config.kafka(),
                        wanted,
                        new HttpJournals(vertx, URI.create(config.gateway()), config.token()),
                        Prometheus.registry())
                .start();
        pipelineEvents
                .caughtUp()
                .onSuccess(ok -> context.runOnContext(
                        go -> vertx.setPeriodic(0, PipelineReconciler.LOOK_MILLIS, id -> lookAfterPipelines())));
    }

    private Secrets secrets() {
        return new HttpSecrets(vertx, URI.create(config.gateway()), config.token());
    }

    private void pipelinesChanged() {
        context.runOnContext(go -> lookAfterPipelines());
    }

    private void lookAfterPipelines() {
        if (pipelineEvents.isCaughtUp()) {
            pipelines.forEach(PipelineReconciler::look);
        }
    }

    /** Drivers are left alone: the next operator adopts them within their lease. */
    @Override
    public Future<?> stop() {
        List<Future<Void>> open = new ArrayList<>(
                List.of(events.stop(), pipelineEvents.stop(), commands.close(), observations.close(), backend.close()));
        pipelineDrivers.forEach(driver -> open.add(driver.close()));
        return Future.join(open).eventually(() -> {
            client.close();
            return Future.succeededFuture();
        });
    }

    private void changed(Address cluster) {
        context.runOnContext(go -> {
            secrets.remove(cluster);
            if (events.isCaughtUp()) {
                reconciler.reconcile(cluster);
            }
        });
    }

    /** Leases first: what runs must go on running, whatever else is to be done; ended is what all events know nothing of. */
    private void tick() {
        renewLeases();
        news.tell();
        if (events.isCaughtUp()) {
            reconciler.reconcileAll().onFailure(reconciler::told);
        }
    }

    private void renewLeases() {
        leases.renewAll().onFailure(reconciler::told);
    }

    private Future<String> secret(Address cluster) {
        return secrets.computeIfAbsent(
                cluster,
                address -> client.getAbs(config.gateway() + "/api/v1/clusters/" + address.name() + "/credentials")
                        .addQueryParam("domain", address.domain())
                        .bearerTokenAuthentication(config.token().get())
                        .timeout(10_000)
                        .send()
                        .compose(answer -> {
                            if (answer.statusCode() != 200) {
                                secrets.remove(address);
                                return Future.failedFuture("The credentials of " + address
                                        + " were refused with status " + answer.statusCode());
                            }
                            return Future.succeededFuture(
                                    answer.bodyAsJsonObject().getString("secret"));
                        })
                        .onFailure(failure -> secrets.remove(address)));
    }
}
