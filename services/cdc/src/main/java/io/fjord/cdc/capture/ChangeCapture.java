package io.fjord.cdc.capture;

import io.fjord.capture.EngineRun;
import io.fjord.codec.CapturedChanges;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings every change of another program's tables to a topic, in the order of its transactions; what cannot be had from the
 * database's log any more is noticed before anything is streamed, and everything is read anew, with the reason beside it.
 */
final class ChangeCapture implements CaptureLoop.Once {

    private static final Logger log = LoggerFactory.getLogger(ChangeCapture.class);

    /** A stream that ends so often before it has begun will not begin by itself. */
    private static final int GIVES_UP_AFTER = 4;

    private final ChangeCaptureConfig config;
    private final ChangedDatabase database;
    private final ChangeMetrics metrics;
    private @Nullable String wanted;
    private int endedEarly;

    ChangeCapture(ChangeCaptureConfig config, ChangeMetrics metrics) {
        this.config = config;
        this.database = new ChangedDatabase(config);
        this.metrics = metrics;
    }

    @Override
    public boolean run(CaptureLoop loop) throws SQLException, ExecutionException, InterruptedException {
        try (Connection connection = database.connect()) {
            if (!database.isReady(connection) || !database.tryLock(connection)) {
                return false;
            }
            Map<String, Set<String>> columns = database.columns(connection);
            try (ChangeTopic topic = ChangeTopic.open(config)) {
                database.endOthers(connection);
                capture(loop, connection, topic, columns);
            } catch (KafkaException e) {
                loop.tell("The capture waits for its topic: " + e);
            }
        } finally {
            metrics.capturing(false);
        }
        return true;
    }

    private void capture(CaptureLoop loop, Connection connection, ChangeTopic topic, Map<String, Set<String>> columns)
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
        try (EngineRun stream = EngineRun.start("capture-stream", database.engine(offset), writer)) {
            loop.awaitPolling(stream);
            if (stream.isPolling()) {
                wanted = null;
                endedEarly = 0;
                metrics.capturing(true);
                loop.well("Capturing changes");
            }
            while (!loop.stopped() && !stream.isOver() && writer.needsSnapshot() == null && writer.failure() == null) {
                loop.pause(CaptureLoop.LOOK);
                SourceDatabase.holdLock(connection);
            }
            after(loop, stream, writer);
        }
    }

    private void after(CaptureLoop loop, EngineRun stream, ChangeWriter writer) {
        String needed = writer.needsSnapshot();
        Throwable failure = writer.failure();
        if (needed != null) {
            wanted = needed;
        } else if (failure != null) {
            loop.tell("The changes of " + config.name() + " could not be written: " + failure);
        } else if (stream.isOver()) {
            loop.tell("The stream of " + config.name() + " is started again: " + stream.failure());
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
}
