package io.fjord.cdc;

import io.fjord.platform.sql.DatabaseUrl;
import io.fjord.platform.sql.Dialect;
import io.fjord.platform.sql.Schemas;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;

/** The database the journals are in: what differs between its kinds. */
interface JournalDatabase {

    static JournalDatabase at(String url) {
        DatabaseUrl parsed = DatabaseUrl.parse(url);
        return parsed.dialect() == Dialect.POSTGRES ? new PostgresJournals(parsed) : new MariadbJournals(parsed);
    }

    DatabaseUrl url();

    /** A connection that commits each statement, with time-outs for everything that could hang. */
    Connection connect() throws SQLException;

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

    static Connection open(String jdbc, DatabaseUrl url, Properties more) throws SQLException {
        Properties login = new Properties();
        login.putAll(more);
        login.setProperty("user", url.user());
        login.setProperty("password", url.password());
        Connection connection = DriverManager.getConnection(jdbc, login);
        connection.setAutoCommit(true);
        return connection;
    }

    static String text(Connection connection, String query) throws SQLException {
        try (var statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }

    static List<String> texts(Connection connection, String query) throws SQLException {
        try (var statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            List<String> all = new ArrayList<>();
            while (row.next()) {
                all.add(row.getString(1));
            }
            return all;
        }
    }

    /** Debezium's list of tables: regular expressions. */
    static String tables(Collection<String> services) {
        return services.stream()
                .map(service -> Schemas.of(service) + "\\.event")
                .collect(Collectors.joining(","));
    }
}
