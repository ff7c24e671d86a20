package io.fjord.capture;

import io.fjord.contract.core.pipeline.DatabaseKind;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The log of a database, as one reader of it: what of it is still there, and what is kept there for the reader. */
public interface DatabaseLog {

    /** @param slot of the reader, where the database has such */
    static DatabaseLog of(DatabaseKind kind, String slot) {
        return kind == DatabaseKind.POSTGRESQL
                ? new ReplicationSlot(slot)
                : new BinaryLog(kind == DatabaseKind.MARIADB);
    }

    /**
     * Why a stream cannot go on where it ended, in a word that stays the same; null if it can.
     *
     * @param offset of Debezium's, as {@link SourceRecords#offsetAfter} gives it
     */
    @Nullable
    String gap(Connection connection, Map<String, Object> offset) throws SQLException;

    /**
     * Ends whoever still streams: to be called by the one who may. Returns when they are gone.
     *
     * @return whether anybody did
     */
    boolean endOthers(Connection connection) throws SQLException;

    /** Lets go of what is kept for the reader: the next stream begins where it is made. */
    void forget(Connection connection) throws SQLException;

    /** As {@link #forget}, if what is kept can no longer be read. */
    void forgetLost(Connection connection) throws SQLException;
}
