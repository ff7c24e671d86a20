package io.fjord.core.operation;

import io.fjord.codec.Clearances;
import io.fjord.codec.Json;
import io.fjord.contract.Clearance;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Partition;
import io.fjord.platform.http.Operation;
import io.fjord.platform.sql.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads of operations: core's own outcomes straight from its journal, all others and the lists from the view. */
final class OperationQueries {

    private static final String COLUMNS = "id, service, domain, subject, actor, correlation_id, command,"
            + " submitted_micros, state, outcome, epoch, n, decided_micros, reason, problem, policy_position, warnings";

    private final Database database;
    private final Metastore metastore;

    OperationQueries(Database database, Metastore metastore) {
        this.database = database;
        this.metastore = metastore;
    }

    Future<Optional<Operation>> one(String id) {
        return database.query("SELECT " + COLUMNS + " FROM core.operation WHERE id = ?", id)
                .compose(rows -> {
                    Operation seen =
                            rows.size() == 0 ? null : read(rows.iterator().next());
                    if (seen != null && !seen.state().equals("pending")) {
                        return Future.succeededFuture(Optional.of(seen));
                    }
                    // The view may be a moment behind the journal.
                    return metastore
                            .outcome(id)
                            .map(outcome -> outcome.map(
                                            event -> Operation.decided(event, seen == null ? null : seen.command()))
                                    .or(() -> Optional.ofNullable(seen)));
                });
    }

    /** Whether the handler has yet to come to that offset. */
    Future<Boolean> unread(Partition partition, long offset) {
        return metastore.offset(partition).map(next -> next <= offset);
    }

    /** Whether the view has yet to come to that offset: with other services' commands it shows what they wish, once it has. */
    Future<Boolean> unseen(Partition partition, long offset) {
        return database.query(
                        "SELECT next_offset FROM core.operation_offset WHERE topic = ? AND partition_no = ?",
                        partition.topic(),
                        partition.number())
                .map(rows -> rows.size() == 0 || rows.iterator().next().getLong("next_offset") <= offset);
    }

    /** @param before submitted before that time and id (newest first), or null for the newest */
    Future<List<Listed>> page(
            String domain, @Nullable String state, @Nullable String subject, @Nullable Before before, int size) {
        StringBuilder sql = new StringBuilder(
                "SELECT " + COLUMNS + " FROM core.operation" + " WHERE submitted_micros IS NOT NULL AND domain = ?");
        List<Object> values = new ArrayList<>(List.of(domain));
        if (state != null) {
            sql.append(" AND state = ?");
            values.add(state);
        }
        if (subject != null) {
            sql.append(" AND subject = ?");
            values.add(subject);
        }
        if (before != null) {
            sql.append(" AND (submitted_micros < ? OR (submitted_micros = ? AND id < ?))");
            values.add(before.micros());
            values.add(before.micros());
            values.add(before.id());
        }
        sql.append(" ORDER BY submitted_micros DESC, id DESC LIMIT ?");
        values.add(size);
        return database.query(sql.toString(), values.toArray()).map(rows -> {
            List<Listed> found = new ArrayList<>();
            rows.forEach(row -> found.add(new Listed(read(row), row.getLong("submitted_micros"))));
            return found;
        });
    }

    /** A place in the list. */
    record Before(long micros, String id) {}

    /** An operation in the list, and what it is sorted by. */
    record Listed(Operation operation, long submittedMicros) {

        Before place() {
            return new Before(submittedMicros, operation.id());
        }
    }

    private static Operation read(Row row) {
        Long n = row.getLong("n");
        String problem = row.getString("problem");
        Clearance clearance = Clearances.of(row.getString("policy_position"), row.getString("warnings"));
        return new Operation(
                row.getString("id"),
                row.getString("state"),
                row.getString("domain"),
                row.getString("subject"),
                row.getString("command"),
                row.getString("actor"),
                row.getString("correlation_id"),
                row.getString("outcome"),
                n == null ? null : new Position(row.getLong("epoch"), n),
                row.getLong("decided_micros") == null ? null : OperationProjection.time(row.getLong("decided_micros")),
                row.getString("reason"),
                problem == null ? null : Json.read(problem, Problem.class),
                clearance.policyPosition(),
                clearance.warnings().isEmpty() ? null : clearance.warnings());
    }
}
