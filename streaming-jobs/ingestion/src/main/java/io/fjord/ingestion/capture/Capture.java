package io.fjord.ingestion.capture;

import io.fjord.capture.EngineRun;
import io.fjord.contract.core.pipeline.DatabaseKind;
import io.fjord.contract.core.pipeline.DatabaseSource;
import io.fjord.contract.core.pipeline.ReplicationNames;
import io.fjord.ingestion.CannotGoOn;
import io.fjord.ingestion.Settings;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings every change of somebody's table to a topic, each transaction whole and in the order of commits; what cannot be had from the
 * database's log any more is noticed before anything is streamed, and everything is read anew, with the reason beside it.
 */
public final class Capture implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Capture.class);

    /**
     * What is captured, and for whom.
     *
     * @param pipeline its id
     * @param restart the start since which its stream holds
     * @param anew whether all is to be read whatever the topic has
     */
    public record Wanted(
            String pipeline, DatabaseSource source, String password, String topic, long restart, boolean anew) {
        @Override
        public String toString() {
            return "Wanted[" + pipeline + "]";
        }
    }

    /** When and why all of the table was read the last time. */
    public record Reread(String reason, Instant at) {}

    private final Wanted wanted;
    private final SourceDatabase database;
    private final SourceTable table;
    private final ChangeTopic topic;
    private final @Nullable Reread reread;
    private final long begin;
    private @Nullable EngineRun run;
    private @Nullable ChangeWriter writer;

    private Capture(
            Wanted wanted,
            SourceDatabase database,
            SourceTable table,
            ChangeTopic topic,
            @Nullable Reread reread,
            long begin) {
        this.wanted = wanted;
        this.database = database;
        this.table = table;
        this.topic = topic;
        this.reread = reread;
        this.begin = begin;
    }

    private static SourceDatabase database(Settings settings, Wanted wanted) throws CannotGoOn, IOException {
        SourceLogin login = SourceLogin.of(wanted.source(), wanted.password(), new Reach(settings.sourceNetworks()));
        return SourceDatabase.of(wanted.source(), login, ReplicationNames.of(wanted.pipeline()));
    }

    /** Looks whether the database can be captured, and where to go on; nothing is read yet. */
    public static Capture prepare(Settings settings, Wanted wanted)
            throws CannotGoOn, IOException, InterruptedException {
        SourceDatabase database = database(settings, wanted);
        try (Connection connection = database.connect()) {
            SourceTable table = database.check(connection);
            ChangeTopic topic = ChangeTopic.open(settings, wanted.topic(), "fjord-capture-" + wanted.pipeline());
            try {
                boolean unused = database.log().endOthers(connection);
                String reason = reason(database, connection, wanted, table, topic.last());
                if (reason != null) {
                    database.log().forget(connection);
                }
                database.prepareStream(connection);
                long begin = -1;
                if (reason != null) {
                    tell(wanted, reason);
                    begin = topic.addNow(Mark.begin(wanted.restart(), reason));
                }
                Mark last = topic.last();
                if (reason != null || last == null) {
                    long written = topic.addNow(Mark.columns(wanted.restart(), reason, table.columns()));
                } else if (!ChangeWriter.same(table.columns(), Objects.requireNonNull(last.columns()))) {
                    long written = topic.addNow(last.withColumns(table.columns()));
                }
                Reread reread = reason == null ? null : new Reread(reason, Instant.now());
                return new Capture(wanted, database, table, topic, reread, begin);
            } catch (CannotGoOn | SQLException | RuntimeException | InterruptedException e) {
                topic.close();
                throw e;
            }
        } catch (SQLException e) {
            throw new IOException("The database cannot be asked: " + e.getMessage(), e);
        }
    }

    /** Why everything has to be read; null if the stream goes on. */
    private static @Nullable String reason(
            SourceDatabase database, Connection connection, Wanted wanted, SourceTable table, @Nullable Mark last)
            throws SQLException {
        if (last == null) {
            return "first";
        }
        if (last.restart() < wanted.restart()) {
            return "restarted";
        }
        if (wanted.anew()) {
            return "table-new";
        }
        Map<String, Object> offset = last.offset();
        List<SourceColumn> columns = last.columns();
        if (offset == null || columns == null) {
            // That it was begun before and did not come to its end changes nothing.
            return Objects.requireNonNullElse(last.reason(), "reading-interrupted");
        }
        String gap = database.log().gap(connection, offset);
        if (gap != null) {
            return gap;
        }
        if (!ChangeWriter.same(columns, table.columns())) {
            return database.followsColumns()
                    ? ChangeWriter.whyNotFollowed(columns, table.columns())
                    : "columns-changed";
        }
        return null;
    }

    private static void tell(Wanted wanted, String reason) {
        if (reason.equals("first") || reason.equals("restarted")) {
            log.atInfo()
                    .addKeyValue("pipeline", wanted.pipeline())
                    .addKeyValue("reason", reason)
                    .log("All of a source table is read");
        } else {
            log.atWarn()
                    .addKeyValue("pipeline", wanted.pipeline())
                    .addKeyValue("reason", reason)
                    .log("The changes of a source table have a gap; all of it is read again");
        }
    }

    /** When and why all of the table is read, if it is. */
    public @Nullable Reread reread() {
        return reread;
    }

    /** Where on the topic what this run reads as a whole begins; below 0 if it goes on. */
    public long begin() {
        return begin;
    }

    public List<SourceColumn> columns() {
        return table.columns();
    }

    public List<String> key() {
        return table.key();
    }

    /** Begins to stream. */
    public void start() {
        boolean goesOn = begin < 0;
        ChangeWriter writing = new ChangeWriter(topic, wanted.restart(), goesOn, table, () -> {
            try (Connection connection = database.connect()) {
                return database.columns(connection);
            } catch (CannotGoOn | IOException e) {
                throw new SQLException(e);
            }
        });
        writer = writing;
        run = EngineRun.start("source-stream", engine(goesOn), writing);
    }

    private Properties engine(boolean goesOn) {
        Properties engine = database.engine(
                ReplicationNames.of(wanted.pipeline()),
                goesOn
                        ? Objects.requireNonNull(
                                Objects.requireNonNull(topic.last()).offset())
                        : null);
        // Many captures share one process.
        engine.setProperty("max.batch.size", "2048");
        engine.setProperty("max.queue.size", "8192");
        engine.setProperty("max.queue.size.in.bytes", String.valueOf(16 << 20));
        engine.setProperty("time.precision.mode", "adaptive_time_microseconds");
        engine.setProperty("binary.handling.mode", "base64");
        return engine;
    }

    /** @throws IOException if it has to begin again */
    public void check() throws IOException {
        ChangeWriter writing = writer;
        EngineRun running = run;
        if (writing == null || running == null) {
            return;
        }
        String needed = writing.needsSnapshot();
        Throwable failed = writing.failure();
        if (needed != null) {
            throw new IOException("The table is read again: " + needed);
        }
        if (failed != null) {
            throw new IOException("The changes could not be written to their topic: " + failed.getMessage(), failed);
        }
        if (running.isOver()) {
            String untrusted = SourceLogin.untrusted(wanted.source(), running.cause());
            throw new IOException(untrusted == null ? "The stream of changes ended: " + running.failure() : untrusted);
        }
    }

    @Override
    public void close() {
        EngineRun running = run;
        if (running != null) {
            running.close();
        }
        topic.close();
    }

    /** Takes away what a pipeline has in its database, and its topic. */
    public static void release(Settings settings, Wanted wanted) throws CannotGoOn, IOException, InterruptedException {
        SourceDatabase database = database(settings, wanted);
        try (Connection connection = database.connect()) {
            database.release(connection);
        } catch (SQLException e) {
            throw new IOException("The database cannot be asked: " + e.getMessage(), e);
        }
        ChangeTopic.delete(settings, wanted.topic());
    }

    /** How to do that by hand; empty if there is nothing to do. */
    public static String releaseByHand(DatabaseSource source, String pipeline) {
        return source.kind() == DatabaseKind.POSTGRESQL
                ? PostgresSource.releaseByHand(ReplicationNames.of(pipeline))
                : "";
    }
}
