package io.fjord.audit;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.fjord.codec.Clearances;
import io.fjord.codec.Json;
import io.fjord.contract.Clearance;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Origin;
import io.fjord.contract.Position;
import io.fjord.kernel.Partition;
import io.fjord.kernel.Projection;
import io.fjord.platform.kafka.CommandTail;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.PersonalData;
import io.fjord.platform.sql.ProjectionPositions;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes the record: attempts from the command topics, outcomes and all other events from the journals. How far each is read
 * and what was written of it are one transaction, so each stands in the record once; only ever added to.
 */
final class AuditLog implements Projection, CommandTail.Sink {

    private static final String COLUMNS =
            "audit.entry (seq, kind, service, type, subject, domain, actor, correlation_id,"
                    + " causation_id, command_id, outcome, epoch, n, partition_no, offset_no, time_micros, data,"
                    + " address, purpose, token, policy_position, warnings)";

    private static final JsonFactory JSON = Json.MAPPER.getFactory();

    private final Database database;
    private final PersonalData personal;
    private final ProjectionPositions positions;
    private final Set<String> services;
    private final Consumer<List<Entry>> recorded;

    /** @param recorded told after each commit of what it wrote; later commits may be told of first */
    AuditLog(Database database, PersonalData personal, List<String> services, Consumer<List<Entry>> recorded) {
        this.database = database;
        this.personal = personal;
        this.positions = new ProjectionPositions(database, "audit", name());
        this.services = new TreeSet<>(services);
        this.recorded = recorded;
    }

    @Override
    public String name() {
        return "audit.log";
    }

    @Override
    public Set<String> services() {
        return services;
    }

    @Override
    public Future<Position> position(String service) {
        return positions.read(service);
    }

    @Override
    public Future<Void> apply(String service, List<EventEnvelope<byte[]>> events) {
        return database.transaction(tx -> positions.lock(tx, service).compose(at -> {
                    List<Line> fresh = events.stream()
                            .filter(event -> event.position().isAfter(at))
                            .map(AuditLog::line)
                            .toList();
                    if (fresh.isEmpty()) {
                        return Future.succeededFuture(List.<Entry>of());
                    }
                    Position last = events.get(events.size() - 1).position();
                    return positions
                            .write(tx, service, last)
                            .compose(ok -> personal.forget(tx, said(fresh)))
                            .compose(ok -> append(tx, fresh));
                }))
                .map(this::told);
    }

    /**
     * A restored database tells another story from some point on. What was recorded stays: it did happen. So does the position:
     * of the events that follow from the beginning, those of the new epoch alone are new.
     */
    @Override
    public Future<Void> reset(String service) {
        return Future.succeededFuture();
    }

    @Override
    public Future<Map<Partition, Long>> offsets() {
        return database.query("SELECT topic, partition_no, next_offset FROM audit.entry_offset")
                .map(rows -> {
                    Map<Partition, Long> offsets = new HashMap<>();
                    rows.forEach(row -> offsets.put(
                            new Partition(row.getString("topic"), row.getInteger("partition_no")),
                            row.getLong("next_offset")));
                    return offsets;
                });
    }

    @Override
    public Future<Void> apply(Partition partition, List<CommandTail.Wish> wishes) {
        String service = partition.topic().split("\\.")[1];
        long next = wishes.get(wishes.size() - 1).record().offset() + 1;
        return database.transaction(tx -> lockOffset(tx, partition).compose(done -> {
                    List<Line> lines = new ArrayList<>();
                    for (CommandTail.Wish wish : wishes) {
                        CommandEnvelope<byte[]> command = wish.record().command();
                        if (wish.record().offset() >= done && command != null) {
                            lines.add(line(service, partition, wish.record().offset(), command, wish.at()));
                        }
                    }
                    return tx.query(
                                    "UPDATE audit.entry_offset SET next_offset = ? WHERE topic = ? AND partition_no = ?",
                                    Math.max(done, next),
                                    partition.topic(),
                                    partition.number())
                            .compose(ok -> withoutNames(tx, lines))
                            .compose(safe -> append(tx, safe));
                }))
                .map(this::told);
    }

    /** An observation, and where its record stands. */
    record Seen(long offset, EventEnvelope<byte[]> observation) {}

    /**
     * What was read of a partition.
     *
     * @param next the offset after the last record
     */
    record Read(Partition partition, long next, List<Seen> seen) {}

    /**
     * Takes these and moves the offsets past the last records read, all in one transaction; one that was sent again stands in the
     * record once.
     */
    Future<Void> observed(List<Read> reads) {
        return database.transaction(tx -> lockOffsets(tx, reads).compose(done -> {
                    Map<String, Line> lines = new LinkedHashMap<>();
                    List<RecordWatch.Numbered> numbered = new ArrayList<>();
                    List<Tuple> offsets = new ArrayList<>();
                    for (int i = 0; i < reads.size(); i++) {
                        Read read = reads.get(i);
                        long from = done.get(i);
                        for (Seen one : read.seen()) {
                            if (one.offset() >= from) {
                                lines.putIfAbsent(cut(one.observation().id(), 64), observation(one.observation()));
                            }
                        }
                        numbered.addAll(numbered(read.seen(), from));
                        offsets.add(Tuple.of(
                                Math.max(from, read.next()),
                                read.partition().topic(),
                                read.partition().number()));
                    }
                    return tx.updates(
                                    "UPDATE audit.entry_offset SET next_offset = ? WHERE topic = ? AND partition_no = ?",
                                    offsets)
                            .compose(ok -> RecordWatch.numbered(tx, numbered, Instant.now()))
                            .compose(ok -> forgetKnown(tx, lines))
                            .compose(ok -> withoutNames(tx, List.copyOf(lines.values())))
                            .compose(safe -> append(tx, safe));
                }))
                .map(this::told);
    }

    /** In the order given, which has to be the same for all; none waits for the answer about another. */
    private static Future<List<Long>> lockOffsets(SqlTx tx, List<Read> reads) {
        List<Future<Long>> all =
                reads.stream().map(read -> lockOffset(tx, read.partition())).toList();
        return Future.join(all).map(ok -> all.stream().map(Future::result).toList());
    }

    /** Records of one partition come one after the other, so nobody adds the same meanwhile. */
    private static Future<Void> forgetKnown(SqlTx tx, Map<String, Line> lines) {
        if (lines.isEmpty()) {
            return Future.succeededFuture();
        }
        return tx.queryIn(
                        "SELECT correlation_id FROM audit.entry WHERE kind = '" + Entry.OBSERVATION
                                + "' AND correlation_id IN (??)",
                        lines.keySet())
                .map(rows -> {
                    rows.forEach(row -> lines.remove(row.getString(0)));
                    return null;
                });
    }

    /** What the record tells of itself, found in the same transaction. */
    Future<List<Entry>> add(Function<SqlTx, Future<List<Entry>>> found) {
        return database.transaction(tx -> found.apply(tx)
                        .compose(entries -> append(
                                tx,
                                entries.stream()
                                        .map(entry -> new Line(entry, null, null))
                                        .toList())))
                .map(entries -> {
                    told(entries);
                    return entries;
                });
    }

    /** Those whose producer counts them from one since it began. */
    private static List<RecordWatch.Numbered> numbered(List<Seen> seen, long done) {
        return seen.stream()
                .filter(one -> one.offset() >= done)
                .map(Seen::observation)
                .filter(one -> one.position().epoch() > 1)
                .map(one -> new RecordWatch.Numbered(
                        cut(one.source(), 63),
                        one.position().epoch(),
                        one.position().n()))
                .toList();
    }

    private static Line observation(EventEnvelope<byte[]> seen) {
        return new Line(
                new Entry(
                        0,
                        Entry.OBSERVATION,
                        cut(seen.source(), 63),
                        cut(seen.type(), 200),
                        cut(seen.subject().toString(), 700),
                        cut(seen.subject().domain(), 63),
                        cut(seen.actor(), 200),
                        seen.time(),
                        // Its own id: nothing led to it that we know of.
                        cut(seen.id(), 64),
                        seen.causationId() == null ? null : cut(seen.causationId(), 64),
                        null,
                        null,
                        null,
                        null,
                        readable(seen.data())),
                null,
                null);
    }

    private static Future<Long> lockOffset(SqlTx tx, Partition partition) {
        return selectOffset(tx, partition)
                .compose(rows -> rows.size() > 0
                        ? Future.succeededFuture(rows)
                        : tx.insertIfAbsent(
                                        "audit.entry_offset",
                                        List.of("topic", "partition_no"),
                                        List.of("next_offset"),
                                        List.of(Tuple.of(partition.topic(), partition.number(), 0L)))
                                .compose(ok -> selectOffset(tx, partition)))
                .map(rows -> rows.iterator().next().getLong(0));
    }

    private static Future<RowSet<Row>> selectOffset(SqlTx tx, Partition partition) {
        return tx.query(
                "SELECT next_offset FROM audit.entry_offset WHERE topic = ? AND partition_no = ? FOR UPDATE",
                partition.topic(),
                partition.number());
    }

    /** An entry before it has its seq, and where its record stood on the command topic. */
    private record Line(
            Entry entry,
            @Nullable Integer partition,
            @Nullable Long offset) {}

    /** What they say of people is encrypted before it is hashed; events come so from their journal. */
    private Future<List<Line>> withoutNames(SqlTx tx, List<Line> lines) {
        return personal.sealedSaid(tx, said(lines)).map(closed -> {
            List<Line> safe = new ArrayList<>();
            for (int i = 0; i < closed.size(); i++) {
                Line line = lines.get(i);
                safe.add(new Line(line.entry().saying(closed.get(i)), line.partition(), line.offset()));
            }
            return safe;
        });
    }

    private static List<PersonalData.Said> said(List<Line> lines) {
        return lines.stream().map(line -> line.entry().said()).toList();
    }

    /** Gives the lines the next seqs; the counter is the last lock taken. */
    private static Future<List<Entry>> append(SqlTx tx, List<Line> lines) {
        if (lines.isEmpty()) {
            return Future.succeededFuture(List.of());
        }
        return tx.query("SELECT last FROM audit.entry_counter WHERE id = 1 FOR UPDATE")
                .map(rows -> rows.iterator().next().getLong(0))
                .compose(last -> {
                    List<Entry> entries = new ArrayList<>();
                    List<Tuple> rows = new ArrayList<>();
                    for (Line line : lines) {
                        Entry entry = line.entry().withSeq(last + entries.size() + 1);
                        entries.add(entry);
                        rows.add(row(entry, line));
                    }
                    return tx.insert(COLUMNS, rows)
                            .compose(ok -> tx.query(
                                    "UPDATE audit.entry_counter SET last = ? WHERE id = 1", last + entries.size()))
                            .map(entries);
                });
    }

    private Void told(List<Entry> entries) {
        if (!entries.isEmpty()) {
            recorded.accept(entries);
        }
        return null;
    }

    private static Tuple row(Entry entry, Line line) {
        Position position = entry.position();
        Origin origin = entry.origin() == null ? Origin.UNKNOWN : entry.origin();
        Clearance clearance = entry.clearance() == null ? Clearance.NONE : entry.clearance();
        return Tuple.tuple()
                .addValue(entry.seq())
                .addValue(entry.kind())
                .addValue(entry.service())
                .addValue(entry.type())
                .addValue(entry.subject())
                .addValue(entry.domain())
                .addValue(entry.actor())
                .addValue(entry.correlationId())
                .addValue(entry.causationId())
                .addValue(entry.commandId())
                .addValue(entry.outcome())
                .addValue(position == null ? null : position.epoch())
                .addValue(position == null ? null : position.n())
                .addValue(line.partition())
                .addValue(line.offset())
                .addValue(micros(entry.time()))
                .addValue(entry.data())
                .addValue(origin.address())
                .addValue(origin.purpose())
                .addValue(origin.token())
                .addValue(clearance.policyPosition())
                .addValue(Clearances.warnings(clearance));
    }

    private static Line line(EventEnvelope<byte[]> event) {
        boolean ends = event.commandId() != null && event.outcome() != null;
        return new Line(
                new Entry(
                                0,
                                ends ? Entry.OUTCOME : Entry.EVENT,
                                event.source(),
                                event.type(),
                                event.subject().toString(),
                                event.subject().domain(),
                                event.actor(),
                                event.time(),
                                event.correlationId(),
                                event.causationId(),
                                event.commandId(),
                                event.outcome() == null ? null : event.outcome().wire(),
                                null,
                                event.position(),
                                oneLine(event.data()))
                        .with(event.clearance()),
                null,
                null);
    }

    /** Whatever was sent is recorded: what is too long for its column is cut, or one bad record would stop all that follow. */
    private static Line line(
            String service, Partition partition, long offset, CommandEnvelope<byte[]> command, Instant at) {
        return new Line(
                new Entry(
                                0,
                                Entry.ATTEMPT,
                                service,
                                cut(command.type(), 200),
                                cut(command.subject().toString(), 700),
                                cut(command.subject().domain(), 63),
                                cut(command.actor(), 200),
                                at,
                                cut(command.correlationId(), 64),
                                cutIfThere(command.causationId(), 64),
                                cut(command.id(), 64),
                                null,
                                null,
                                null,
                                readable(command.data()))
                        .from(new Origin(
                                cutIfThere(command.origin().address(), 64),
                                cutIfThere(command.origin().purpose(), 200),
                                cutIfThere(command.origin().token(), 63))),
                partition.number(),
                offset);
    }

    private static @Nullable String cutIfThere(@Nullable String text, int longest) {
        return text == null ? null : cut(text, longest);
    }

    private static String cut(String text, int longest) {
        String printable = text.replace('\0', ' ');
        return printable.length() <= longest || printable.codePointCount(0, printable.length()) <= longest
                ? printable
                : printable.substring(0, printable.offsetByCodePoints(0, longest - 1)) + "…";
    }

    /** What was sent, if it is JSON; bytes that are none stand in the dead letters. */
    private static String readable(byte[] data) {
        try (JsonParser json = JSON.createParser(data)) {
            if (json.nextToken() == null) {
                return "null";
            }
            json.skipChildren();
            return json.currentToken() == null ? "null" : oneLine(data);
        } catch (IOException e) {
            return "null";
        }
    }

    /** Line ends in JSON are blanks between its parts; in a stream of events they would be its end. */
    private static String oneLine(byte[] json) {
        return new String(json, StandardCharsets.UTF_8).replace('\n', ' ').replace('\r', ' ');
    }

    static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }
}
