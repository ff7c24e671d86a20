package io.fjord.core.handover;

import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent.ServiceAccountArchived;
import io.fjord.contract.iam.user.UserEvent;
import io.fjord.contract.iam.user.UserEvent.UserArchived;
import io.fjord.kernel.Access;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Reaction;
import io.fjord.platform.sql.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Who leaves takes nothing along: their things go to whom they named, else to an owner of the domain, else to the operator. */
public final class HandOver implements Reaction {

    private static final String SERVICE = "core";
    private static final String OPERATOR = "user:operator";

    private final Database database;
    private final Access access;
    private final MessageTypes types;
    private final String kind;
    private final Function<String, Object> command;
    private final MessageTypes leavers = new MessageTypes()
            .add("iam", "user", UserEvent.class)
            .add("iam", "service-account", ServiceAccountEvent.class);

    /**
     * @param kind of things: each is a row of core's table of that name, with its owner and state
     * @param command that hands one over to an heir
     * @param types those of core
     */
    public HandOver(
            Database database, Access access, MessageTypes types, String kind, Function<String, Object> command) {
        this.database = database;
        this.access = access;
        this.types = types;
        this.kind = kind;
        this.command = command;
    }

    @Override
    public String name() {
        return "core." + kind + "-hand-over";
    }

    @Override
    public Set<String> services() {
        return Set.of("iam");
    }

    @Override
    public Future<List<CommandEnvelope<byte[]>>> on(EventEnvelope<byte[]> event) {
        if (!leavers.knows(event.type())) {
            return Future.succeededFuture(List.of());
        }
        Object data = leavers.read(event.type(), event.data());
        if (data instanceof UserArchived left) {
            return handOver(event, Optional.ofNullable(left.handOverTo()));
        }
        return data instanceof ServiceAccountArchived left
                ? handOver(event, Optional.ofNullable(left.handOverTo()))
                : Future.succeededFuture(List.of());
    }

    private Future<List<CommandEnvelope<byte[]>>> handOver(EventEnvelope<byte[]> event, Optional<String> named) {
        String leaver = event.subject().kind() + ":" + event.subject().name();
        return access.known("iam", event.position())
                .compose(ok -> database.query(
                        "SELECT domain, name FROM core." + kind + " WHERE owner = ? AND state <> 'deleted'"
                                + " ORDER BY domain, name",
                        leaver))
                .map(rows -> commands(event, named, rows));
    }

    private List<CommandEnvelope<byte[]>> commands(
            EventEnvelope<byte[]> event, Optional<String> named, RowSet<Row> rows) {
        List<CommandEnvelope<byte[]>> commands = new ArrayList<>();
        for (Row row : rows) {
            Address thing = new Address(row.getString("domain"), kind, row.getString("name"));
            String heir = named.or(() -> access.ownerOf(thing.domain())).orElse(OPERATOR);
            Object handOver = command.apply(heir);
            commands.add(new CommandEnvelope<>(
                    Ids.of("hand-over", event.id(), thing.toString()),
                    types.typeOf(handOver),
                    SERVICE,
                    Instant.now(),
                    thing,
                    "service:" + SERVICE,
                    event.correlationId(),
                    event.id(),
                    null,
                    event.traceparent(),
                    Json.bytes(handOver)));
        }
        return commands;
    }
}
