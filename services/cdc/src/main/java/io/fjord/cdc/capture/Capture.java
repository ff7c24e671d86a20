package io.fjord.cdc.capture;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the rows that another program adds to its tables to a topic, each at least once and hardly ever twice: streamed as
 * they are committed, and read from the tables whenever the stream begins.
 */
final class Capture implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(Capture.class);

    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration ABSENT = Duration.ofSeconds(2);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(15);

    /** A row may be committed so long after the time it bears. */
    private static final Duration LATE = Duration.ofMinutes(5);

    private final CaptureConfig config;
    private final CapturedDatabase database;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private @Nullable String told;

    Capture(CaptureConfig config) {
        this.config = config;
        this.database = new CapturedDatabase(config);
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
            database.prepareStream(connection);
            try (CaptureTopic topic = CaptureTopic.open(config);
                    EngineRun stream = RowStream.start(config, database, topic::add)) {
                while (!stream.isPolling() && !stream.isOver() && !stopped()) {
                    pause(Duration.ofMillis(100));
                }
                fill(connection, topic);
                told = null;
                log.atInfo().addKeyValue("capture", config.name()).log("Capturing");
                while (!stopped() && !stream.isOver() && !topic.isBroken()) {
                    pause(LOOK);
                    holdLock(connection);
                }
                if (stream.isOver()) {
                    tell("The stream of " + config.name() + " is started again: " + stream.failure());
                }
            }
        }
        return true;
    }

    /** What was added while nothing streamed. */
    private void fill(Connection connection, CaptureTopic topic) throws SQLException {
        long since = Math.max(0, topic.latest() - LATE.toMillis());
        for (CapturedTable table : config.tables()) {
            database.read(connection, table, since, topic::add);
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
