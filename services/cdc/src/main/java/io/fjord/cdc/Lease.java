package io.fjord.cdc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/** The right to be the one relay of a database: a lock the server holds as long as our connection lives. */
final class Lease implements AutoCloseable {

    /** After so long without a word the server gives the lock to another; we stop publishing well before. */
    static final Duration LASTS = Duration.ofSeconds(30);

    private static final Duration TRUSTED = Duration.ofSeconds(20);

    private final Connection connection;
    private volatile long confirmed;

    private Lease(Connection connection) {
        this.connection = connection;
        this.confirmed = System.nanoTime();
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

    /** Asks the server; at least every few seconds, or the lease runs out. */
    void renew() throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.setQueryTimeout(5);
            statement.execute("select 1");
        }
        confirmed = System.nanoTime();
    }

    /** Whether nobody else can hold it by now: false after a long pause of this process, until it was renewed. */
    boolean isTrusted() {
        return System.nanoTime() - confirmed < TRUSTED.toNanos();
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
