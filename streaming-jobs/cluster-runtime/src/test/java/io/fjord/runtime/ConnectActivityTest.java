package io.fjord.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.connect.service.SparkListenerConnectOperationClosed;
import org.apache.spark.sql.connect.service.SparkListenerConnectOperationFinished;
import org.apache.spark.sql.connect.service.SparkListenerConnectOperationStarted;
import org.junit.jupiter.api.Test;
import scala.Option;
import scala.collection.immutable.Map$;
import scala.collection.immutable.Seq$;
import scala.collection.immutable.Set$;

class ConnectActivityTest {

    private final List<String> cancelled = new ArrayList<>();
    private final Statements statements = new Statements(Clock.systemUTC());
    private final ConnectActivity activity =
            new ConnectActivity(statements, new ConnectOwners(), new ConnectActivity.Jobs() {
                @Override
                public void cancelTagged(String tag) {
                    cancelled.add(tag);
                }

                @Override
                public void cancel(int job) {
                    cancelled.add("job " + job);
                }
            });

    private void started(String tag) {
        activity.onOtherEvent(new SparkListenerConnectOperationStarted(
                tag,
                "id of " + tag,
                0,
                "s",
                "user:ana",
                "ana",
                "SELECT 1",
                Set$.MODULE$.empty(),
                Map$.MODULE$.empty()));
    }

    private void finished(String tag) {
        activity.onOtherEvent(new SparkListenerConnectOperationFinished(
                tag, "id of " + tag, 0, Option.empty(), Map$.MODULE$.empty()));
    }

    private void closed(String tag) {
        activity.onOtherEvent(new SparkListenerConnectOperationClosed(tag, "id of " + tag, 0, Map$.MODULE$.empty()));
    }

    private void jobStarts(int job, String tags) {
        var properties = new Properties();
        properties.setProperty("spark.job.tags", tags);
        activity.onJobStart(new SparkListenerJobStart(job, 0, Seq$.MODULE$.empty(), properties));
    }

    @Test
    void what_an_operation_starts_as_it_is_ended_ends_too_before_or_after() {
        started("a");
        started("b");
        jobStarts(1, "a");
        closed("a");
        assertThat(cancelled).containsExactly("a");

        jobStarts(2, "other,a");
        jobStarts(3, "b");
        activity.onJobStart(new SparkListenerJobStart(4, 0, Seq$.MODULE$.empty(), null));
        assertThat(cancelled).containsExactly("a", "job 2");
        assertThat(statements.active()).isEqualTo(1);
    }

    @Test
    void what_goes_on_after_an_operation_that_finished_is_left_alone() {
        started("stream");
        finished("stream");
        closed("stream");
        jobStarts(5, "stream");

        assertThat(cancelled).isEmpty();
        assertThat(statements.active()).isZero();
    }
}
