package io.fjord.cdc;

import io.fjord.embedded.DatabaseServer;
import io.fjord.testing.TestServers;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;

/** The journals' tables answer as the journal of the simulated schedules does. */
class JournalTablesIT {

    private static final AtomicInteger TESTS = new AtomicInteger();

    abstract static class OnAServer extends JournalSourceContract {

        private final DatabaseServer server;
        private final JournalWriter writer;
        private final JournalTables tables;

        OnAServer(DatabaseServer server) {
            this.server = server;
            this.writer = new JournalWriter(server.address(), "tables" + TESTS.incrementAndGet());
            this.tables =
                    new JournalTables(JournalDatabase.at(server.cdcAddress().url()));
        }

        @Override
        JournalSource emptyJournal() throws SQLException {
            writer.createTables();
            return tables;
        }

        @Override
        String service() {
            return writer.service;
        }

        @Override
        void append(int events) throws SQLException {
            writer.append(events);
        }

        @Override
        void raiseEpoch() throws SQLException {
            writer.execute("update " + writer.service + ".counter set epoch = epoch + 1");
        }

        @AfterEach
        void close() {
            tables.close();
        }
    }

    @Nested
    class OnPostgres extends OnAServer {
        OnPostgres() {
            super(TestServers.postgres());
        }
    }

    @Nested
    class OnMariadb extends OnAServer {
        OnMariadb() {
            super(TestServers.mariadb());
        }
    }
}
