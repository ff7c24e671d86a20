package io.fjord.cdc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The right to be the one relay of a database: a lock the server holds as long as our connection lives. */
final class Lease implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Lease.class);

    /** After so long without a word the server gives the lock to another; we stop publishing well before. */
    static final Duration LASTS = Duration.ofSeconds(30);

    private static final Duration TRUSTED = Duration.ofSeconds(20);

    private static final Duration EVERY = Duration.ofSeconds(2);

    private final Connection connection;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile long confirmed;
    private volatile boolean lost;

    private Lease(Connection connection) {
        this.connection = connection;
        this.confirmed = System.nanoTime();
        // Of its own: the relay may wait for a broker longer than the lease lasts.
        Thread renewing = new Thread(this::renewUntilClosed, "relay-lease");
        renewing.setDaemon(true);
        renewing.start();
    }

    /** Empty while another relay holds it. */
    static Optional<Lease> take(JournalDatabase database) throws SQLException {
        Connection connection = database.connect();
        try {
            if (database.tryLease(connection)) {
                return Optional.of(new Lease(connection));
            }
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
        connection.close();
        return Optional.empty();
    }

    private void renewUntilClosed() {
        try {
            while (!closed.await(EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
                renew();
            }
        } catch (SQLException e) {
            log.atWarn().setCause(e).log("The relay lost its lease");
            lost = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void renew() throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.setQueryTimeout(5);
            statement.execute("select 1");
        }
        confirmed = System.nanoTime();
    }

    /** The server has given it up, or is gone. */
    boolean isLost() {
        return lost;
    }

    /** Whether nobody else can hold it by now: false after a long pause of this process, until it was renewed. */
    boolean isTrusted() {
        return !lost && System.nanoTime() - confirmed < TRUSTED.toNanos();
    }

    @Override
    public void close() throws SQLException {
        closed.countDown();
        connection.close();
    }
}
