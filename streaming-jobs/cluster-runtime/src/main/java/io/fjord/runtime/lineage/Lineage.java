package io.fjord.runtime.lineage;

import io.openlineage.spark.agent.OpenLineageSparkListener;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;

/**
 * Tells the control plane what flows where: OpenLineage's agent reads the plans, on a queue of Spark's that no statement waits
 * for, and what it finds is sent by a thread of ours. The credential is in this process alone, not in Spark's configuration.
 */
public final class Lineage implements AutoCloseable {

    private static final String QUEUE = "lineage";

    /** The agent makes its transport by name, so where that one hands on is kept here. */
    private static final AtomicReference<@Nullable Lineage> RUNNING = new AtomicReference<>();

    /** Used on the queue's thread alone. */
    private final Runs runs = new Runs();

    private final Outbox outbox;
    private final SparkContext spark;
    private final LineageListener listener;

    private Lineage(SparkContext spark, Outbox outbox, Function<String, @Nullable String> actorOf) {
        this.spark = spark;
        this.outbox = outbox;
        this.listener = new LineageListener(new OpenLineageSparkListener(spark.conf()), actorOf, this::ended);
    }

    /** What the agent is to know, without any secret: every session can read it. */
    public static Map<String, String> settings(String domain, String cluster) {
        var settings = new LinkedHashMap<String, String>();
        settings.put("spark.openlineage.transport.type", FjordTransport.TYPE);
        settings.put("spark.openlineage.namespace", domain);
        settings.put("spark.openlineage.appName", cluster);
        settings.put("spark.openlineage.columnLineage.datasetLineageEnabled", "true");
        // Plans and settings of the driver: large, and more than who may read lineage is to see.
        settings.put("spark.openlineage.facets.spark.logicalPlan.disabled", "true");
        settings.put("spark.openlineage.facets.spark_unknown.disabled", "true");
        settings.put("spark.openlineage.facets.spark_properties.disabled", "true");
        settings.put("spark.openlineage.facets.debug.disabled", "true");
        // Should it fall behind, it loses events rather than memory.
        settings.put("spark.scheduler.listenerbus.eventqueue." + QUEUE + ".capacity", "2000");
        return settings;
    }

    /** @param actorOf who ran what Spark knows as a job group */
    public static Lineage start(
            SparkContext spark,
            String gateway,
            String domain,
            String token,
            Function<String, @Nullable String> actorOf) {
        var lineage = new Lineage(spark, new Outbox(gateway, domain, token), actorOf);
        RUNNING.set(lineage);
        spark.listenerBus().addToQueue(lineage.listener, QUEUE);
        return lineage;
    }

    static @Nullable Lineage running() {
        return RUNNING.get();
    }

    /** The agent found something; on its queue's thread. */
    void found(Told event) {
        var plan = LineageListener.plan();
        if (plan != null && event.writes()) {
            MergeColumns.fill(event, plan);
        }
        runs.next(event, LineageListener.current()).forEach(outbox::add);
    }

    private void ended(Execution statement) {
        runs.ended(statement).forEach(outbox::add);
    }

    /** What waits is sent if that does not take long. */
    @Override
    public void close() {
        spark.listenerBus().removeListener(listener);
        RUNNING.compareAndSet(this, null);
        outbox.close();
    }
}
