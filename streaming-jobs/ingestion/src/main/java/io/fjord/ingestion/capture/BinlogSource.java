package io.fjord.ingestion.capture;

import io.fjord.capture.DatabaseLog;
import io.fjord.capture.DatabaseLogin;
import io.fjord.contract.core.pipeline.DatabaseKind;
import io.fjord.contract.core.pipeline.DatabaseSource;
import io.fjord.ingestion.CannotGoOn;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** A MySQL or MariaDB, captured from its binary log; nothing of ours stays there. */
final class BinlogSource implements SourceDatabase {

    private final DatabaseSource source;
    private final SourceLogin login;
    private final boolean mariadb;

    BinlogSource(DatabaseSource source, SourceLogin login) {
        this.source = source;
        this.login = login;
        this.mariadb = source.kind() == DatabaseKind.MARIADB;
    }

    @Override
    public Connection connect() throws CannotGoOn, IOException {
        return login.connect();
    }

    private String quoted() {
        return '`' + source.schema() + "`.`" + source.table() + '`';
    }

    @Override
    public SourceTable check(Connection connection) throws CannotGoOn, SQLException {
        List<String> faults = new ArrayList<>();
        boolean isMariadb = texts(connection, "select version()").toString().contains("MariaDB");
        if (isMariadb != mariadb) {
            throw new CannotGoOn("The database is " + (isMariadb ? "MariaDB" : "MySQL")
                    + ". Create the pipeline with the kind " + (isMariadb ? "mariadb" : "mysql") + ".");
        }
        variable(connection, "log_bin", "1", "switch its binary log on (log_bin) and restart it", faults);
        variable(connection, "binlog_format", "ROW", "SET GLOBAL binlog_format = 'ROW'", faults);
        variable(connection, "binlog_row_image", "FULL", "SET GLOBAL binlog_row_image = 'FULL'", faults);
        rights(connection, faults);
        boolean there = texts(
                        connection,
                        "select table_type from information_schema.tables where table_schema = ? and table_name = ?",
                        source.schema(),
                        source.table())
                .contains("BASE TABLE");
        List<String> key = texts(
                connection,
                "select column_name from information_schema.statistics where table_schema = ? and table_name = ? and"
                        + " index_name = 'PRIMARY' order by seq_in_index",
                source.schema(),
                source.table());
        if (!there) {
            faults.add("there is no table " + quoted() + " that the user '" + source.user() + "' may read");
        } else if (key.isEmpty()) {
            faults.add("give " + quoted() + " a primary key: rows are known by it");
        }
        if (!faults.isEmpty()) {
            throw new CannotGoOn("The database cannot be captured yet. To be done there: " + String.join("; ", faults)
                    + ". Then start the pipeline.");
        }
        return new SourceTable(columns(connection), key);
    }

    private static void variable(
            Connection connection, String variable, String wanted, String what, List<String> faults)
            throws SQLException {
        if (texts(connection, "select @@global." + variable).stream().noneMatch(wanted::equalsIgnoreCase)) {
            faults.add(what);
        }
    }

    /** Rights of the whole server: those of a role the user has count too. */
    private void rights(Connection connection, List<String> faults) throws SQLException {
        String grants = String.join("\n", texts(connection, "show grants")).toUpperCase(Locale.ROOT);
        boolean all = grants.contains("ALL PRIVILEGES ON *.*");
        boolean reads = grants.contains("REPLICATION SLAVE") || grants.contains("REPLICATION REPLICA");
        boolean asks = grants.contains("REPLICATION CLIENT") || grants.contains("BINLOG MONITOR");
        boolean locks = grants.contains("RELOAD") || grants.contains("LOCK TABLES");
        if (!all && !(reads && asks && locks)) {
            faults.add("GRANT SELECT, RELOAD, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO '" + source.user() + "'");
        }
    }

    @Override
    public List<SourceColumn> columns(Connection connection) throws SQLException {
        List<SourceColumn> columns = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(
                "select column_name, data_type, column_type, coalesce(numeric_precision, 0), coalesce(numeric_scale, 0),"
                        + " column_default, is_nullable, extra from information_schema.columns where table_schema = ?"
                        + " and table_name = ? order by ordinal_position")) {
            statement.setString(1, source.schema());
            statement.setString(2, source.table());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    String extra = String.valueOf(rows.getString(8)).toUpperCase(Locale.ROOT);
                    if (extra.contains("VIRTUAL")) {
                        // Of these the log has nothing.
                        continue;
                    }
                    String otherwise = rows.getString(6);
                    boolean filled = otherwise != null && !otherwise.equalsIgnoreCase("NULL")
                            || rows.getString(7).equals("NO")
                            || extra.contains("GENERATED ALWAYS")
                            || extra.contains("STORED GENERATED");
                    columns.add(new SourceColumn(
                            rows.getString(1),
                            ColumnTypes.binlog(
                                    rows.getString(2),
                                    rows.getString(3),
                                    (int) Math.min(rows.getLong(4), 1_000),
                                    rows.getInt(5)),
                            filled));
                }
            }
        }
        return columns;
    }

    @Override
    public DatabaseLog log() {
        return DatabaseLog.of(source.kind(), "");
    }

    /** What rows in the log mean is read from the table as it is now. */
    @Override
    public boolean followsColumns() {
        return false;
    }

    @Override
    public void prepareStream(Connection connection) {
        // The log is there for everybody.
    }

    @Override
    public void release(Connection connection) {
        // Nothing of ours is there.
    }

    @Override
    public Properties engine(String name, @Nullable Map<String, Object> offset) {
        Properties engine = login.engine(name, offset);
        // Never a table at once, however few its rows are: row by row.
        engine.setProperty("min.row.count.to.stream.results", "0");
        engine.setProperty("bigint.unsigned.handling.mode", "precise");
        return engine;
    }

    private static List<String> texts(Connection connection, String query, String... parameters) throws SQLException {
        return DatabaseLogin.texts(connection, query, parameters);
    }
}
