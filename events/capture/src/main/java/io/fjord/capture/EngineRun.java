package io.fjord.capture;

import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import java.io.IOException;
import java.util.Properties;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of a Debezium engine, on threads of its own. */
public final class EngineRun implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(EngineRun.class);

    private final DebeziumEngine<RecordChangeEvent<SourceRecord>> engine;
    private final Thread thread;
    private volatile boolean polling;
    private volatile boolean over;
    private volatile @Nullable String failure;
    private volatile @Nullable Throwable cause;

    private EngineRun(
            String thread,
            Properties properties,
            DebeziumEngine.ChangeConsumer<RecordChangeEvent<SourceRecord>> consumer) {
        this.engine = DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
                .using(properties)
                .using((DebeziumEngine.CompletionCallback) this::ended)
                .using(new DebeziumEngine.ConnectorCallback() {
                    @Override
                    public void pollingStarted() {
                        polling = true;
                    }
                })
                .notifying(consumer)
                .build();
        this.thread = new Thread(engine, thread);
        this.thread.setDaemon(true);
    }

    /** @param thread the name of the one that runs it */
    public static EngineRun start(
            String thread,
            Properties properties,
            DebeziumEngine.ChangeConsumer<RecordChangeEvent<SourceRecord>> consumer) {
        EngineRun run = new EngineRun(thread, properties, consumer);
        run.thread.start();
        return run;
    }

    private void ended(boolean success, @Nullable String message, @Nullable Throwable error) {
        Throwable root = error;
        while (root != null && root.getCause() != null) {
            root = root.getCause();
        }
        cause = error;
        failure = root == null ? message : root.toString();
        over = true;
    }

    /** Whether it hands on what it gets, or did before it ended. */
    public boolean isPolling() {
        return polling;
    }

    public boolean isOver() {
        return over;
    }

    /** Why it is over. */
    public String failure() {
        String text = failure;
        return text == null ? "it ended by itself" : text;
    }

    /** What was thrown, if it is over for that. */
    public @Nullable Throwable cause() {
        return cause;
    }

    /** Returns when it has ended, or was left alone after half a minute. */
    @Override
    public void close() {
        try {
            // Debezium cannot be stopped while it starts.
            for (int tries = 0; tries < 200 && !polling && !over; tries++) {
                thread.join(100);
            }
            if (!over) {
                engine.close();
            }
            thread.join(10_000);
        } catch (IllegalStateException | IOException e) {
            log.atWarn().setCause(e).log("The stream did not close well");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
