package io.fjord.cdc;

import io.fjord.capture.DatabaseLogin;
import io.fjord.platform.sql.DatabaseUrl;
import io.fjord.platform.sql.Dialect;
import io.fjord.platform.sql.Schemas;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;

/** The database the journals are in: what differs between its kinds. */
interface JournalDatabase {

    static JournalDatabase at(String url) {
        DatabaseUrl parsed = DatabaseUrl.parse(url);
        DatabaseLogin login = Logins.of(parsed);
        return parsed.dialect() == Dialect.POSTGRES
                ? new PostgresJournals(login)
                // Each service has a database of its own there.
                : new MariadbJournals(login.withoutDatabase());
    }

    DatabaseLogin login();

    Dialect dialect();

    /** A connection that commits each statement, with time-outs for everything that could hang. */
    default Connection connect() throws SQLException {
        return login().connect("fjord-relay", Duration.ofSeconds(5));
    }

    /** @throws Misconfigured if the server is set so that nothing can be streamed */
    void check(Connection connection) throws SQLException;

    /** Those of the services whose journal can be read and streamed now. */
    List<String> ready(Connection connection, Collection<String> services) throws SQLException;

    /**
     * Tries to become the one active relay; it stays so as long as the connection lives. The server ends a connection that
     * was silent for {@link Lease#LASTS}.
     */
    boolean tryLease(Connection connection) throws SQLException;

    /**
     * Called under the lease before each start of the stream: what a relay before us left must not stand in the way.
     *
     * @return a sentence if the stream had lost its place, so that the journal fills what it missed
     */
    Optional<String> prepareStream(Connection connection, boolean streamedBefore) throws SQLException;

    /** What Debezium must be told of this database, without what is the same for all. */
    Properties engine(Collection<String> services);

    /** The name of the stream's field that tells the service: the schema, or the database. */
    String serviceField();

    /** The first column of the first row, as text; empty for none. */
    static String text(Connection connection, String query) throws SQLException {
        return DatabaseLogin.texts(connection, query).stream().findFirst().orElse("");
    }

    /** Debezium's list of tables: regular expressions. */
    static String tables(Collection<String> services) {
        return services.stream()
                .map(service -> Schemas.of(service) + "\\.event")
                .collect(Collectors.joining(","));
    }
}
