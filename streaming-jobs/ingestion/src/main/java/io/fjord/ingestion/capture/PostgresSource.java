package io.fjord.ingestion.capture;

import io.fjord.capture.DatabaseLog;
import io.fjord.capture.DatabaseLogin;
import io.fjord.contract.core.pipeline.DatabaseSource;
import io.fjord.ingestion.CannotGoOn;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** A PostgreSQL, captured by logical replication through a slot and a publication of the pipeline's own. */
final class PostgresSource implements SourceDatabase {

    private static final String NOT_ALLOWED = "42501";

    private final DatabaseSource source;
    private final SourceLogin login;
    private final String name;

    PostgresSource(DatabaseSource source, SourceLogin login, String name) {
        this.source = source;
        this.login = login;
        this.name = name;
    }

    @Override
    public Connection connect() throws CannotGoOn, IOException {
        return login.connect();
    }

    private String quoted() {
        return '"' + source.schema() + "\".\"" + source.table() + '"';
    }

    @Override
    public SourceTable check(Connection connection) throws CannotGoOn, SQLException {
        List<String> faults = new ArrayList<>();
        if (!texts(connection, "show wal_level").contains("logical")) {
            faults.add("set wal_level = logical in its configuration and restart it");
        }
        boolean replicates = texts(
                        connection,
                        "select (rolsuper or rolreplication or exists (select 1 from pg_roles g where g.rolname ="
                                + " 'rds_replication' and pg_has_role(current_user, g.oid, 'member')))::text from pg_roles"
                                + " where rolname = current_user")
                .contains("true");
        if (!replicates) {
            faults.add("let the user replicate: ALTER ROLE \"" + source.user() + "\" REPLICATION");
        }
        boolean hasSlot = !texts(connection, "select 1 from pg_replication_slots where slot_name = ?", name)
                .isEmpty();
        boolean full = texts(
                        connection,
                        "select (count(*) >= current_setting('max_replication_slots')::int)::text from"
                                + " pg_replication_slots")
                .contains("true");
        if (!hasSlot && full) {
            faults.add("free a replication slot, or raise max_replication_slots: all are taken");
        }
        List<String> key = table(connection, faults);
        if (!faults.isEmpty()) {
            throw new CannotGoOn("The database cannot be captured yet. To be done there: " + String.join("; ", faults)
                    + ". Then start the pipeline.");
        }
        return new SourceTable(columns(connection), key);
    }

    private List<String> table(Connection connection, List<String> faults) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "select c.relkind, c.relpersistence, c.relreplident, has_table_privilege(c.oid, 'select') from pg_class c"
                        + " join pg_namespace n on n.oid = c.relnamespace where n.nspname = ? and c.relname = ?")) {
            statement.setString(1, source.schema());
            statement.setString(2, source.table());
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    faults.add("there is no table " + quoted() + " in '" + source.database() + "'");
                    return List.of();
                }
                if (!row.getString(1).equals("r") || !row.getString(2).equals("p")) {
                    faults.add(quoted() + " is no plain, logged table: views, partitioned, foreign and unlogged tables"
                            + " cannot be captured");
                }
                if (row.getString(3).equals("n") || row.getString(3).equals("i")) {
                    faults.add("ALTER TABLE " + quoted() + " REPLICA IDENTITY DEFAULT");
                }
                if (!row.getBoolean(4)) {
                    faults.add("GRANT SELECT ON " + quoted() + " TO \"" + source.user() + "\"");
                }
            }
        }
        List<String> key = texts(
                connection,
                "select a.attname from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid ="
                        + " c.relnamespace cross join lateral unnest(i.indkey) with ordinality as k(attnum, nth) join"
                        + " pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum where n.nspname = ? and"
                        + " c.relname = ? and i.indisprimary order by k.nth",
                source.schema(),
                source.table());
        if (key.isEmpty()) {
            faults.add("give " + quoted() + " a primary key: rows are known by it");
        }
        return key;
    }

    @Override
    public List<SourceColumn> columns(Connection connection) throws SQLException {
        List<SourceColumn> columns = new ArrayList<>();
        // Of generated columns the log has nothing.
        try (PreparedStatement statement = connection.prepareStatement(
                "select column_name, data_type, coalesce(numeric_precision, 0), coalesce(numeric_scale, 0), column_default is"
                        + " not null or is_identity = 'YES', character_maximum_length, udt_name from"
                        + " information_schema.columns where table_schema = ? and table_name = ? and is_generated ="
                        + " 'NEVER' order by ordinal_position")) {
            statement.setString(1, source.schema());
            statement.setString(2, source.table());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    boolean oneBit = rows.getString(2).equals("bit") && rows.getInt(6) == 1;
                    String type = oneBit
                            ? "boolean"
                            : ColumnTypes.postgres(rows.getString(2), rows.getInt(3), rows.getInt(4));
                    columns.add(new SourceColumn(rows.getString(1), type, rows.getBoolean(5)));
                }
            }
        }
        return columns;
    }

    @Override
    public DatabaseLog log() {
        return DatabaseLog.of(source.kind(), name);
    }

    @Override
    public boolean followsColumns() {
        return true;
    }

    @Override
    public void prepareStream(Connection connection) throws CannotGoOn, SQLException {
        boolean published = !texts(
                        connection,
                        "select 1 from pg_publication_tables where pubname = ? and schemaname = ? and tablename = ?",
                        name,
                        source.schema(),
                        source.table())
                .isEmpty();
        if (published) {
            return;
        }
        boolean there = !texts(connection, "select 1 from pg_publication where pubname = ?", name)
                .isEmpty();
        String make = there
                ? "ALTER PUBLICATION " + name + " ADD TABLE " + quoted()
                : "CREATE PUBLICATION " + name + " FOR TABLE " + quoted();
        try (Statement statement = connection.createStatement()) {
            statement.execute(make);
        } catch (SQLException e) {
            if (NOT_ALLOWED.equals(e.getSQLState())) {
                throw new CannotGoOn("The user '" + source.user() + "' may not publish the table. Have its owner run: "
                        + make + "; then start the pipeline.");
            }
            throw e;
        }
    }

    @Override
    public void release(Connection connection) throws SQLException {
        boolean unused = log().endOthers(connection);
        log().forget(connection);
        try (Statement statement = connection.createStatement()) {
            statement.execute("DROP PUBLICATION IF EXISTS " + name);
        }
    }

    /** How somebody does that who may. */
    static String releaseByHand(String name) {
        return "SELECT pg_drop_replication_slot('" + name + "'); DROP PUBLICATION IF EXISTS " + name;
    }

    @Override
    public Properties engine(String engineName, @Nullable Map<String, Object> offset) {
        Properties engine = login.engine(engineName, offset);
        // So many rows are held at once while all are read; the default of 10,240 is a gigabyte where rows have 100 kB.
        engine.setProperty("snapshot.fetch.size", "256");
        engine.setProperty("interval.handling.mode", "string");
        engine.setProperty("hstore.handling.mode", "json");
        engine.setProperty("include.unknown.datatypes", "true");
        // Large values that did not change are not in the log: they are asked for.
        engine.setProperty("post.processors", "reselect");
        engine.setProperty("reselect.type", "io.debezium.processors.reselect.ReselectColumnsPostProcessor");
        engine.setProperty("reselect.reselect.null.values", "false");
        return engine;
    }

    private static List<String> texts(Connection connection, String query, String... parameters) throws SQLException {
        return DatabaseLogin.texts(connection, query, parameters);
    }
}
