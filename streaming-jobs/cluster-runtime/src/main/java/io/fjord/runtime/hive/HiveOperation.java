package io.fjord.runtime.hive;

import io.fjord.runtime.RunningStatement;
import io.fjord.runtime.SqlFailure;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hive.service.rpc.thrift.TOperationHandle;
import org.apache.hive.service.rpc.thrift.TOperationState;
import org.apache.hive.service.rpc.thrift.TOperationType;
import org.apache.hive.service.rpc.thrift.TRowSet;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * One statement or metadata call of a HiveServer2 client, from its start until it is closed.
 *
 * <p>Running, then finished, failed, cancelled or timed out. Rows are made as they are fetched: a result is never held whole.
 */
final class HiveOperation {

    /** A result whose rows can be read from the start again. */
    record Result(StructType schema, Callable<? extends Rows> rows) {}

    /** Rows in the order of the result; what holds them is let go by closing. */
    interface Rows extends Iterator<Row>, AutoCloseable {
        @Override
        void close();

        static Rows of(Iterator<Row> iterator) {
            return new Rows() {
                @Override
                public boolean hasNext() {
                    return iterator.hasNext();
                }

                @Override
                public Row next() {
                    return iterator.next();
                }

                @Override
                public void close() {}
            };
        }
    }

    private final UUID id = UUID.randomUUID();
    private final HiveSession session;
    private final TOperationType type;
    private final RunningStatement statement;
    private final boolean hasRows;
    private final Callable<Result> work;
    private final CountDownLatch done = new CountDownLatch(1);
    private final long startedAt = System.currentTimeMillis();
    private volatile long endedAt;
    private volatile TOperationState state = TOperationState.RUNNING_STATE;
    private volatile @Nullable SqlFailure failure;
    private volatile boolean timedOut;
    // Guarded by "this" from here on.
    private @Nullable Result result;
    private @Nullable Rows rows;
    private long offset;
    private boolean closed;

    HiveOperation(
            HiveSession session,
            TOperationType type,
            RunningStatement statement,
            boolean hasRows,
            Callable<Result> work) {
        this.session = session;
        this.type = type;
        this.statement = statement;
        this.hasRows = hasRows;
        this.work = work;
    }

    UUID id() {
        return id;
    }

    HiveSession session() {
        return session;
    }

    RunningStatement statement() {
        return statement;
    }

    TOperationHandle handle() {
        return new TOperationHandle(HiveSessions.identifier(id), type, hasRows);
    }

    boolean hasRows() {
        return hasRows;
    }

    void startOn(ExecutorService threads) {
        threads.execute(this::run);
    }

    void run() {
        try {
            var made = statement.call(() -> {
                var found = work.call();
                Rows iterator = found.rows().call();
                // The first rows are made here: a client that polls for the end must not find the work in its first
                // fetch.
                try {
                    var unused = iterator.hasNext();
                } catch (RuntimeException e) {
                    iterator.close();
                    throw e;
                }
                return new Started(found, iterator);
            });
            synchronized (this) {
                result = made.result();
                rows = made.rows();
                if (closed) {
                    rows.close();
                }
            }
            ended(TOperationState.FINISHED_STATE, null);
            if (!hasRows) {
                statement.close();
            }
        } catch (CancellationException e) {
            if (timedOut) {
                ended(
                        TOperationState.TIMEDOUT_STATE,
                        new SqlFailure(SqlFailure.TIMED_OUT, String.valueOf(e.getMessage())));
            } else {
                ended(TOperationState.CANCELED_STATE, SqlFailure.of(e));
            }
        } catch (Throwable e) {
            // Also an Error: an operation that nobody ends would keep its client waiting for ever.
            ended(TOperationState.ERROR_STATE, SqlFailure.of(e));
        }
    }

    private record Started(Result result, Rows rows) {}

    private void ended(TOperationState how, @Nullable SqlFailure why) {
        failure = why;
        endedAt = System.currentTimeMillis();
        state = how;
        if (how != TOperationState.FINISHED_STATE) {
            statement.close();
        }
        done.countDown();
    }

    boolean isRunning() {
        return state == TOperationState.RUNNING_STATE;
    }

    TOperationState state() {
        return state;
    }

    @Nullable
    SqlFailure failure() {
        return failure;
    }

    long startedAt() {
        return startedAt;
    }

    long endedAt() {
        return endedAt;
    }

    void await(Duration longest) throws InterruptedException {
        var unused = done.await(longest.toMillis(), TimeUnit.MILLISECONDS);
    }

    void cancel(String because) {
        statement.cancel(because);
    }

    void timeOut(String because) {
        if (isRunning()) {
            timedOut = true;
            statement.cancel(because);
        }
    }

    synchronized StructType schema() throws Refused {
        return finished().schema();
    }

    /** The next rows, at most so many; none at the end. */
    synchronized TRowSet fetch(boolean fromStart, int most) throws Refused {
        var found = finished();
        try {
            return statement.call(() -> {
                if (fromStart && offset > 0) {
                    closeRows();
                    rows = found.rows().call();
                    offset = 0;
                }
                var from = rows == null ? Rows.of(Collections.emptyIterator()) : rows;
                var batch = HiveRows.take(found.schema(), from, offset, most);
                offset += batch.size();
                if (batch.size() == 0) {
                    // All was read: the statement counts as over although the client keeps its handle.
                    statement.close();
                }
                return batch.toThrift();
            });
        } catch (Exception e) {
            var why = SqlFailure.of(e);
            throw Refused.error(why.sqlState(), why.message());
        }
    }

    private Result finished() throws Refused {
        var why = failure;
        if (why != null) {
            throw Refused.error(why.sqlState(), why.message());
        }
        if (result == null) {
            throw Refused.error("HY010", "The statement still runs: ask for its rows when it has finished.");
        }
        return result;
    }

    private void closeRows() {
        if (rows != null) {
            rows.close();
        }
    }

    void close() {
        statement.cancel("The client closed it.");
        statement.close();
        synchronized (this) {
            closed = true;
            closeRows();
        }
    }
}
