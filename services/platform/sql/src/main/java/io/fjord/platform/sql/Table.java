package io.fjord.platform.sql;

import io.fjord.contract.Address;
import io.fjord.kernel.Store.Change;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Thing;
import io.fjord.kernel.Tx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How things of one kind lie in their table, which has the columns domain, name and version beside those named here. */
public interface Table<S extends Thing> {

    /** With the schema: {@code iam.iam_user}. */
    String table();

    /** The middle of their addresses. */
    String kind();

    /** Its other columns. */
    List<String> columns();

    /** Their values, in that order. */
    List<@Nullable Object> values(S state);

    S read(Address address, Row row);

    /** Whether it is there for those who read; a deleted thing keeps its row, for its id and version go on. */
    boolean exists(S state);

    /** The condition in SQL that says the same as {@link #exists}. */
    String existing();

    /** Fills in what lies in other tables. */
    default Future<Map<Address, Stored<S>>> complete(Tx tx, Map<Address, Stored<S>> found) {
        return Future.succeededFuture(found);
    }

    /** Writes what lies in other tables, in the order of the addresses; sent after their own rows. */
    default Future<Void> saveMore(SqlTx tx, Collection<Change<S>> changes) {
        return Future.succeededFuture();
    }

    static @Nullable Long micros(@Nullable Instant time) {
        return time == null ? null : ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }

    static Instant time(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
