package io.fjord.ingestion.capture;

import io.fjord.capture.DatabaseLog;
import io.fjord.contract.core.pipeline.DatabaseKind;
import io.fjord.contract.core.pipeline.DatabaseSource;
import io.fjord.ingestion.CannotGoOn;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Somebody's own database: whether it can be captured, what of its log is still there, and what is ours in it. */
interface SourceDatabase {

    /** @param name of the slot and publication, where the database has such */
    static SourceDatabase of(DatabaseSource source, SourceLogin login, String name) {
        return source.kind() == DatabaseKind.POSTGRESQL
                ? new PostgresSource(source, login, name)
                : new BinlogSource(source, login);
    }

    Connection connect() throws CannotGoOn, IOException;

    /** Looks whether its table can be captured; says all that has to be done first. */
    SourceTable check(Connection connection) throws CannotGoOn, SQLException;

    List<SourceColumn> columns(Connection connection) throws SQLException;

    /** What of the database's log is still there. */
    DatabaseLog log();

    /** Whether a stream goes on in a table whose columns have changed meanwhile. */
    boolean followsColumns();

    /** Makes what the stream needs and is not there. */
    void prepareStream(Connection connection) throws CannotGoOn, SQLException;

    /** Takes away all that is ours. */
    void release(Connection connection) throws SQLException;

    /**
     * What Debezium must be told of this database.
     *
     * @param name of the engine
     * @param offset where to go on, as the topic has it; null to read everything first
     */
    Properties engine(String name, @Nullable Map<String, Object> offset);
}
