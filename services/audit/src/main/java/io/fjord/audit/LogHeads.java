package io.fjord.audit;

import io.fjord.audit.log.Checkpoint;
import io.fjord.audit.log.SignedNote;
import io.fjord.platform.sql.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The newest checkpoint as the database has it, and what witnesses signed. */
final class LogHeads {

    /** Of one checkpoint. */
    record Cosigned(long size, String note, SignedNote.Line line) {}

    private final Database database;

    LogHeads(Database database) {
        this.database = database;
    }

    Future<Optional<SignedNote>> newest(String origin) {
        return database.query("SELECT note FROM audit.log_head WHERE origin = ?", origin)
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(SignedNote.parse(rows.iterator().next().getString(0))));
    }

    /**
     * Moves it forward, if it is where it is thought to be.
     *
     * @param from the size it has; the first one is written where none is
     * @return whether it was
     */
    Future<Boolean> move(long from, Checkpoint to, SignedNote note) {
        return database.transaction(tx -> tx.query(
                        "SELECT size FROM audit.log_head WHERE origin = ? FOR UPDATE", to.origin())
                .compose(rows -> {
                    if (rows.size() == 0) {
                        return tx.insert(
                                        "audit.log_head (origin, size, note)",
                                        List.of(Tuple.of(to.origin(), to.size(), note.toString())))
                                .map(true);
                    }
                    if (rows.iterator().next().getLong(0) != from) {
                        return Future.succeededFuture(false);
                    }
                    return tx.query(
                                    "UPDATE audit.log_head SET size = ?, note = ? WHERE origin = ?",
                                    to.size(),
                                    note.toString(),
                                    to.origin())
                            .map(true);
                }));
    }

    /** Keeps what witnesses signed of a checkpoint. */
    Future<Void> cosigned(Checkpoint seen, SignedNote note, List<SignedNote.Line> lines) {
        List<Tuple> rows = new ArrayList<>();
        lines.forEach(
                line -> rows.add(Tuple.of(seen.origin(), seen.size(), line.name(), line.toString(), note.toString())));
        return database.transaction(tx -> tx.upsert(
                "audit.log_cosignature", List.of("origin", "size", "witness"), List.of("line", "note"), rows));
    }

    /** What was signed of the checkpoint of that size. */
    Future<List<Cosigned>> cosignatures(String origin, long size) {
        return database.query(
                        "SELECT size, note, line FROM audit.log_cosignature WHERE origin = ? AND size = ? ORDER BY witness",
                        origin,
                        size)
                .map(LogHeads::read);
    }

    /** Of the newest checkpoint that a witness signed. */
    Future<List<Cosigned>> newestCosigned(String origin) {
        return database.query(
                        "SELECT size, note, line FROM audit.log_cosignature WHERE origin = ? AND size ="
                                + " (SELECT MAX(c.size) FROM audit.log_cosignature c WHERE c.origin = ?) ORDER BY witness",
                        origin,
                        origin)
                .map(LogHeads::read);
    }

    private static List<Cosigned> read(RowSet<Row> rows) {
        List<Cosigned> all = new ArrayList<>();
        rows.forEach(row ->
                all.add(new Cosigned(row.getLong(0), row.getString(1), SignedNote.Line.parse(row.getString(2)))));
        return all;
    }
}
