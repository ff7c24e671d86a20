package io.fjord.runtime;

import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.sql.connect.service.SparkListenerConnectOperationClosed;
import org.apache.spark.sql.connect.service.SparkListenerConnectOperationStarted;
import org.apache.spark.sql.connect.service.SparkListenerConnectSessionClosed;

/** Counts what Spark Connect clients run, so that a cluster they use is not taken for idle; forgets closed sessions. */
final class ConnectActivity extends SparkListener {

    private final Statements statements;
    private final ConnectOwners owners;

    ConnectActivity(Statements statements, ConnectOwners owners) {
        this.statements = statements;
        this.owners = owners;
    }

    @Override
    public void onOtherEvent(SparkListenerEvent event) {
        if (event instanceof SparkListenerConnectOperationStarted started) {
            statements.connectStarted(started.operationId());
        } else if (event instanceof SparkListenerConnectOperationClosed closed) {
            statements.connectEnded(closed.operationId());
        } else if (event instanceof SparkListenerConnectSessionClosed closed) {
            owners.closed(closed.userId(), closed.sessionId());
        }
    }
}
