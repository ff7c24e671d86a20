package io.fjord.cdc.capture;

import io.fjord.capture.DatabaseLog;
import io.fjord.capture.DatabaseLogin;
import io.fjord.cdc.Logins;
import io.fjord.platform.sql.DatabaseUrl;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** The database of another program as the capture role reaches it. */
final class SourceDatabase {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final DatabaseLogin login;
    private final String slot;
    private final DatabaseLog log;

    /** @param slot of the slot and of the publication; on MySQL and MariaDB, of a lock alone */
    SourceDatabase(String url, String slot) {
        this.login = Logins.of(DatabaseUrl.parse(url));
        this.slot = slot;
        this.log = DatabaseLog.of(login.kind(), slot);
    }

    DatabaseLogin login() {
        return login;
    }

    DatabaseLog log() {
        return log;
    }

    boolean isPostgres() {
        return login.isPostgres();
    }

    Connection connect() throws SQLException {
        return login.connect("fjord-capture", PATIENCE);
    }

    String schema() {
        return isPostgres() ? "public" : login.database();
    }

    /** Debezium's list of tables: regular expressions. */
    String pattern(Collection<String> tables) {
        return tables.stream().map(table -> schema() + "\\." + table).collect(Collectors.joining(","));
    }

    /** The tables that are there and ours to read, as the database writes them. */
    List<String> tables(Connection connection) throws SQLException {
        return isPostgres()
                ? DatabaseLogin.texts(connection, "select tablename from pg_publication_tables where pubname = ?", slot)
                : DatabaseLogin.texts(
                        connection,
                        "select table_name from information_schema.tables where table_schema = ?",
                        login.database());
    }

    /** Becomes the one that captures, as long as the connection lives. */
    boolean tryLock(Connection connection) throws SQLException {
        return DatabaseLogin.texts(
                        connection,
                        isPostgres()
                                ? "select pg_try_advisory_lock(" + slot.hashCode() + ")::int::text"
                                : "select get_lock('" + slot + "', 0)")
                .contains("1");
    }

    /** Fails when the connection, and the lock with it, is gone. */
    static void holdLock(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.setQueryTimeout(5);
            statement.execute("select 1");
        }
    }
}
