package io.fjord.core.operation;

import io.fjord.codec.Clearances;
import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Outcome;
import io.fjord.contract.Position;
import io.fjord.contract.operation.OperationEvent.CommandHadNoEffect;
import io.fjord.contract.operation.OperationEvent.CommandRejected;
import io.fjord.kernel.Partition;
import io.fjord.kernel.Projection;
import io.fjord.platform.kafka.CommandTail;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.ProjectionPositions;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The one view of all commands and their outcomes: wishes from the command topics, outcomes from the event topics. */
final class OperationProjection implements Projection, CommandTail.Sink {

    private static final String TABLE = "core.operation";
    private static final List<String> WISHED =
            List.of("service", "domain", "subject", "actor", "correlation_id", "command", "submitted_micros");
    private static final List<String> DECIDED = List.of(
            "service",
            "domain",
            "subject",
            "actor",
            "correlation_id",
            "state",
            "outcome",
            "epoch",
            "n",
            "decided_micros",
            "reason",
            "problem",
            "policy_position",
            "warnings");

    private final Database database;
    private final ProjectionPositions positions;
    private final MessageTypes types;
    private final Set<String> services;

    OperationProjection(Database database, MessageTypes types, Set<String> services) {
        this.database = database;
        this.positions = new ProjectionPositions(database, "core", name());
        this.types = types;
        this.services = services;
    }

    @Override
    public String name() {
        return "core.operation";
    }

    @Override
    public Set<String> services() {
        return services;
    }

    // Outcomes

    @Override
    public Future<Position> position(String service) {
        return positions.read(service);
    }

    @Override
    public Future<Void> apply(String service, List<EventEnvelope<byte[]>> events) {
        Position last = events.get(events.size() - 1).position();
        Map<String, Tuple> outcomes = new LinkedHashMap<>();
        for (EventEnvelope<byte[]> event : events) {
            if (event.commandId() != null && event.outcome() != null) {
                outcomes.put(event.commandId(), outcome(event.commandId(), event.outcome(), event));
            }
        }
        return database.transaction(tx -> positions.lock(tx, service).compose(at -> {
            if (!last.isAfter(at)) {
                return Future.succeededFuture();
            }
            return tx.upsert(TABLE, List.of("id"), DECIDED, List.copyOf(outcomes.values()))
                    .compose(ok -> positions.write(tx, service, last));
        }));
    }

    private Tuple outcome(String commandId, Outcome outcome, EventEnvelope<byte[]> event) {
        String reason = null;
        String problem = null;
        if (outcome != Outcome.ACCEPTED) {
            Object said = types.read(event.type(), event.data());
            if (said instanceof CommandRejected rejected) {
                problem = Json.text(rejected.problem());
            } else if (said instanceof CommandHadNoEffect none) {
                reason = none.reason();
            }
        }
        return Tuple.tuple()
                .addValue(commandId)
                .addValue(event.source())
                .addValue(event.subject().domain())
                .addValue(event.subject().toString())
                .addValue(event.actor())
                .addValue(event.correlationId())
                .addValue(outcome == Outcome.REJECTED ? "rejected" : "done")
                .addValue(outcome.wire())
                .addValue(event.position().epoch())
                .addValue(event.position().n())
                .addValue(micros(event.time()))
                .addValue(reason)
                .addValue(problem)
                .addValue(event.clearance().policyPosition())
                .addValue(Clearances.warnings(event.clearance()));
    }

    @Override
    public Future<Void> reset(String service) {
        return database.transaction(tx -> positions
                .lock(tx, service)
                .compose(at -> tx.query(
                        "UPDATE core.operation SET state = 'pending', outcome = NULL, epoch = NULL, n = NULL,"
                                + " decided_micros = NULL, reason = NULL, problem = NULL, policy_position = NULL, warnings = NULL"
                                + " WHERE service = ?",
                        service))
                .compose(ok -> positions.write(tx, service, Position.START)));
    }

    // Wishes

    @Override
    public Future<Map<Partition, Long>> offsets() {
        return database.query("SELECT topic, partition_no, next_offset FROM core.operation_offset")
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
        Map<String, Tuple> rows = new LinkedHashMap<>();
        for (CommandTail.Wish wish : wishes) {
            CommandEnvelope<byte[]> command = wish.record().command();
            if (command != null) {
                rows.putIfAbsent(command.id(), wish(service, command, wish.at()));
            }
        }
        return database.transaction(tx -> tx.upsert(TABLE, List.of("id"), WISHED, List.copyOf(rows.values()))
                .compose(ok -> tx.upsert(
                        "core.operation_offset",
                        List.of("topic", "partition_no"),
                        List.of("next_offset"),
                        List.of(Tuple.of(partition.topic(), partition.number(), next)))));
    }

    private static Tuple wish(String service, CommandEnvelope<byte[]> command, Instant at) {
        return Tuple.tuple()
                .addValue(command.id())
                .addValue(service)
                .addValue(command.subject().domain())
                .addValue(command.subject().toString())
                .addValue(command.actor())
                .addValue(command.correlationId())
                .addValue(command.type())
                .addValue(micros(at));
    }

    static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }

    static Instant time(@Nullable Long micros) {
        return micros == null ? Instant.EPOCH : Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
