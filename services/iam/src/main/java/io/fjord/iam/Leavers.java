package io.fjord.iam;

import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.iam.grant.GrantCommand.MakeGrant;
import io.fjord.contract.iam.grant.GrantCommand.RevokeGrant;
import io.fjord.contract.iam.serviceaccount.ServiceAccountCommand.HandOverServiceAccount;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent.ServiceAccountArchived;
import io.fjord.contract.iam.token.TokenCommand.RevokeToken;
import io.fjord.contract.iam.user.UserEvent.UserArchived;
import io.fjord.contract.iam.user.UserEvent.UserForgotten;
import io.fjord.iam.grant.DomainPeople;
import io.fjord.kernel.Access;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Reaction;
import io.fjord.platform.access.BuiltInRoles;
import io.fjord.platform.sql.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What becomes of a leaver's things in iam: the domains they owned and the service accounts they answered for go to whom they named,
 * else to another owner of the domain, else to the operator. Their tokens are revoked: a secret that was somebody's is handed to
 * nobody. What else was granted to them stays as it was, and gives them nothing any more. Of who is forgotten it is not known any more
 * from where they used their tokens.
 */
final class Leavers implements Reaction {

    private final Database database;
    private final Access access;
    private final MessageTypes types;

    Leavers(Database database, Access access, MessageTypes types) {
        this.database = database;
        this.access = access;
        this.types = types;
    }

    @Override
    public String name() {
        return "iam.leavers";
    }

    @Override
    public Set<String> services() {
        return Set.of(IamVerticle.SERVICE);
    }

    @Override
    public Future<List<CommandEnvelope<byte[]>>> on(EventEnvelope<byte[]> event) {
        if (!types.knows(event.type())) {
            return Future.succeededFuture(List.of());
        }
        Object data = types.read(event.type(), event.data());
        if (data instanceof UserArchived left) {
            return left(event, Optional.ofNullable(left.handOverTo()));
        }
        if (data instanceof UserForgotten) {
            return database.query(
                            "UPDATE iam.token_use SET address = NULL WHERE name IN"
                                    + " (SELECT name FROM iam.token WHERE owner = ?)",
                            Actors.of(event.subject()))
                    .map(List.of());
        }
        return data instanceof ServiceAccountArchived left
                ? left(event, Optional.ofNullable(left.handOverTo()))
                : Future.succeededFuture(List.of());
    }

    private Future<List<CommandEnvelope<byte[]>>> left(EventEnvelope<byte[]> event, Optional<String> named) {
        String leaver = Actors.of(event.subject());
        List<CommandEnvelope<byte[]>> commands = new ArrayList<>();
        return access.known(IamVerticle.SERVICE, event.position())
                .compose(ok -> database.query(
                        "SELECT domain, name FROM iam.access_grant WHERE subject = ? AND role = ? AND state = 'live'"
                                + " ORDER BY domain, name",
                        leaver,
                        BuiltInRoles.OWNER))
                .compose(grants -> {
                    for (Row row : grants) {
                        ownership(event, row.getString("domain"), row.getString("name"), leaver, named, commands);
                    }
                    return database.query(
                            "SELECT name FROM iam.service_account WHERE owner = ? AND state <> 'archived' ORDER BY name",
                            leaver);
                })
                .compose(accounts -> {
                    String heir =
                            named.or(() -> access.ownerOf(Actors.PLATFORM)).orElse(Actors.OPERATOR);
                    for (Row row : accounts) {
                        Address account = new Address(Actors.PLATFORM, Actors.SERVICE_ACCOUNT, row.getString("name"));
                        // None answers for itself.
                        String other = Actors.of(account).equals(heir) ? Actors.OPERATOR : heir;
                        commands.add(command(event, account, new HandOverServiceAccount(other)));
                    }
                    return database.query(
                            "SELECT name FROM iam.token WHERE owner = ? AND state <> 'revoked' ORDER BY name", leaver);
                })
                .map(tokens -> {
                    for (Row row : tokens) {
                        commands.add(command(
                                event,
                                new Address(Actors.PLATFORM, "token", row.getString("name")),
                                new RevokeToken()));
                    }
                    return commands;
                });
    }

    private void ownership(
            EventEnvelope<byte[]> event,
            String domain,
            String grant,
            String leaver,
            Optional<String> named,
            List<CommandEnvelope<byte[]>> commands) {
        // What is not the whole of the domain is a grant like any other.
        if (!grant.equals(DomainPeople.grant(domain, BuiltInRoles.OWNER, leaver).name())) {
            return;
        }
        String heir = named.or(() -> access.ownerOf(domain)).orElse(Actors.OPERATOR);
        MakeGrant made = DomainPeople.wish(domain, BuiltInRoles.OWNER, heir);
        commands.add(command(event, DomainPeople.grant(domain, BuiltInRoles.OWNER, heir), made));
        commands.add(command(event, new Address(domain, "grant", grant), new RevokeGrant()));
    }

    private CommandEnvelope<byte[]> command(EventEnvelope<byte[]> event, Address subject, Object command) {
        return new CommandEnvelope<>(
                Ids.of("hand-over", event.id(), subject.toString()),
                types.typeOf(command),
                IamVerticle.SERVICE,
                Instant.now(),
                subject,
                "service:" + IamVerticle.SERVICE,
                event.correlationId(),
                event.id(),
                null,
                event.traceparent(),
                Json.bytes(command));
    }
}
