package io.fjord.platform.sql;

import io.fjord.contract.Position;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Reaction;
import io.vertx.core.Future;

/** How far reactions are, in the database of the service whose they are. */
public final class ReactionPositions implements Reaction.Positions {

    private final Database database;
    private final Metastore metastore;

    public ReactionPositions(Database database, Metastore metastore) {
        this.database = database;
        this.metastore = metastore;
    }

    @Override
    public Future<Position> position(String reaction, String service) {
        return of(reaction).read(service);
    }

    @Override
    public Future<Void> save(String reaction, String service, Position position) {
        return metastore.transaction(tx -> of(reaction).write(SqlTx.of(tx), service, position));
    }

    private ProjectionPositions of(String reaction) {
        return new ProjectionPositions(database, metastore.service(), "reaction-" + reaction);
    }
}
