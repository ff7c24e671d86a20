package io.fjord.platform.sql;

import io.fjord.contract.Position;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.List;

/** How far one view has read the journals; written in the transaction that changes the view. */
public final class ProjectionPositions {

    private final Database database;
    private final String table;
    private final String projection;

    /** @param service whose database holds the view */
    public ProjectionPositions(Database database, String service, String projection) {
        this.database = database;
        this.table = Schemas.of(service) + ".projection_position";
        this.projection = projection;
    }

    /** As committed; {@link Position#START} for a journal nothing was read of. */
    public Future<Position> read(String source) {
        return database.query(select(), projection, source).map(ProjectionPositions::position);
    }

    public Future<Position> read(SqlTx tx, String source) {
        return tx.query(select(), projection, source).map(ProjectionPositions::position);
    }

    /** Reads it and lets no other writer of the view at this journal pass before the commit. */
    public Future<Position> lock(SqlTx tx, String source) {
        return tx.insertIfAbsent(
                        table,
                        List.of("projection", "source"),
                        List.of("epoch", "n"),
                        List.of(Tuple.of(projection, source, Position.START.epoch(), Position.START.n())))
                .compose(made -> tx.query(select() + " for update", projection, source))
                .map(ProjectionPositions::position);
    }

    public Future<Void> write(SqlTx tx, String source, Position position) {
        return tx.upsert(
                table,
                List.of("projection", "source"),
                List.of("epoch", "n"),
                List.of(Tuple.of(projection, source, position.epoch(), position.n())));
    }

    private String select() {
        return "select epoch, n from " + table + " where projection = ? and source = ?";
    }

    private static Position position(RowSet<Row> found) {
        if (found.size() == 0) {
            return Position.START;
        }
        Row row = found.iterator().next();
        return new Position(row.getLong(0), row.getLong(1));
    }
}
