package io.fjord.cdc.capture;

import io.fjord.capture.EngineRun;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;

/**
 * Brings the rows that another program adds to its tables to a topic, each at least once and hardly ever twice: streamed as
 * they are committed, and read from the tables whenever the stream begins.
 */
final class Capture implements CaptureLoop.Once {

    /** A row may be committed so long after the time it bears. */
    private static final Duration LATE = Duration.ofMinutes(5);

    private final CaptureConfig config;
    private final CapturedDatabase database;

    Capture(CaptureConfig config) {
        this.config = config;
        this.database = new CapturedDatabase(config);
    }

    @Override
    public boolean run(CaptureLoop loop) throws SQLException, ExecutionException, InterruptedException {
        try (Connection connection = database.connect()) {
            if (!database.isReady(connection) || !database.tryLock(connection)) {
                return false;
            }
            database.prepareStream(connection);
            try (CaptureTopic topic = CaptureTopic.open(config);
                    EngineRun stream = RowStream.start(config, database, topic::add)) {
                loop.awaitPolling(stream);
                fill(connection, topic);
                loop.well("Capturing");
                while (!loop.stopped() && !stream.isOver() && !topic.isBroken()) {
                    loop.pause(CaptureLoop.LOOK);
                    SourceDatabase.holdLock(connection);
                }
                if (stream.isOver()) {
                    loop.tell("The stream of " + config.name() + " is started again: " + stream.failure());
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
}
