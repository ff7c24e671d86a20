package io.fjord.audit;

import io.fjord.codec.Json;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.kernel.Partition;
import io.fjord.kernel.Projection;
import io.fjord.platform.kafka.CommandTail;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.ProjectionPositions;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the record: attempts from the command topics, outcomes and all other events from the journals. How far each is read
 * and what was written of it are one transaction, so each stands in the record once; only ever added to.
 */
final class AuditLog implements Projection, CommandTail.Sink {

    private static final String COLUMNS = "audit.entry (seq, kind, service, type, subject, domain, actor, correlation_id,"
            + " causation_id, command_id, outcome, epoch, n, partition_no, offset_no, time_micros, data)";
    private static final int LONGEST_TYPE = 200;

    private final Database database;
    private final ProjectionPositions positions;
    private final Set<String> services;
    private final LongConsumer recorded;

    /** @param recorded told of the last seq after each commit */
    AuditLog(Database database, List<String> services, LongConsumer recorded) {
        this.database = database;
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
                    List<EventEnvelope<byte[]>> fresh = events.stream()
                            .filter(event -> event.position().isAfter(at))
                            .toList();
                    if (fresh.isEmpty()) {
                        return Future.succeededFuture(0L);
                    }
                    Position last = fresh.get(fresh.size() - 1).position();
                    return positions
                            .write(tx, service, last)
                            .compose(ok -> append(
                                    tx, fresh.stream().map(AuditLog::line).toList()));
                }))
                .map(this::told);
    }

    /**
     * A restored database tells another story from some point on. What was recorded stays: it did happen. The events of the new
     * epoch follow.
     */
    @Override
    public Future<Void> reset(String service) {
        return database.transaction(
                tx -> positions.lock(tx, service).compose(at -> positions.write(tx, service, Position.START)));
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
                    List<Tuple> lines = new ArrayList<>();
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
                            .compose(ok -> append(tx, lines));
                }))
                .map(this::told);
    }

    private static Future<Long> lockOffset(SqlTx tx, Partition partition) {
        return tx.insertIfAbsent(
                        "audit.entry_offset",
                        List.of("topic", "partition_no"),
                        List.of("next_offset"),
                        List.of(Tuple.of(partition.topic(), partition.number(), 0L)))
                .compose(ok -> tx.query(
                        "SELECT next_offset FROM audit.entry_offset WHERE topic = ? AND partition_no = ? FOR UPDATE",
                        partition.topic(),
                        partition.number()))
                .map(rows -> rows.iterator().next().getLong(0));
    }

    /** Gives the lines the next seqs; the counter is the last lock taken. */
    private static Future<Long> append(SqlTx tx, List<Tuple> lines) {
        if (lines.isEmpty()) {
            return Future.succeededFuture(0L);
        }
        return tx.query("SELECT last FROM audit.entry_counter WHERE id = 1 FOR UPDATE")
                .map(rows -> rows.iterator().next().getLong(0))
                .compose(last -> {
                    List<Tuple> rows = new ArrayList<>();
                    long seq = last;
                    for (Tuple line : lines) {
                        Tuple row = Tuple.of(++seq);
                        for (int i = 0; i < line.size(); i++) {
                            row.addValue(line.getValue(i));
                        }
                        rows.add(row);
                    }
                    long end = seq;
                    return tx.insert(COLUMNS, rows)
                            .compose(ok -> tx.query("UPDATE audit.entry_counter SET last = ? WHERE id = 1", end))
                            .map(end);
                });
    }

    private @Nullable Void told(long last) {
        if (last > 0) {
            recorded.accept(last);
        }
        return null;
    }

    private static Tuple line(EventEnvelope<byte[]> event) {
        boolean ends = event.commandId() != null && event.outcome() != null;
        return Tuple.tuple()
                .addValue(ends ? Entry.OUTCOME : Entry.EVENT)
                .addValue(event.source())
                .addValue(event.type())
                .addValue(event.subject().toString())
                .addValue(event.subject().domain())
                .addValue(event.actor())
                .addValue(event.correlationId())
                .addValue(event.causationId())
                .addValue(event.commandId())
                .addValue(event.outcome() == null ? null : event.outcome().wire())
                .addValue(event.position().epoch())
                .addValue(event.position().n())
                .addValue(null)
                .addValue(null)
                .addValue(micros(event.time()))
                .addValue(new String(event.data(), StandardCharsets.UTF_8));
    }

    private static Tuple line(
            String service, Partition partition, long offset, CommandEnvelope<byte[]> command, Instant at) {
        return Tuple.tuple()
                .addValue(Entry.ATTEMPT)
                .addValue(service)
                .addValue(command.type().length() > LONGEST_TYPE ? "unknown" : command.type())
                .addValue(command.subject().toString())
                .addValue(command.subject().domain())
                .addValue(command.actor())
                .addValue(command.correlationId())
                .addValue(command.causationId())
                .addValue(command.id())
                .addValue(null)
                .addValue(null)
                .addValue(null)
                .addValue(partition.number())
                .addValue(offset)
                .addValue(micros(at))
                .addValue(readable(command.data()));
    }

    /** What was sent, if it is JSON; bytes that are none stand in the dead letters. */
    private static String readable(byte[] data) {
        try {
            return Json.MAPPER.readTree(data).toString();
        } catch (java.io.IOException e) {
            return "null";
        }
    }

    static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }
}
