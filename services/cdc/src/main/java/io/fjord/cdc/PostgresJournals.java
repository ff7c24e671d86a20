package io.fjord.cdc;

import io.fjord.capture.DatabaseLog;
import io.fjord.capture.DatabaseLogin;
import io.fjord.platform.sql.Dialect;
import io.fjord.platform.sql.Schemas;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/** Journals on PostgreSQL: a schema per service, one publication of inserts, one replication slot. */
record PostgresJournals(DatabaseLogin login) implements JournalDatabase {

    static final String SLOT = "fjord_relay";
    static final String PUBLICATION = "fjord_journal";

    /** Any number, as long as nobody else locks it in this database. */
    private static final long LEASE = 0x666a6f72645fL;

    /** More than this behind, the slot is moved on: the journal is read instead, which skips what was relayed already. */
    private static final long FAR_BEHIND = 64L << 20;

    @Override
    public Dialect dialect() {
        return Dialect.POSTGRES;
    }

    @Override
    public void check(Connection connection) throws SQLException {
        String level = JournalDatabase.text(connection, "show wal_level");
        if (!level.equals("logical")) {
            throw new Misconfigured("PostgreSQL writes wal_level=" + level + ", which nobody can stream rows from."
                    + " Set wal_level=logical and restart it.");
        }
    }

    @Override
    public List<String> ready(Connection connection, Collection<String> services) throws SQLException {
        Set<String> published = new HashSet<>(DatabaseLogin.texts(
                connection,
                "select schemaname from pg_publication_tables where pubname = '" + PUBLICATION
                        + "' and tablename = 'event'"));
        return services.stream()
                .filter(service -> published.contains(Schemas.of(service)))
                .toList();
    }

    @Override
    public boolean tryLease(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("set idle_session_timeout = " + Lease.LASTS.toMillis());
        }
        return JournalDatabase.text(connection, "select pg_try_advisory_lock(" + LEASE + ")")
                .equals("t");
    }

    @Override
    public Optional<String> prepareStream(Connection connection, boolean streamedBefore) throws SQLException {
        // We hold the lease: whoever still reads the slot is a relay that lost it.
        DatabaseLog log = DatabaseLog.of(login.kind(), SLOT);
        boolean stale = log.endOthers(connection);
        String state = JournalDatabase.text(
                connection,
                "select coalesce(wal_status, '') from pg_replication_slots where slot_name = '" + SLOT + "'");
        if (state.equals("lost") || state.equals("unreserved")) {
            log.forget(connection);
            return Optional.of("The replication slot " + SLOT
                    + " fell too far behind and PostgreSQL let go of its log (" + state + "). A new one is made.");
        }
        if (state.isEmpty() && streamedBefore) {
            return Optional.of("The replication slot " + SLOT + " is gone. A new one is made.");
        }
        if (!state.isEmpty() && !stale) {
            DatabaseLogin.texts(
                    connection,
                    "select pg_replication_slot_advance(slot_name, pg_current_wal_lsn())::text from pg_replication_slots"
                            + " where slot_name = '" + SLOT + "' and pg_current_wal_lsn() - confirmed_flush_lsn > "
                            + FAR_BEHIND);
        }
        return Optional.empty();
    }

    @Override
    public Properties engine(Collection<String> services) {
        Properties engine = login.rows("fjord-relay", SLOT, JournalDatabase.tables(services));
        engine.setProperty("publication.name", PUBLICATION);
        // Looks into the socket often, wakes the queue's reader seldom.
        engine.setProperty("connector.class", JournalConnector.class.getName());
        engine.setProperty("poll.interval.ms", "200");
        return engine;
    }

    @Override
    public String serviceField() {
        return "schema";
    }
}
