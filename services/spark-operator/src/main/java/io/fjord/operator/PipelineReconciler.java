package io.fjord.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.catalog.EntryName;
import io.fjord.contract.core.pipeline.PipelineEngine;
import io.fjord.contract.core.pipeline.PipelineObservation.PipelineProgressed;
import io.fjord.contract.core.pipeline.PipelineTarget;
import io.fjord.contract.core.pipeline.ReplicationNames;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Secrets;
import io.fjord.operator.DesiredPipelines.Desired;
import io.fjord.operator.DesiredPipelines.Wish;
import io.fjord.operator.DriverSettings.Unresolved;
import io.fjord.platform.http.PipelineTokens;
import io.fjord.platform.http.Prometheus;
import io.fjord.platform.kafka.ObservationLog;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the pipelines of an engine that read equal those that should: each look tells the driver all of them, which renews its lease, and hears
 * how they are. All state is touched on one Vert.x context.
 */
final class PipelineReconciler {

    private static final Logger log = LoggerFactory.getLogger(PipelineReconciler.class);
    static final long LOOK_MILLIS = 1_000;
    private static final long TELL_MILLIS = 2_000;
    private static final int LONGEST_REASON = 1_000;
    private static final String TYPE =
            "fjord.spark-operator.pipeline." + PipelineProgressed.class.getSimpleName() + ".v1";

    private final Vertx vertx;
    private final OperatorConfig config;
    private final PipelineDriver driver;
    private final DesiredPipelines desired;
    private final PipelineReports reports;
    private final ObservationLog observations;
    private final Clock clock;
    private final SourcePasswords passwords;
    private final PipelineMetrics metrics = new PipelineMetrics(Prometheus.registry());
    private final Map<Address, JsonNode> told = new HashMap<>();
    private long toldAt;
    private boolean busy;
    private boolean again;

    PipelineReconciler(
            Vertx vertx,
            OperatorConfig config,
            PipelineDriver driver,
            DesiredPipelines desired,
            PipelineReports reports,
            ObservationLog observations,
            Secrets secrets,
            Clock clock) {
        this.vertx = vertx;
        this.config = config;
        this.driver = driver;
        this.desired = desired;
        this.reports = reports;
        this.observations = observations;
        this.clock = clock;
        this.passwords = new SourcePasswords(secrets);
    }

    /** Looks that come while one is under way become one more. */
    void look() {
        if (busy) {
            again = true;
            return;
        }
        busy = true;
        step().onFailure(failure ->
                        log.atWarn().setCause(failure).log("Pipelines could not be looked after; it is tried again"))
                .onComplete(done -> {
                    busy = false;
                    if (again) {
                        again = false;
                        look();
                    }
                });
    }

    private Future<Void> step() {
        List<Desired> all = desired.all().stream()
                .filter(pipeline -> pipeline.spec().engine() == driver.engine() && pipeline.wish() != Wish.NOTHING)
                .toList();
        return driver.isThere().compose(there -> {
            if (!there) {
                return all.stream().anyMatch(PipelineReconciler::needsDriver)
                        ? startOrReport(all)
                        : report(all, Map.of());
            }
            return all.isEmpty() && told.isEmpty() ? Future.succeededFuture() : tell(all);
        });
    }

    private static boolean needsDriver(Desired pipeline) {
        return pipeline.wish() == Wish.START || pipeline.wish() == Wish.RUN || pipeline.wish() == Wish.RELEASE;
    }

    private Future<Void> startOrReport(List<Desired> all) {
        return !driver.isInstalled()
                ? Future.join(all.stream()
                                .map(pipeline -> reports.failed(
                                        pipeline.address(),
                                        pipeline.generation(),
                                        "This control plane runs no pipelines of this engine: "
                                                + (driver.engine() == PipelineEngine.SPARK
                                                        ? "FJORD_INGESTION_SPARK_CLASS_PATH_FILE"
                                                        : "FJORD_INGESTION_CLASS_PATH_FILE")
                                                + " is not set."))
                                .toList())
                        .mapEmpty()
                : driver.start();
    }

    private Future<Void> tell(List<Desired> all) {
        passwords.keep(all);
        ArrayNode orders = Json.MAPPER.createArrayNode();
        List<Future<Void>> ready = all.stream()
                .filter(Desired::isOrdered)
                .map(pipeline -> passwords
                        .of(pipeline)
                        .map(password -> {
                            orders.add(order(pipeline, password));
                            return (Void) null;
                        })
                        .recover(failure -> withoutPassword(pipeline, failure, orders)))
                .toList();
        return Future.join(ready)
                .compose(ok -> driver.order(orders))
                .compose(answer -> answer.isPresent() ? heard(all, answer.get()) : Future.succeededFuture());
    }

    /** One that runs goes on with the password it has; the driver begins nothing without. */
    private Future<Void> withoutPassword(Desired pipeline, Throwable failure, ArrayNode orders) {
        if (failure instanceof Unresolved unresolved) {
            return pipeline.wish() == Wish.RELEASE
                    ? reports.released(
                            pipeline.address(),
                            pipeline.generation(),
                            shortened(unresolved.reason() + " Take away by hand what is called "
                                    + ReplicationNames.of(pipeline.id()) + " there."))
                    : reports.failed(pipeline.address(), pipeline.generation(), shortened(unresolved.reason()));
        }
        log.atWarn()
                .addKeyValue("subject", pipeline.address())
                .setCause(failure)
                .log("The password of a source database is asked for again");
        orders.add(order(pipeline, Optional.empty()));
        return Future.succeededFuture();
    }

    private ObjectNode order(Desired pipeline, Optional<String> password) {
        ObjectNode order = Json.MAPPER.createObjectNode();
        order.put("id", pipeline.id());
        order.put("domain", pipeline.address().domain());
        order.put("name", pipeline.address().name());
        order.put("generation", pipeline.generation());
        order.put("paused", pipeline.isPaused());
        order.put("token", PipelineTokens.of(config.token().get()).token(pipeline.owner(), table(pipeline)));
        order.set("spec", Json.MAPPER.valueToTree(pipeline.spec()));
        order.set("restart", Json.MAPPER.valueToTree(pipeline.restart()));
        order.put("restartGeneration", pipeline.restartGeneration());
        order.put("release", pipeline.wish() == Wish.RELEASE);
        password.ifPresent(text -> order.put("password", text));
        return order;
    }

    private static Address table(Desired pipeline) {
        PipelineTarget target = pipeline.spec().target();
        return new EntryName(
                        target.catalogOrDefault(), List.of(target.namespace().split("\\.")), target.table())
                .in(pipeline.address().domain(), "table");
    }

    private Future<Void> heard(List<Desired> all, JsonNode documents) {
        Map<String, JsonNode> byId = new HashMap<>();
        documents.forEach(document -> byId.put(document.path("id").asText(), document));
        return report(all, byId).compose(ok -> observe(all, byId));
    }

    private Future<Void> report(List<Desired> all, Map<String, JsonNode> byId) {
        List<Future<Void>> sent = new ArrayList<>();
        for (Desired pipeline : all) {
            JsonNode document = byId.get(pipeline.id());
            String state = document == null ? "" : document.path("state").asText();
            boolean current = document != null && document.path("generation").asLong() == pipeline.generation();
            fact(pipeline, state, current, document).ifPresent(sent::add);
        }
        return Future.join(sent).mapEmpty();
    }

    private Optional<Future<Void>> fact(Desired pipeline, String state, boolean current, @Nullable JsonNode document) {
        Address address = pipeline.address();
        long generation = pipeline.generation();
        boolean ended = state.isEmpty() || state.equals("stopped") || state.equals("failed");
        return switch (pipeline.wish()) {
            case START, RUN -> {
                if (current && document != null && state.equals("failed")) {
                    yield Optional.of(reports.failed(
                            address,
                            generation,
                            shortened(document.path("reason").asText())));
                }
                boolean reads = current && (state.equals("waiting") || state.equals("reading"));
                yield pipeline.wish() == Wish.START && reads
                        ? Optional.of(reports.running(address, generation))
                        : Optional.empty();
            }
            case STOP -> ended ? Optional.of(reports.stopped(address, generation)) : Optional.empty();
            case PAUSE ->
                ended || state.equals("paused") ? Optional.of(reports.stopped(address, generation)) : Optional.empty();
            case RELEASE -> {
                if (document == null
                        || !current
                        || !ended
                        || !document.path("released").asBoolean()) {
                    yield Optional.empty();
                }
                String problem = state.equals("failed")
                        ? shortened(document.path("reason").asText())
                        : null;
                yield Optional.of(reports.released(address, generation, problem));
            }
            case PAUSED, NOTHING -> Optional.empty();
        };
    }

    private static String shortened(String reason) {
        return reason.length() > LONGEST_REASON ? reason.substring(0, LONGEST_REASON) + "…" : reason;
    }

    private Future<Void> observe(List<Desired> all, Map<String, JsonNode> byId) {
        metrics.show(all, byId);
        long now = clock.millis();
        if (now - toldAt < TELL_MILLIS) {
            return Future.succeededFuture();
        }
        toldAt = now;
        List<Future<Void>> sent = new ArrayList<>();
        told.keySet().retainAll(all.stream().map(Desired::address).toList());
        for (Desired pipeline : all) {
            JsonNode document = byId.get(pipeline.id());
            if (document != null && document.has("offsets") && !document.equals(told.get(pipeline.address()))) {
                told.put(pipeline.address(), document);
                sent.add(observations.tell(
                        Ids.next(), TYPE, pipeline.address(), "service:spark-operator", null, progressed(document)));
            }
        }
        return Future.join(sent).mapEmpty();
    }

    private static PipelineProgressed progressed(JsonNode document) {
        return Json.MAPPER.convertValue(document, PipelineProgressed.class);
    }
}
