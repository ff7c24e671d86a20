package io.fjord.cdc.capture;

import io.fjord.codec.CapturedChanges;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings every change of another program's tables to a topic, in the order of its transactions; what cannot be had from the
 * database's log any more is noticed before anything is streamed, and everything is read anew, with the reason beside it.
 */
final class ChangeCapture implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(ChangeCapture.class);

    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration ABSENT = Duration.ofSeconds(2);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(15);

    /** A stream that ends so often before it has begun will not begin by itself. */
    private static final int GIVES_UP_AFTER = 4;

    private final ChangeCaptureConfig config;
    private final ChangedDatabase database;
    private final ChangeMetrics metrics;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private @Nullable String told;
    private @Nullable String wanted;
    private int endedEarly;

    ChangeCapture(ChangeCaptureConfig config, ChangeMetrics metrics) {
        this.config = config;
        this.database = new ChangedDatabase(config);
        this.metrics = metrics;
    }

    /** Ends it; returns when it has ended or half a minute has passed. */
    void stop() throws InterruptedException {
        stop.countDown();
        if (!ended.await(30, TimeUnit.SECONDS)) {
            log.atWarn().addKeyValue("capture", config.name()).log("The capture did not stop in time");
        }
    }

    @Override
    public void run() {
        try {
            Duration wait = LOOK;
            while (!stopped()) {
                try {
                    wait = runOnce() ? LOOK : ABSENT;
                } catch (SQLException | ExecutionException | RuntimeException e) {
                    tell("The capture waits: " + (e instanceof ExecutionException ? e.getCause() : e));
                    wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait.multipliedBy(2);
                } finally {
                    metrics.capturing(false);
                }
                pause(wait);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            ended.countDown();
        }
    }

    /** @return false when there is nothing to capture yet, or another does */
    private boolean runOnce() throws SQLException, ExecutionException, InterruptedException {
        try (Connection connection = database.connect()) {
            if (!database.isReady(connection) || !database.tryLock(connection)) {
                return false;
            }
            Map<String, Set<String>> columns = database.columns(connection);
            try (ChangeTopic topic = ChangeTopic.open(config)) {
                database.endOthers(connection);
                capture(connection, topic, columns);
            } catch (KafkaException e) {
                tell("The capture waits for its topic: " + e);
            }
        }
        return true;
    }

    private void capture(Connection connection, ChangeTopic topic, Map<String, Set<String>> columns)
            throws SQLException, InterruptedException {
        CapturedChanges last = topic.last();
        String gap = database.gap(connection, last, ChangedDatabase.fingerprint(columns));
        String reason = gap == null ? wanted : gap;
        if (reason != null) {
            tellSnapshot(reason);
            database.forgetStream(connection);
        }
        ChangeWriter writer = new ChangeWriter(
                topic,
                columns,
                config.heartbeat(),
                reason,
                reason == null
                        ? Objects.requireNonNull(last).stream()
                        : UUID.randomUUID().toString(),
                metrics);
        var offset = reason == null ? Objects.requireNonNull(last).offset() : null;
        try (EngineRun stream = EngineRun.start(database.engine(offset), writer)) {
            while (!stream.isPolling() && !stream.isOver() && !stopped()) {
                pause(Duration.ofMillis(100));
            }
            if (stream.isPolling()) {
                told = null;
                wanted = null;
                endedEarly = 0;
                metrics.capturing(true);
                log.atInfo().addKeyValue("capture", config.name()).log("Capturing changes");
            }
            while (!stopped() && !stream.isOver() && writer.needsSnapshot() == null && writer.failure() == null) {
                pause(LOOK);
                holdLock(connection);
            }
            after(stream, writer);
        }
    }

    private void after(EngineRun stream, ChangeWriter writer) {
        String needed = writer.needsSnapshot();
        Throwable failure = writer.failure();
        if (needed != null) {
            wanted = needed;
        } else if (failure != null) {
            tell("The changes of " + config.name() + " could not be written: " + failure);
        } else if (stream.isOver()) {
            tell("The stream of " + config.name() + " is started again: " + stream.failure());
            if (!stream.isPolling() && ++endedEarly >= GIVES_UP_AFTER) {
                wanted = "stream-broken";
                endedEarly = 0;
            }
        }
    }

    private void tellSnapshot(String reason) {
        if (reason.equals("first")) {
            log.atInfo().addKeyValue("capture", config.name()).log("Everything is read for the first time");
        } else {
            log.atWarn()
                    .addKeyValue("capture", config.name())
                    .addKeyValue("reason", reason)
                    .log("The stream of changes has a gap; everything is read anew and compared");
        }
    }

    private static void holdLock(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.setQueryTimeout(5);
            statement.execute("select 1");
        }
    }

    private void tell(String what) {
        if (!what.equals(told)) {
            log.atWarn().addKeyValue("capture", config.name()).log(what);
        }
        told = what;
    }

    private boolean stopped() {
        return stop.getCount() == 0;
    }

    private void pause(Duration time) throws InterruptedException {
        if (stop.await(time.toMillis(), TimeUnit.MILLISECONDS)) {
            log.atDebug().log("Stopping");
        }
    }
}
