package io.fjord.iam.user;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.iam.group.GroupCommand.AddMembers;
import io.fjord.contract.iam.group.GroupCommand.CreateGroup;
import io.fjord.contract.iam.group.GroupCommand.RemoveMembers;
import io.fjord.contract.iam.user.UserCommand.RegisterUser;
import io.fjord.iam.Actors;
import io.fjord.iam.IamVerticle;
import io.fjord.iam.IssuerGroups;
import io.fjord.iam.Parts;
import io.fjord.kernel.Ids;
import io.fjord.platform.http.Actor;
import io.fjord.platform.http.Call;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes known who comes with a token of the identity provider for the first time, and keeps the groups that came from there as the
 * token has them. Groups made here are left alone.
 */
final class Introductions {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Parts parts;

    Introductions(Parts parts) {
        this.parts = parts;
    }

    /** A group of the identity provider, and whether the caller is in it. */
    private record Issued(String externalId, boolean member) {}

    private record Known(boolean user, Set<String> others, Map<String, Issued> issued) {}

    /** Completes when what there was to tell is known to the access rules; does nothing for other callers than users. */
    Future<Void> introduce(Call call) {
        Actor caller = call.caller();
        boolean ofIssuer = caller.displayName() != null || !caller.groups().isEmpty();
        if (!ofIssuer
                || caller.limits() != null
                || !Actors.isActor(caller.id())
                || !caller.id().startsWith("user:")) {
            return Future.succeededFuture();
        }
        return known(caller.id()).compose(known -> {
            Future<@Nullable EventEnvelope<byte[]>> last = Future.succeededFuture(null);
            for (Wish wish : wishes(caller, known)) {
                last = last.compose(before -> send(call, wish).map(outcome -> outcome.orElse(before)));
            }
            return last.compose(outcome -> outcome == null
                    ? Future.succeededFuture()
                    : parts.access().known(IamVerticle.SERVICE, outcome.position()));
        });
    }

    private record Wish(Address subject, Object command) {}

    private static List<Wish> wishes(Actor caller, Known known) {
        List<Wish> wishes = new ArrayList<>();
        String id = caller.id();
        if (!known.user()) {
            String name = caller.displayName() == null ? Actors.address(id).name() : caller.displayName();
            wishes.add(new Wish(Actors.address(id), new RegisterUser(name, caller.displayName(), null)));
        }
        Set<String> wanted = new HashSet<>();
        for (String path : new java.util.TreeSet<>(caller.groups())) {
            String name = IssuerGroups.name(path);
            if (!Address.NAME.matcher(name).matches() || known.others().contains(name)) {
                continue;
            }
            wanted.add(name);
            Address group = new Address(Actors.PLATFORM, Actors.GROUP, name);
            Issued there = known.issued().get(name);
            if (there == null) {
                wishes.add(new Wish(group, new CreateGroup(name, IssuerGroups.ISSUED + path)));
            }
            if (there == null || !there.member()) {
                wishes.add(new Wish(group, new AddMembers(List.of(id))));
            }
        }
        known.issued().forEach((name, there) -> {
            if (there.member() && !wanted.contains(name)) {
                wishes.add(new Wish(new Address(Actors.PLATFORM, Actors.GROUP, name), new RemoveMembers(List.of(id))));
            }
        });
        return wishes;
    }

    private Future<Known> known(String actor) {
        return parts.metastore()
                .snapshot(tx -> {
                    SqlTx sql = SqlTx.of(tx);
                    return sql.query(
                                    "SELECT name FROM iam.iam_user WHERE domain = ? AND name = ?",
                                    Actors.PLATFORM,
                                    Actors.address(actor).name())
                            .compose(users -> sql.query(
                                            "SELECT g.name AS name, g.external_id AS external_id, m.member AS member"
                                                    + " FROM iam.iam_group g LEFT JOIN iam.group_member m"
                                                    + " ON m.group_name = g.name AND m.member = ?"
                                                    + " WHERE g.domain = ? AND g.state <> 'deleted'",
                                            actor,
                                            Actors.PLATFORM)
                                    .map(groups -> known(users.size() > 0, groups)));
                })
                .map(at -> at.value());
    }

    private static Known known(boolean user, Iterable<Row> groups) {
        Set<String> others = new HashSet<>();
        Map<String, Issued> issued = new TreeMap<>();
        for (Row row : groups) {
            String externalId = row.getString("external_id");
            if (externalId != null && externalId.startsWith(IssuerGroups.ISSUED)) {
                issued.put(row.getString("name"), new Issued(externalId, row.getString("member") != null));
            } else {
                others.add(row.getString("name"));
            }
        }
        return new Known(user, others, issued);
    }

    private Future<Optional<EventEnvelope<byte[]>>> send(Call call, Wish wish) {
        CommandEnvelope<byte[]> command = new CommandEnvelope<>(
                Ids.next(),
                parts.types().typeOf(wish.command()),
                IamVerticle.SERVICE,
                Instant.now(),
                wish.subject(),
                "service:" + IamVerticle.SERVICE,
                call.correlationId(),
                null,
                null,
                call.traceparent(),
                Json.bytes(wish.command()));
        // Listening begins before it is sent, or the outcome could pass in between.
        Future<Optional<EventEnvelope<byte[]>>> outcome = parts.outcomes().await(command.id(), PATIENCE);
        return parts.log().append(IamVerticle.SERVICE, command).compose(place -> outcome);
    }
}
