package io.fjord.runtime;

import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.connect.service.SparkListenerConnectOperationClosed;
import org.apache.spark.sql.connect.service.SparkListenerConnectOperationFinished;
import org.apache.spark.sql.connect.service.SparkListenerConnectOperationStarted;
import org.apache.spark.sql.connect.service.SparkListenerConnectSessionClosed;

/**
 * Counts what Spark Connect clients run, so that a cluster they use is not taken for idle; forgets closed sessions; ends the jobs
 * that an operation starts after its end.
 *
 * <p>Spark cancels the jobs an interrupted operation has at that moment. One it was about to start would keep its cores until the
 * driver ends, and nobody would see whose it is.
 */
final class ConnectActivity extends SparkListener {

    /** An operation that was ended starts its last job within seconds. */
    private static final int REMEMBERED = 1_000;

    private static final String JOB_TAGS = "spark.job.tags";

    private final Statements statements;
    private final ConnectOwners owners;
    private final Jobs jobs;
    private final Set<String> finished = new HashSet<>();
    private final Map<String, Boolean> cutShort = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** Ends Spark jobs. */
    interface Jobs {

        void cancelTagged(String tag);

        void cancel(int job);
    }

    ConnectActivity(Statements statements, ConnectOwners owners, Jobs jobs) {
        this.statements = statements;
        this.owners = owners;
        this.jobs = jobs;
    }

    @Override
    public void onOtherEvent(SparkListenerEvent event) {
        if (event instanceof SparkListenerConnectOperationStarted started) {
            statements.connectStarted(started.operationId());
        } else if (event instanceof SparkListenerConnectOperationFinished done) {
            finished.add(done.jobTag());
        } else if (event instanceof SparkListenerConnectOperationClosed closed) {
            statements.connectEnded(closed.operationId());
            // What finished may leave something running on purpose: a streaming query.
            if (!finished.remove(closed.jobTag())) {
                cutShort.put(closed.jobTag(), true);
                jobs.cancelTagged(closed.jobTag());
            }
        } else if (event instanceof SparkListenerConnectSessionClosed closed) {
            owners.closed(closed.userId(), closed.sessionId());
        }
    }

    @Override
    public void onJobStart(SparkListenerJobStart started) {
        var tags = started.properties() == null ? "" : started.properties().getProperty(JOB_TAGS, "");
        if (Arrays.stream(tags.split(",")).anyMatch(cutShort::containsKey)) {
            jobs.cancel(started.jobId());
        }
    }
}
