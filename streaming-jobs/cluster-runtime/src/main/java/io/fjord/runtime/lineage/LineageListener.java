package io.fjord.runtime.lineage;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.connect.service.SparkListenerConnectOperationStarted;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * OpenLineage's agent, with who ran what it is told of at hand, and with no way to end the driver: Spark stops when a listener
 * meets a class it cannot load.
 */
final class LineageListener extends SparkListener {

    private static final Logger log = LoggerFactory.getLogger(LineageListener.class);

    private static final String EXECUTION = "spark.sql.execution.id";
    private static final int MOST = 1_000;

    /** Of the event that is handled; the agent tells of it before it returns. */
    private static final ThreadLocal<@Nullable Execution> CURRENT = new ThreadLocal<>();

    private static final ThreadLocal<@Nullable LogicalPlan> PLAN = new ThreadLocal<>();

    private final SparkListener agent;
    private final Function<String, @Nullable String> actorOf;
    private final Consumer<Execution> ended;
    private final Map<String, String> operations = new Last<>();
    private final Map<Long, Execution> executions = new Last<>();
    private final Map<Integer, Execution> jobs = new Last<>();
    private boolean broken;

    /**
     * @param actorOf who ran what Spark knows as a job group
     * @param ended told when a statement has ended, and the agent has told of it
     */
    LineageListener(SparkListener agent, Function<String, @Nullable String> actorOf, Consumer<Execution> ended) {
        this.agent = agent;
        this.actorOf = actorOf;
        this.ended = ended;
    }

    private static final class Last<K, V> extends LinkedHashMap<K, V> {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > MOST;
        }
    }

    static @Nullable Execution current() {
        return CURRENT.get();
    }

    /** What was carried out, while its end is handled. */
    static @Nullable LogicalPlan plan() {
        return PLAN.get();
    }

    private void hand(@Nullable Execution of, Runnable event) {
        if (broken) {
            return;
        }
        CURRENT.set(of);
        try {
            event.run();
        } catch (RuntimeException e) {
            log.atWarn().setCause(e).log("OpenLineage's agent could not read an event; its lineage is not told");
        } catch (LinkageError | StackOverflowError e) {
            broken = true;
            log.atError().setCause(e).log("OpenLineage's agent does not work here; no lineage is told any more");
        } finally {
            CURRENT.remove();
        }
    }

    @Override
    public void onOtherEvent(SparkListenerEvent event) {
        if (event instanceof SparkListenerConnectOperationStarted started) {
            operations.put(started.jobTag(), started.userId());
        } else if (event instanceof SparkListenerSQLExecutionStart started) {
            var execution = execution(started);
            executions.put(execution.id(), execution);
            hand(execution, () -> agent.onOtherEvent(event));
        } else if (event instanceof SparkListenerSQLExecutionEnd end) {
            var execution = executions.get(end.executionId());
            PLAN.set(end.qe() == null ? null : end.qe().analyzed());
            try {
                hand(execution, () -> agent.onOtherEvent(event));
            } finally {
                PLAN.remove();
            }
            if (execution != null && execution.isRoot()) {
                ended.accept(execution);
            }
        } else {
            hand(null, () -> agent.onOtherEvent(event));
        }
    }

    private Execution execution(SparkListenerSQLExecutionStart started) {
        var id = started.executionId();
        var root = started.rootExecutionId().isDefined()
                ? (Long) started.rootExecutionId().get()
                : Long.valueOf(id);
        var outer = executions.get(root);
        return new Execution(id, root, outer == null || outer.actor() == null ? actor(started) : outer.actor());
    }

    private @Nullable String actor(SparkListenerSQLExecutionStart started) {
        var group = started.jobGroupId();
        var actor = group.isDefined() ? actorOf.apply(group.get()) : null;
        for (var tags = started.jobTags().iterator(); actor == null && tags.hasNext(); ) {
            actor = operations.get(tags.next());
        }
        return actor;
    }

    @Override
    public void onJobStart(SparkListenerJobStart started) {
        var execution =
                started.properties() == null ? null : started.properties().getProperty(EXECUTION);
        var actor = execution == null ? null : executions.get(Long.valueOf(execution));
        if (actor != null) {
            jobs.put(started.jobId(), actor);
        }
        hand(actor, () -> agent.onJobStart(started));
    }

    @Override
    public void onJobEnd(SparkListenerJobEnd ended) {
        hand(jobs.remove(ended.jobId()), () -> agent.onJobEnd(ended));
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd ended) {
        hand(null, () -> agent.onTaskEnd(ended));
    }

    @Override
    public void onApplicationEnd(SparkListenerApplicationEnd ended) {
        hand(null, () -> agent.onApplicationEnd(ended));
    }
}
