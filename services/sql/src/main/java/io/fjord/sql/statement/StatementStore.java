package io.fjord.sql.statement;

import com.fasterxml.jackson.core.type.TypeReference;
import io.fjord.codec.Json;
import io.fjord.contract.Problem;
import io.fjord.kernel.VersionConflict;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlTx;
import io.fjord.sql.result.Column;
import io.fjord.sql.statement.StatementState.Cancelled;
import io.fjord.sql.statement.StatementState.Ended;
import io.fjord.sql.statement.StatementState.Expired;
import io.fjord.sql.statement.StatementState.Failed;
import io.fjord.sql.statement.StatementState.Finished;
import io.fjord.sql.statement.StatementState.Queued;
import io.fjord.sql.statement.StatementState.Running;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Statements as rows of {@code sql.statement}; their wording and problems are sealed in there. */
public final class StatementStore {

    private static final String COLUMNS =
            "id, version, domain, cluster, actor, correlation_id, state, kind, digest, length,"
                    + " request_digest, submitted_micros, deadline_micros, generation, started_micros, ended_micros,"
                    + " result_rows, result_bytes, result_until_micros, columns_json, problem_sealed";

    /** A list shows texts up to this length; a longer one is shown with the statement itself. */
    private static final int SHORT_TEXT = 4_000;

    private static final TypeReference<List<Column>> COLUMN_LIST = new TypeReference<>() {};

    private final Database database;
    private final Seal seal;

    public StatementStore(Database database, Seal seal) {
        this.database = database;
        this.seal = seal;
    }

    /** A statement with what it says; lists leave out what is long. */
    record Worded(Statement statement, @Nullable Wording wording) {}

    /**
     * Which statements of the past are wanted, newest first.
     *
     * @param before only those before this place in the order
     */
    record Wanted(
            String domain,
            @Nullable String cluster,
            @Nullable String state,
            @Nullable String actor,
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable Place before,
            int limit) {}

    record Place(long submittedMicros, String id) {}

    Future<Void> insert(SqlTx tx, Statement statement, Wording wording) {
        return tx.query(
                        "INSERT INTO sql.statement (id, version, domain, cluster, actor, correlation_id, state, kind, digest, length,"
                                + " request_digest, sealed, submitted_micros, deadline_micros)"
                                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        statement.id(),
                        statement.version(),
                        statement.domain(),
                        statement.cluster(),
                        statement.actor(),
                        statement.correlationId(),
                        statement.state().label(),
                        statement.kind(),
                        statement.digest(),
                        statement.length(),
                        statement.requestDigest(),
                        seal.close(statement.id(), Json.bytes(wording)),
                        micros(statement.submitted()),
                        micros(statement.deadline()))
                .mapEmpty();
    }

    /** Fails with {@link VersionConflict} if the row has moved since. */
    Future<Void> update(SqlTx tx, Statement before, Statement after) {
        StatementState state = after.state();
        Finished finished = state instanceof Finished f ? f : null;
        Problem problem = state instanceof Failed failed ? failed.problem() : null;
        return tx.query(
                        "UPDATE sql.statement SET version = ?, state = ?, generation = COALESCE(?, generation),"
                                + " started_micros = ?, ended_micros = ?, result_rows = ?, result_bytes = ?,"
                                + " result_until_micros = ?, columns_json = ?, problem_sealed = ?"
                                + " WHERE id = ? AND version = ?",
                        after.version(),
                        state.label(),
                        state instanceof Running running ? running.generation() : null,
                        micros(started(state)),
                        micros(state instanceof Ended ended ? ended.ended() : null),
                        finished == null ? null : finished.rows(),
                        finished == null ? null : finished.bytes(),
                        finished == null ? null : micros(finished.resultUntil()),
                        finished == null ? null : Json.text(finished.columns()),
                        problem == null ? null : seal.close(after.id(), Json.bytes(problem)),
                        after.id(),
                        before.version())
                .compose(rows -> rows.rowCount() == 1
                        ? Future.succeededFuture()
                        : Future.failedFuture(
                                new VersionConflict(after.address() + " is no longer at version " + before.version())));
    }

    /** Locks the row until the transaction ends. */
    Future<Optional<Statement>> lock(SqlTx tx, String id) {
        return tx.query("SELECT " + COLUMNS + " FROM sql.statement WHERE id = ? FOR UPDATE", id)
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(read(rows.iterator().next())));
    }

    Future<Optional<Statement>> find(String id) {
        return database.query("SELECT " + COLUMNS + " FROM sql.statement WHERE id = ?", id)
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(read(rows.iterator().next())));
    }

    Future<Optional<Worded>> findWorded(SqlTx tx, String id) {
        return tx.query("SELECT " + COLUMNS + ", sealed FROM sql.statement WHERE id = ?", id)
                .map(rows -> worded(rows).stream().findFirst());
    }

    Future<List<Worded>> history(SqlTx tx, Wanted wanted) {
        StringBuilder sql = new StringBuilder("SELECT " + COLUMNS + ", CASE WHEN length <= " + SHORT_TEXT
                + " THEN sealed END AS sealed FROM sql.statement WHERE domain = ?");
        List<@Nullable Object> values = new ArrayList<>(List.of(wanted.domain()));
        and(sql, values, "cluster = ?", wanted.cluster());
        and(sql, values, "state = ?", wanted.state());
        and(sql, values, "actor = ?", wanted.actor());
        and(sql, values, "submitted_micros >= ?", micros(wanted.from()));
        and(sql, values, "submitted_micros < ?", micros(wanted.to()));
        Place before = wanted.before();
        if (before != null) {
            sql.append(" AND (submitted_micros < ? OR (submitted_micros = ? AND id < ?))");
            values.add(before.submittedMicros());
            values.add(before.submittedMicros());
            values.add(before.id());
        }
        sql.append(" ORDER BY submitted_micros DESC, id DESC LIMIT ?");
        values.add(wanted.limit());
        return tx.query(sql.toString(), values.toArray()).map(this::worded);
    }

    /** Those that have not ended, oldest first. */
    Future<List<Statement>> pending() {
        return database.query("SELECT " + COLUMNS
                        + " FROM sql.statement WHERE state IN ('queued', 'running') ORDER BY submitted_micros")
                .map(this::all);
    }

    /** Ids of those whose result is kept, the first to end first. */
    Future<List<String>> kept() {
        return database.query(
                        "SELECT id FROM sql.statement WHERE result_until_micros IS NOT NULL ORDER BY ended_micros, id")
                .map(StatementStore::ids);
    }

    /** Ids of those whose result should be gone by then. */
    Future<List<String>> overdue(Instant now, int limit) {
        return database.query(
                        "SELECT id FROM sql.statement WHERE result_until_micros <= ? ORDER BY result_until_micros LIMIT ?",
                        micros(now),
                        limit)
                .map(StatementStore::ids);
    }

    /** When the next result has to go. */
    Future<Optional<Instant>> nextResultEnd() {
        return database.query("SELECT MIN(result_until_micros) FROM sql.statement")
                .map(rows ->
                        Optional.ofNullable(rows.iterator().next().getLong(0)).map(StatementStore::instant));
    }

    static Place place(Statement statement) {
        return new Place(Objects.requireNonNull(micros(statement.submitted())), statement.id());
    }

    private static void and(
            StringBuilder sql, List<@Nullable Object> values, String condition, @Nullable Object value) {
        if (value != null) {
            sql.append(" AND ").append(condition);
            values.add(value);
        }
    }

    private static List<String> ids(RowSet<Row> rows) {
        List<String> ids = new ArrayList<>();
        rows.forEach(row -> ids.add(row.getString(0)));
        return ids;
    }

    private List<Statement> all(RowSet<Row> rows) {
        List<Statement> found = new ArrayList<>();
        rows.forEach(row -> found.add(read(row)));
        return found;
    }

    private List<Worded> worded(RowSet<Row> rows) {
        List<Worded> found = new ArrayList<>();
        rows.forEach(row -> {
            Buffer sealed = row.getBuffer("sealed");
            Wording wording = sealed == null ? null : unseal(row.getString("id"), sealed, Wording.class);
            found.add(new Worded(read(row), wording));
        });
        return found;
    }

    private Statement read(Row row) {
        return new Statement(
                row.getString("id"),
                row.getLong("version"),
                row.getString("domain"),
                row.getString("cluster"),
                row.getString("actor"),
                row.getString("correlation_id"),
                row.getString("kind"),
                row.getString("digest"),
                row.getInteger("length"),
                row.getString("request_digest"),
                instant(row.getLong("submitted_micros")),
                instant(row.getLong("deadline_micros")),
                state(row));
    }

    private StatementState state(Row row) {
        Instant started = instantOrNull(row.getLong("started_micros"));
        Instant ended = instantOrNull(row.getLong("ended_micros"));
        String label = row.getString("state");
        return switch (label) {
            case "queued" -> new Queued();
            case "running" -> new Running(row.getLong("generation"), Objects.requireNonNull(started));
            case "finished" ->
                new Finished(
                        Objects.requireNonNull(started),
                        Objects.requireNonNull(ended),
                        row.getLong("result_rows"),
                        row.getLong("result_bytes"),
                        columns(row.getString("columns_json")),
                        instantOrNull(row.getLong("result_until_micros")));
            case "failed" ->
                new Failed(
                        started,
                        Objects.requireNonNull(ended),
                        unseal(row.getString("id"), row.getBuffer("problem_sealed"), Problem.class));
            case "cancelled" -> new Cancelled(started, Objects.requireNonNull(ended));
            case "expired" -> new Expired(started, Objects.requireNonNull(ended));
            default -> throw new IllegalStateException("No statement is '" + label + "'");
        };
    }

    private static @Nullable Instant started(StatementState state) {
        return state instanceof StatementState.Pending pending
                ? pending.started()
                : ((StatementState.Ended) state).started();
    }

    private static List<Column> columns(String json) {
        try {
            return Json.MAPPER.readValue(json, COLUMN_LIST);
        } catch (IOException e) {
            throw new IllegalStateException("Columns that were written cannot be read", e);
        }
    }

    private <T> T unseal(String id, Buffer sealed, Class<T> shape) {
        try {
            return Json.MAPPER.readValue(seal.open(id, sealed.getBytes()), shape);
        } catch (IOException e) {
            throw new IllegalStateException("What was sealed for statement " + id + " cannot be read", e);
        }
    }

    private static @Nullable Long micros(@Nullable Instant time) {
        return time == null ? null : (Long) ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    private static @Nullable Instant instantOrNull(@Nullable Long micros) {
        return micros == null ? null : instant(micros);
    }
}
