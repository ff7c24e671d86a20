package io.fjord.platform.sql;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pool, and the next one when its server has fallen silent: a connection whose other end is frozen or cut off cannot be
 * closed in good order, and would keep its place in the pool for as long as the network takes to give up.
 */
final class Connections {

    private static final Logger log = LoggerFactory.getLogger(Connections.class);

    private final Supplier<Pool> open;
    private final Duration silence;
    private Pool pool;
    private boolean closed;

    Connections(Supplier<Pool> open, Duration silence) {
        this.open = open;
        this.silence = silence;
        this.pool = open.get();
    }

    Future<Lent> take() {
        Pool from = current();
        return from.getConnection().map(connection -> new Lent(from, connection));
    }

    private synchronized Pool current() {
        return pool;
    }

    /** A connection on loan. */
    final class Lent {

        private final Pool from;
        private final SqlConnection connection;
        private volatile boolean silent;

        Lent(Pool from, SqlConnection connection) {
            this.from = from;
            this.connection = connection;
        }

        /** Fails with a {@link TimeoutException} if there is no answer; then nothing more is asked on it. */
        <T> Future<T> ask(Function<SqlConnection, Future<T>> question) {
            if (silent) {
                return Future.failedFuture(new TimeoutException("The database does not answer"));
            }
            return question.apply(connection)
                    .timeout(silence.toMillis(), TimeUnit.MILLISECONDS)
                    .onFailure(failure -> {
                        if (failure instanceof TimeoutException) {
                            silent = true;
                            renew(from);
                        }
                    });
        }

        Future<Void> release() {
            return silent ? Future.succeededFuture() : connection.close();
        }
    }

    private void renew(Pool silentOne) {
        synchronized (this) {
            if (pool != silentOne || closed) {
                return;
            }
            pool = open.get();
        }
        log.atWarn().log("The database does not answer: its connections are given up, new ones are made");
        silentOne
                .close()
                .onFailure(
                        failure -> log.atDebug().setCause(failure).log("The connections given up could not be closed"));
    }

    Future<Void> close() {
        synchronized (this) {
            closed = true;
            return pool.close();
        }
    }
}
