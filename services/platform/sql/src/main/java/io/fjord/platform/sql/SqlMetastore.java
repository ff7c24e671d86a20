package io.fjord.platform.sql;

import io.fjord.codec.Clearances;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Outcome;
import io.fjord.contract.Position;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Names;
import io.fjord.kernel.NewEvent;
import io.fjord.kernel.Partition;
import io.fjord.kernel.Quota;
import io.fjord.kernel.Tx;
import io.fjord.kernel.VersionConflict;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The metastore of one service on PostgreSQL, MariaDB or MySQL; {@link Database#migrate} makes its tables. */
public final class SqlMetastore implements Metastore {

    private static final Pattern SERVICE = Pattern.compile("[a-z][a-z0-9_-]{0,39}");

    /** The slots of the inbox; see its migration. */
    private static final int SLOTS = 10;

    /** A commit is seen some microseconds after it is in the log, if nothing else wants the processor. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(2);

    private static final String EVENT_COLUMNS =
            "epoch, n, id, type, subject, version, actor, correlation_id, causation_id,"
                    + " command_id, outcome, command_digest, traceparent, time_micros, data, policy_position, warnings";

    private final Database database;
    private final String service;

    private final String schema;

    /** Beginnings and whole texts of statements, with the schema's name in them. */
    private final String readCounter;

    private final String writeCounter;
    private final String insertEvent;
    private final String selectEvent;
    private volatile @Nullable PersonalData personal;

    /** @throws IllegalArgumentException if the service cannot be a schema's name */
    public SqlMetastore(Database database, String service) {
        if (!SERVICE.matcher(service).matches()) {
            throw new IllegalArgumentException(
                    "A service that owns tables is named in lower-case letters, digits, _ and -, not '" + service
                            + "'");
        }
        this.database = database;
        this.service = service;
        this.schema = Schemas.of(service);
        readCounter = "select epoch, n, time_micros from " + schema + ".counter where id = 1";
        writeCounter = "update " + schema + ".counter set epoch = ?, n = ?, time_micros = ? where id = 1";
        insertEvent = schema + ".event (" + EVENT_COLUMNS + ")";
        selectEvent = "select " + EVENT_COLUMNS + " from " + schema + ".event";
    }

    @Override
    public String service() {
        return service;
    }

    @Override
    public <T> Future<T> transaction(Function<Tx, Future<T>> work) {
        return database.transaction(work::apply);
    }

    @Override
    public <T> Future<At<T>> snapshot(Function<Tx, Future<T>> work) {
        return database.snapshot(tx -> {
            Future<Position> position = tx.query(readCounter).map(SqlMetastore::position);
            Future<T> value = work.apply(tx);
            return position.compose(at -> value.map(found -> new At<>(found, at)));
        });
    }

    // Command offsets

    @Override
    public Future<Long> lockOffset(Tx tx, Partition partition) {
        SqlTx sql = SqlTx.of(tx);
        return selectOffsetForUpdate(sql, partition).compose(found -> {
            if (found.size() > 0) {
                return Future.succeededFuture(nextOffset(found));
            }
            // Another handler may make the row at the same time: then this waits for it and leaves its row alone.
            return sql.insertIfAbsent(
                            schema + ".command_offset",
                            List.of("topic", "partition_no"),
                            List.of("next_offset"),
                            List.of(Tuple.of(partition.topic(), partition.number(), 0L)))
                    .compose(made -> selectOffsetForUpdate(sql, partition))
                    .map(SqlMetastore::nextOffset);
        });
    }

    private Future<RowSet<Row>> selectOffsetForUpdate(SqlTx tx, Partition partition) {
        return tx.query(
                "select next_offset from " + schema + ".command_offset where topic = ? and partition_no = ? for update",
                partition.topic(),
                partition.number());
    }

    private static long nextOffset(RowSet<Row> found) {
        return found.size() == 0 ? 0 : found.iterator().next().getLong(0);
    }

    @Override
    public Future<Void> writeOffset(Tx tx, Partition partition, long next) {
        return SqlTx.of(tx)
                .query(
                        "update " + schema + ".command_offset set next_offset = ? where topic = ? and partition_no = ?",
                        next,
                        partition.topic(),
                        partition.number())
                .compose(done -> done.rowCount() == 1
                        ? Future.succeededFuture()
                        : Future.failedFuture(
                                new IllegalStateException("The offset of " + partition + " is not locked")));
    }

    @Override
    public Future<Long> offset(Partition partition) {
        return database.query(
                        "select next_offset from " + schema + ".command_offset where topic = ? and partition_no = ?",
                        partition.topic(),
                        partition.number())
                .map(SqlMetastore::nextOffset);
    }

    @Override
    public Future<Long> offset(Partition partition, String topicId) {
        return transaction(tx -> lockOffset(tx, partition).compose(next -> {
            SqlTx sql = SqlTx.of(tx);
            return sql.query(
                            "select topic_id from " + schema + ".command_offset where topic = ? and partition_no = ?",
                            partition.topic(),
                            partition.number())
                    .compose(rows -> {
                        String known = rows.iterator().next().getString(0);
                        return topicId.equals(known)
                                ? Future.succeededFuture(next)
                                : ofTopic(sql, partition, topicId, known == null ? next : 0);
                    });
        }));
    }

    private Future<Long> ofTopic(SqlTx tx, Partition partition, String topicId, long next) {
        return tx.query(
                        "update " + schema
                                + ".command_offset set topic_id = ?, next_offset = ? where topic = ? and partition_no = ?",
                        topicId,
                        next,
                        partition.topic(),
                        partition.number())
                .map(next);
    }

    // Inbox

    @Override
    public Future<Map<String, String>> handled(Tx tx, Collection<String> commandIds) {
        return SqlTx.of(tx)
                .queryIn("select command_id, digest from " + schema + ".inbox where command_id in (??)", commandIds)
                .map(rows -> {
                    Map<String, String> digests = new HashMap<>();
                    rows.forEach(row -> digests.put(row.getString(0), row.getString(1)));
                    return digests;
                });
    }

    /**
     * {@inheritDoc}
     *
     * <p>Fails with {@link VersionConflict} if another partition has just handled one of them: decided again, the handler
     * will find it.
     */
    @Override
    public Future<Void> remember(Tx tx, Map<String, String> digests, Instant now) {
        int slot = slot(now.atZone(ZoneOffset.UTC).toLocalDate());
        List<Tuple> rows = new ArrayList<>();
        new TreeMap<>(digests).forEach((id, digest) -> rows.add(Tuple.of(id, digest, slot)));
        return SqlTx.of(tx)
                .insert(schema + ".inbox (command_id, digest, slot)", rows)
                .recover(failure -> Future.failedFuture(
                        SqlTx.isDuplicate(failure)
                                ? new VersionConflict("A command of this batch was handled elsewhere meanwhile")
                                : failure));
    }

    /**
     * Forgets commands eight days old. Call it at least once a day: the slot it empties is the one that comes into use the
     * day after tomorrow; so instances whose clocks differ do no harm.
     */
    public Future<Void> housekeeping(Instant now) {
        int old = slot(now.atZone(ZoneOffset.UTC).toLocalDate().plusDays(2));
        return database.query("select 1 from " + schema + ".inbox where slot = ? limit 1", old)
                .compose(found -> {
                    if (found.size() == 0) {
                        return Future.succeededFuture();
                    }
                    return database.query(
                                    database.dialect() == Dialect.POSTGRES
                                            ? "truncate " + schema + ".inbox_" + old
                                            : "alter table " + schema + ".inbox truncate partition inbox_" + old)
                            .mapEmpty();
                });
    }

    private static int slot(LocalDate day) {
        return (int) Math.floorMod(day.toEpochDay(), (long) SLOTS);
    }

    // Quotas

    @Override
    public Future<Map<String, Quota>> lockQuotas(Tx tx, Collection<String> domains) {
        SqlTx sql = SqlTx.of(tx);
        return sql.queryIn(
                        "select domain, resource, limit_amount, used from " + schema
                                + ".quota where domain in (??) order by domain, resource for update",
                        domains)
                .map(rows -> {
                    Map<String, Map<String, Quota.Allowance>> found = new HashMap<>();
                    domains.forEach(domain -> found.put(domain, new HashMap<>()));
                    for (Row row : rows) {
                        String domain = row.getString(0);
                        String resource = row.getString(1);
                        found.computeIfAbsent(domain, one -> new HashMap<>())
                                .put(resource, new Quota.Allowance(row.getLong(2), row.getLong(3)));
                        sql.lockedQuotaRows.add(domain + "/" + resource);
                    }
                    sql.lockedQuotaDomains.addAll(domains);
                    Map<String, Quota> quotas = new HashMap<>();
                    found.forEach((domain, resources) -> quotas.put(domain, new Quota(domain, resources)));
                    return quotas;
                });
    }

    /**
     * {@inheritDoc}
     *
     * <p>A row that is not there yet could not be locked: if another transaction makes it first, this fails with
     * {@link VersionConflict}, and decided again finds and locks it.
     */
    @Override
    public Future<Void> saveQuotas(Tx tx, Collection<Quota> quotas) {
        SqlTx sql = SqlTx.of(tx);
        TreeSet<String> notLocked = new TreeSet<>();
        quotas.forEach(quota -> notLocked.add(quota.domain()));
        notLocked.removeAll(sql.lockedQuotaDomains);
        Future<?> locked = notLocked.isEmpty() ? Future.succeededFuture() : lockQuotas(tx, notLocked);
        return locked.compose(done -> {
            List<Tuple> updates = new ArrayList<>();
            List<Tuple> inserts = new ArrayList<>();
            Map<String, Quota> sorted = new TreeMap<>();
            quotas.forEach(quota -> sorted.put(quota.domain(), quota));
            sorted.forEach((domain, quota) -> new TreeMap<>(quota.resources()).forEach((resource, allowance) -> {
                if (sql.lockedQuotaRows.contains(domain + "/" + resource)) {
                    updates.add(Tuple.of(allowance.limit(), allowance.used(), domain, resource));
                } else {
                    inserts.add(Tuple.of(domain, resource, allowance.limit(), allowance.used()));
                }
            }));
            Future<?> updated = sql.updates(
                    "update " + schema + ".quota set limit_amount = ?, used = ? where domain = ? and resource = ?",
                    updates);
            Future<Void> inserted = sql.insert(schema + ".quota (domain, resource, limit_amount, used)", inserts)
                    .recover(failure -> Future.failedFuture(
                            SqlTx.isDuplicate(failure)
                                    ? new VersionConflict("A quota was made elsewhere meanwhile")
                                    : failure))
                    .onSuccess(made ->
                            inserts.forEach(row -> sql.lockedQuotaRows.add(row.getString(0) + "/" + row.getString(1))));
            return SqlTx.all(List.of(updated, inserted));
        });
    }

    // Unique names

    @Override
    public Future<Names> lockNames(Tx tx, Collection<String> names) {
        return SqlTx.of(tx)
                .queryIn(
                        "select name, holder from " + schema
                                + ".unique_name where name in (??) order by name for update",
                        names)
                .map(rows -> {
                    Map<String, Address> holders = new HashMap<>();
                    rows.forEach(row -> holders.put(row.getString(0), Address.parse(row.getString(1))));
                    return new Names(holders);
                });
    }

    /**
     * {@inheritDoc}
     *
     * <p>A name nobody held could not be locked: the row itself keeps two transactions from taking it.
     */
    @Override
    public Future<Void> saveNames(Tx tx, Map<String, Address> released, Map<String, Address> taken) {
        SqlTx sql = SqlTx.of(tx);
        List<Tuple> deletes = new ArrayList<>();
        List<Tuple> inserts = new ArrayList<>();
        new TreeMap<>(released).forEach((name, holder) -> deletes.add(Tuple.of(name, holder.toString())));
        new TreeMap<>(taken).forEach((name, holder) -> inserts.add(Tuple.of(name, holder.toString())));
        return sql.updates("delete from " + schema + ".unique_name where name = ? and holder = ?", deletes)
                .compose(gone -> sql.insert(schema + ".unique_name (name, holder)", inserts))
                .recover(failure -> Future.failedFuture(
                        SqlTx.isDuplicate(failure)
                                ? new VersionConflict("A name was taken elsewhere meanwhile")
                                : failure));
    }

    // Deadlines

    @Override
    public Future<Void> saveDeadlines(Tx tx, List<DeadlineRow> rows) {
        Map<String, DeadlineRow> last = new TreeMap<>();
        rows.forEach(row -> last.put(row.subject() + "\n" + row.name(), row));
        List<Tuple> set = new ArrayList<>();
        List<Tuple> cleared = new ArrayList<>();
        for (DeadlineRow row : last.values()) {
            if (row.due() == null) {
                cleared.add(Tuple.of(row.subject().toString(), row.name()));
            } else {
                set.add(Tuple.of(
                        row.subject().toString(),
                        row.name(),
                        micros(row.due()),
                        row.version(),
                        row.commandType(),
                        row.commandData()));
            }
        }
        SqlTx sql = SqlTx.of(tx);
        return SqlTx.all(List.of(
                sql.updates("delete from " + schema + ".deadline where subject = ? and name = ?", cleared),
                sql.upsert(
                        schema + ".deadline",
                        List.of("subject", "name"),
                        List.of("due_micros", "version", "command_type", "command_data"),
                        set)));
    }

    @Override
    public Future<List<DeadlineRow>> dueDeadlines(Instant until, int limit) {
        return database.query(
                        "select subject, name, due_micros, version, command_type, command_data from " + schema
                                + ".deadline where due_micros <= ? order by due_micros, subject, name limit ?",
                        micros(until),
                        limit)
                .map(rows -> {
                    List<DeadlineRow> due = new ArrayList<>();
                    rows.forEach(row -> due.add(new DeadlineRow(
                            Address.parse(row.getString(0)),
                            row.getString(1),
                            instant(row.getLong(2)),
                            row.getLong(3),
                            row.getString(4),
                            row.getString(5))));
                    return due;
                });
    }

    @Override
    public Future<Optional<Instant>> nextDeadline() {
        return database.query("select min(due_micros) from " + schema + ".deadline")
                .map(rows ->
                        Optional.ofNullable(rows.iterator().next().getLong(0)).map(SqlMetastore::instant));
    }

    // Journal

    /** From now on what events say of people is encrypted before it is written. */
    public SqlMetastore keeping(PersonalData how) {
        personal = how;
        return this;
    }

    @Override
    public Future<List<EventEnvelope<String>>> opened(List<EventEnvelope<String>> events) {
        PersonalData kept = personal;
        return kept == null ? Future.succeededFuture(events) : kept.opened(events);
    }

    @Override
    public Future<Position> append(Tx tx, List<NewEvent> events, Instant now) {
        SqlTx sql = SqlTx.of(tx);
        if (sql.appended) {
            return Future.failedFuture(new IllegalStateException("A transaction appends to the journal once"));
        }
        sql.appended = true;
        PersonalData kept = personal;
        return kept == null
                ? write(sql, events, now)
                : kept.sealed(sql, events).compose(closed -> write(sql, closed, now));
    }

    private Future<Position> write(SqlTx sql, List<NewEvent> events, Instant now) {
        return sql.query(readCounter + " for update").compose(counter -> {
            Row last = counter.iterator().next();
            long epoch = last.getLong(0);
            long n = last.getLong(1);
            long time = Math.max(last.getLong(2), micros(now));
            List<Tuple> rows = new ArrayList<>(events.size());
            for (NewEvent event : events) {
                rows.add(row(epoch, ++n, event, time));
            }
            Position end = new Position(epoch, n);
            // Sent together: they do not depend on each other.
            return SqlTx.all(List.of(sql.insert(insertEvent, rows), sql.query(writeCounter, epoch, n, time)))
                    .map(end);
        });
    }

    private static Tuple row(long epoch, long n, NewEvent event, long time) {
        return SqlTx.tuple(
                epoch,
                n,
                event.id(),
                event.type(),
                event.subject().toString(),
                event.version(),
                event.actor(),
                event.correlationId(),
                event.causationId(),
                event.commandId(),
                event.outcome() == null ? null : event.outcome().wire(),
                event.commandDigest(),
                event.traceparent(),
                time,
                event.data(),
                event.clearance().policyPosition(),
                Clearances.warnings(event.clearance()));
    }

    @Override
    public Future<Position> position() {
        return database.query(readCounter).map(SqlMetastore::position);
    }

    @Override
    public Future<Void> shows(Position position) {
        return position()
                .compose(at -> position.isAfter(at)
                        ? database.pause(LOOK_AGAIN).compose(ok -> shows(position))
                        : Future.succeededFuture());
    }

    private static Position position(RowSet<Row> counter) {
        Row row = counter.iterator().next();
        return new Position(row.getLong(0), row.getLong(1));
    }

    @Override
    public Future<List<EventEnvelope<String>>> journal(Position after, int limit) {
        // Each in the form that its planner reads from the primary key.
        Future<RowSet<Row>> found = database.dialect() == Dialect.POSTGRES
                ? database.query(
                        selectEvent + " where (epoch, n) > (?, ?) order by epoch, n limit ?",
                        after.epoch(),
                        after.n(),
                        limit)
                : database.query(
                        selectEvent + " where (epoch = ? and n > ?) or epoch > ? order by epoch, n limit ?",
                        after.epoch(),
                        after.n(),
                        after.epoch(),
                        limit);
        return found.map(this::events);
    }

    @Override
    public Future<List<EventEnvelope<String>>> history(Address subject, @Nullable Position upTo) {
        String ofSubject = selectEvent + " where subject = ? and version is not null";
        Future<RowSet<Row>> found = upTo == null
                ? database.query(ofSubject + " order by epoch, n", subject.toString())
                : database.query(
                        ofSubject + " and (epoch < ? or (epoch = ? and n <= ?)) order by epoch, n",
                        subject.toString(),
                        upTo.epoch(),
                        upTo.epoch(),
                        upTo.n());
        return found.map(this::events);
    }

    @Override
    public Future<Position> positionAt(Instant time) {
        return database.query(
                        "select epoch, n from " + schema
                                + ".event where time_micros <= ? order by time_micros desc, epoch desc, n desc limit 1",
                        micros(time))
                .map(found -> found.size() == 0 ? Position.START : position(found));
    }

    @Override
    public Future<Optional<EventEnvelope<String>>> outcome(String commandId) {
        return database.query(
                        selectEvent + " where command_id = ? and outcome is not null order by epoch, n limit 1",
                        commandId)
                .map(found -> events(found).stream().findFirst());
    }

    /**
     * For a database restored from an older copy: positions from here on are above those that were given after the copy
     * was made; {@code n} continues.
     *
     * @param above the highest epoch anyone has seen
     * @return the journal's end under the new epoch
     */
    public Future<Position> raiseEpoch(long above) {
        return database.transaction(tx -> tx.query(readCounter + " for update").compose(counter -> {
            Row last = counter.iterator().next();
            Position end = new Position(Math.max(last.getLong(0), above) + 1, last.getLong(1));
            return tx.query(writeCounter, end.epoch(), end.n(), last.getLong(2)).map(end);
        }));
    }

    @Override
    public boolean isTransient(Throwable failure) {
        return Database.isTransient(failure);
    }

    private List<EventEnvelope<String>> events(RowSet<Row> rows) {
        List<EventEnvelope<String>> events = new ArrayList<>(rows.size());
        for (Row row : rows) {
            String outcome = row.getString(10);
            events.add(new EventEnvelope<>(
                    row.getString(2),
                    row.getString(3),
                    service,
                    instant(row.getLong(13)),
                    Address.parse(row.getString(4)),
                    new Position(row.getLong(0), row.getLong(1)),
                    row.getLong(5),
                    row.getString(6),
                    row.getString(7),
                    row.getString(8),
                    row.getString(9),
                    outcome == null ? null : Outcome.ofWire(outcome),
                    row.getString(11),
                    row.getString(12),
                    Clearances.of(row.getString(15), row.getString(16)),
                    row.getString(14)));
        }
        return events;
    }

    static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }

    static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
