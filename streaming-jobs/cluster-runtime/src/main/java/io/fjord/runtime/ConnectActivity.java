package io.fjord.runtime;

import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.sql.connect.service.SparkListenerConnectOperationClosed;
import org.apache.spark.sql.connect.service.SparkListenerConnectOperationStarted;

/** Counts what Spark Connect clients run, so that a cluster they use is not taken for idle. */
final class ConnectActivity extends SparkListener {

    private final Statements statements;

    ConnectActivity(Statements statements) {
        this.statements = statements;
    }

    @Override
    public void onOtherEvent(SparkListenerEvent event) {
        if (event instanceof SparkListenerConnectOperationStarted started) {
            statements.connectStarted(started.operationId());
        } else if (event instanceof SparkListenerConnectOperationClosed closed) {
            statements.connectEnded(closed.operationId());
        }
    }
}
