package io.fjord.iam;

import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.iam.grant.GrantCommand.MakeGrant;
import io.fjord.kernel.CommandLog;
import io.fjord.kernel.Ids;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;

/** What the groups of Fjord's own realm may, on a platform that begins: without it nobody who logs in could do anything. */
final class FirstGrants {

    private record First(Address grant, MakeGrant wish) {}

    private static final List<First> GRANTS = List.of(
            new First(
                    new Address(Actors.PLATFORM, "grant", "first-admins"),
                    new MakeGrant("group:admins", "platform-admin", List.of(), List.of("*/*/*"), null)),
            new First(
                    new Address("default", "grant", "first-engineers"),
                    new MakeGrant(
                            "group:engineers",
                            "member",
                            List.of("cluster:*", "statement:*", "table:*", "namespace:*", "view:*", "secret:*"),
                            List.of("default/*/*"),
                            null)),
            new First(
                    new Address("default", "grant", "first-analysts"),
                    new MakeGrant("group:analysts", "member", List.of(), List.of("default/*/*"), null)));

    private FirstGrants() {}

    /** Sends them; the same ones each time, so that a start that was cut off goes on where it was. */
    static Future<Void> send(CommandLog log, MessageTypes types) {
        Future<Void> all = Future.succeededFuture();
        for (First first : GRANTS) {
            String id = Ids.of("first-grant", first.grant().toString());
            CommandEnvelope<byte[]> command = new CommandEnvelope<>(
                    id,
                    types.typeOf(first.wish()),
                    IamVerticle.SERVICE,
                    Instant.now(),
                    first.grant(),
                    "service:" + IamVerticle.SERVICE,
                    id,
                    null,
                    null,
                    null,
                    Json.bytes(first.wish()));
            all = all.compose(ok -> log.append(IamVerticle.SERVICE, command)).mapEmpty();
        }
        return all;
    }
}
