package io.fjord.cdc;

import io.debezium.connector.postgresql.PostgresConnector;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.PostgresConnectorTask;
import io.debezium.connector.postgresql.connection.Lsn;
import io.debezium.connector.postgresql.connection.ReplicationConnection;
import io.debezium.connector.postgresql.connection.ReplicationStream;
import io.debezium.connector.postgresql.connection.WalPositionLocator;
import io.debezium.connector.postgresql.spi.SlotCreationResult;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.apache.kafka.connect.connector.Task;

/**
 * Debezium's connector for PostgreSQL, which looks into the socket every few milliseconds while nothing comes, but
 * wakes its queue's reader seldom.
 *
 * <p>Debezium has one {@code poll.interval.ms} for both, and the reader ends each of its waits with up to a
 * millisecond of spinning: at 5 ms that is an eighth of a processor for a database in which nothing happens.
 */
public final class JournalConnector extends PostgresConnector {

    /** How long it sleeps when there was nothing to read. */
    static final Duration REST = Duration.ofMillis(5);

    @Override
    public Class<? extends Task> taskClass() {
        return JournalTask.class;
    }

    /** Public because Debezium makes it. */
    public static final class JournalTask extends PostgresConnectorTask {
        @Override
        public ReplicationConnection createReplicationConnection(
                PostgresConnectorConfig config, int retries, Duration delay) {
            return new RestingConnection(super.createReplicationConnection(config, retries, delay));
        }
    }

    private record RestingConnection(ReplicationConnection connection) implements ReplicationConnection {
        @Override
        public ReplicationStream startStreaming(WalPositionLocator position) throws SQLException, InterruptedException {
            return new RestingStream(connection.startStreaming(position));
        }

        @Override
        public ReplicationStream startStreaming(Lsn offset, WalPositionLocator position)
                throws SQLException, InterruptedException {
            return new RestingStream(connection.startStreaming(offset, position));
        }

        @Override
        public Optional<SlotCreationResult> createReplicationSlot() throws SQLException {
            return connection.createReplicationSlot();
        }

        @Override
        public void initConnection() throws SQLException, InterruptedException {
            connection.initConnection();
        }

        @Override
        public boolean isConnected() throws SQLException {
            return connection.isConnected();
        }

        @Override
        public void reconnect() throws SQLException {
            connection.reconnect();
        }

        @Override
        public void close() throws Exception {
            connection.close();
        }
    }

    private static final class RestingStream implements ReplicationStream {

        /** After five reads in vain Debezium would sleep for its own poll interval. */
        private static final int IN_VAIN = 4;

        private final ReplicationStream stream;
        private int inVain;

        RestingStream(ReplicationStream stream) {
            this.stream = stream;
        }

        @Override
        public boolean readPending(ReplicationMessageProcessor processor) throws SQLException, InterruptedException {
            if (stream.readPending(processor)) {
                inVain = 0;
                return true;
            }
            Thread.sleep(REST.toMillis());
            inVain = (inVain + 1) % IN_VAIN;
            return inVain == 0;
        }

        @Override
        public void read(ReplicationMessageProcessor processor) throws SQLException, InterruptedException {
            stream.read(processor);
        }

        @Override
        public void flushLsn(Lsn lsn) throws SQLException {
            stream.flushLsn(lsn);
        }

        @Override
        public Lsn lastReceivedLsn() {
            return stream.lastReceivedLsn();
        }

        @Override
        public Lsn startLsn() {
            return stream.startLsn();
        }

        @Override
        public void startKeepAlive(ExecutorService threads) {
            stream.startKeepAlive(threads);
        }

        @Override
        public void stopKeepAlive() {
            stream.stopKeepAlive();
        }

        @Override
        public void close() throws Exception {
            stream.close();
        }
    }
}
