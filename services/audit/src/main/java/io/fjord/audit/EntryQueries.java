package io.fjord.audit;

import io.fjord.codec.Clearances;
import io.fjord.contract.Origin;
import io.fjord.contract.Position;
import io.fjord.platform.sql.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads of the record. */
final class EntryQueries {

    private static final String COLUMNS = "SELECT e.seq, e.kind, e.service, e.type, e.subject, e.domain, e.actor,"
            + " e.correlation_id, e.causation_id, e.command_id, e.outcome, e.epoch, e.n, e.time_micros, e.data,"
            + " e.address, e.purpose, e.token, e.policy_position, e.warnings,";

    private static final String WRITTEN = COLUMNS + " NULL AS outcome_seq, NULL AS ended_as FROM audit.entry e"
            + " WHERE e.seq > ? ORDER BY e.seq LIMIT ?";

    /** An attempt shows the outcome that ended it. */
    private static final String SELECT = COLUMNS
            + " (SELECT MIN(o.seq) FROM audit.entry o WHERE e.kind = 'attempt' AND o.command_id = e.command_id"
            + " AND o.kind = 'outcome') AS outcome_seq,"
            + " (SELECT MIN(o.outcome) FROM audit.entry o WHERE e.kind = 'attempt' AND o.command_id = e.command_id"
            + " AND o.kind = 'outcome') AS ended_as FROM audit.entry e WHERE ";

    private final Database database;

    EntryQueries(Database database) {
        this.database = database;
    }

    /** Entries after a seq, oldest first. */
    Future<List<Entry>> after(EntryFilter filter, long seq, int limit) {
        return read(filter, " AND e.seq > ? ORDER BY e.seq LIMIT ?", seq, limit);
    }

    /** Entries after a seq, oldest first, as they were written: an attempt without the outcome that came later. */
    Future<List<Entry>> written(long seq, int limit) {
        return database.query(WRITTEN, seq, limit).map(EntryQueries::entries);
    }

    /** Entries before a seq, newest first. */
    Future<List<Entry>> before(EntryFilter filter, long seq, int limit) {
        return read(filter, " AND e.seq < ? ORDER BY e.seq DESC LIMIT ?", seq, limit);
    }

    Future<Optional<Entry>> one(long seq) {
        return database.query(SELECT + "e.seq = ?", seq)
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(entry(rows.iterator().next())));
    }

    /** How many entries are not there after the one and up to the other, where all should be. */
    Future<Long> missing(long after, long to) {
        return to <= after
                ? Future.succeededFuture(0L)
                : database.query("SELECT COUNT(*) FROM audit.entry WHERE seq > ? AND seq <= ?", after, to)
                        .map(rows -> to - after - rows.iterator().next().getLong(0));
    }

    /** From the first to the last entry of a time. */
    record Range(long first, long last) {}

    Future<Optional<Range>> between(Instant from, Instant to) {
        return database.query(
                        "SELECT MIN(seq), MAX(seq) FROM audit.entry WHERE time_micros >= ? AND time_micros < ?",
                        AuditLog.micros(from),
                        AuditLog.micros(to))
                .map(rows -> {
                    Row row = rows.iterator().next();
                    return row.getLong(0) == null
                            ? Optional.empty()
                            : Optional.of(new Range(row.getLong(0), row.getLong(1)));
                });
    }

    Future<Long> last() {
        return database.query("SELECT last FROM audit.entry_counter WHERE id = 1")
                .map(rows -> rows.iterator().next().getLong(0));
    }

    /** Whether the record holds the outcome of that command. */
    Future<Boolean> decided(String commandId) {
        return database.query(
                        "SELECT seq FROM audit.entry WHERE command_id = ? AND kind = 'outcome' LIMIT 1", commandId)
                .map(rows -> rows.size() > 0);
    }

    private Future<List<Entry>> read(EntryFilter filter, String rest, long seq, int limit) {
        List<Object> values = new ArrayList<>(filter.values());
        values.add(seq);
        values.add(limit);
        return database.query(SELECT + filter.condition() + rest, values.toArray())
                .map(EntryQueries::entries);
    }

    private static List<Entry> entries(RowSet<Row> rows) {
        List<Entry> entries = new ArrayList<>();
        rows.forEach(row -> entries.add(entry(row)));
        return entries;
    }

    /** Where none was asked for it is a text without value on PostgreSQL. */
    private static @Nullable Long outcomeSeq(Row row) {
        return row.getValue("outcome_seq") instanceof Number seq ? seq.longValue() : null;
    }

    private static Entry entry(Row row) {
        Long n = row.getLong("n");
        String outcome = row.getString("outcome");
        return new Entry(
                        row.getLong("seq"),
                        row.getString("kind"),
                        row.getString("service"),
                        row.getString("type"),
                        row.getString("subject"),
                        row.getString("domain"),
                        row.getString("actor"),
                        Instant.EPOCH.plus(row.getLong("time_micros"), ChronoUnit.MICROS),
                        row.getString("correlation_id"),
                        row.getString("causation_id"),
                        row.getString("command_id"),
                        outcome == null ? row.getString("ended_as") : outcome,
                        outcomeSeq(row),
                        n == null ? null : new Position(row.getLong("epoch"), n),
                        row.getString("data"))
                .from(new Origin(row.getString("address"), row.getString("purpose"), row.getString("token")))
                .with(Clearances.of(row.getString("policy_position"), row.getString("warnings")));
    }
}
