package io.fjord.iam.user;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.iam.Actors;
import io.fjord.iam.Parts;
import io.fjord.kernel.Metastore;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Tells callers who they are, and takes in those who come for the first time. */
final class MeRoutes {

    private final Metastore metastore;
    private final Reads reads;
    private final Listing<User> users;
    private final Introductions introductions;

    MeRoutes(Parts parts, Listing<User> users) {
        this.metastore = parts.metastore();
        this.reads = parts.reads();
        this.users = users;
        this.introductions = new Introductions(parts);
    }

    void install(Api api) {
        api.on("getMe", this::me).on("introduceMe", this::introduce);
    }

    private Future<Reply> introduce(Call call) {
        return introductions.introduce(call).compose(ok -> me(call));
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Me(
            String actor,
            String kind,
            @Nullable String userName,
            @Nullable String displayName,
            @Nullable String state,
            Collection<String> groups,
            boolean limited) {}

    private Future<Reply> me(Call call) {
        String actor = call.actor();
        return reads.reached(call)
                .compose(ok -> user(actor))
                .compose(user -> metastore
                        .snapshot(tx -> groups(SqlTx.of(tx), Set.of(actor), new TreeSet<>()))
                        .map(at -> Reply.ok(new Me(
                                        actor,
                                        kind(actor),
                                        user == null ? null : user.userName(),
                                        user == null || user.displayName() == null
                                                ? call.caller().displayName()
                                                : user.displayName(),
                                        user == null ? null : user.state().label(),
                                        at.value(),
                                        call.caller().limits() != null))
                                .position(metastore.service(), at.position())));
    }

    private static String kind(String actor) {
        int colon = actor.indexOf(':');
        return colon < 0 ? "service" : actor.substring(0, colon);
    }

    /** Null for who is no user, or has no row: who has only logged in so far, the operator. */
    private Future<@Nullable User> user(String actor) {
        if (!Actors.isActor(actor) || !actor.startsWith(Actors.USER + ":")) {
            return Future.succeededFuture(null);
        }
        return users.one(Actors.address(actor))
                .map(at -> at.value().map(stored -> stored.state()).orElse(null));
    }

    /** Group by group outwards, each once: they may be members of each other in a circle. */
    private static Future<Set<String>> groups(SqlTx tx, Collection<String> members, Set<String> found) {
        return tx.queryIn("SELECT DISTINCT group_name FROM iam.group_member WHERE member IN (??)", members)
                .compose(rows -> {
                    Set<String> more = new TreeSet<>();
                    for (Row row : rows) {
                        String group = Actors.GROUP + ":" + row.getString("group_name");
                        if (found.add(group)) {
                            more.add(group);
                        }
                    }
                    return more.isEmpty() ? Future.succeededFuture(found) : groups(tx, more, found);
                });
    }
}
