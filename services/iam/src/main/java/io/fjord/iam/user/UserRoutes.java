package io.fjord.iam.user;

import io.fjord.contract.Address;
import io.fjord.contract.iam.user.UserCommand.ActivateUser;
import io.fjord.contract.iam.user.UserCommand.ArchiveUser;
import io.fjord.contract.iam.user.UserCommand.ChangeUser;
import io.fjord.contract.iam.user.UserCommand.ForgetUser;
import io.fjord.contract.iam.user.UserCommand.RegisterUser;
import io.fjord.contract.iam.user.UserCommand.SuspendUser;
import io.fjord.iam.Actors;
import io.fjord.iam.Bodies;
import io.fjord.iam.Parts;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.Reply;
import io.fjord.platform.http.ThingRoutes;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.Where;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Users over HTTP. */
final class UserRoutes {

    private final Database database;
    private final Listing<User> listing;
    private final ThingRoutes<User> users;

    UserRoutes(Parts parts, Listing<User> listing) {
        this.database = parts.database();
        this.listing = listing;
        this.users = parts.routes(listing, UserView::of, address -> UserProblems.notFound(address.name()));
    }

    void install(Api api) {
        api.on("registerUser", this::register)
                .on("listUsers", this::list)
                .on("getUser", call -> users.get(call, address(call)))
                .on("getUserHistory", call -> users.history(call, address(call)))
                .on("changeUser", this::change)
                .on(
                        "suspendUser",
                        call -> users.change(
                                call,
                                address(call),
                                new SuspendUser(Bodies.optional(call, Reason.class)
                                        .map(Reason::reason)
                                        .orElse(null))))
                .on("activateUser", call -> users.change(call, address(call), new ActivateUser()))
                .on(
                        "archiveUser",
                        call -> users.change(
                                call,
                                address(call),
                                new ArchiveUser(Bodies.optional(call, Archive.class)
                                        .map(Archive::handOverTo)
                                        .orElse(null))))
                .on("forgetUser", this::forget);
    }

    private record Register(
            String id,
            String userName,
            @Nullable String displayName,
            @Nullable String externalId) {}

    private record Change(
            String userName,
            @Nullable String displayName,
            @Nullable String externalId) {}

    private record Reason(@Nullable String reason) {}

    private record Archive(@Nullable String handOverTo) {}

    private record Forget(String confirm) {}

    private Future<Reply> register(Call call) {
        Register body = call.body(Register.class);
        Address address = new Address(Actors.PLATFORM, Actors.USER, body.id());
        call.require(address);
        return users.create(
                call,
                address,
                new RegisterUser(body.userName(), body.displayName(), body.externalId()),
                "/api/v1/users/" + body.id());
    }

    private Future<Reply> change(Call call) {
        Change body = call.body(Change.class);
        return users.change(
                call, address(call), new ChangeUser(body.userName(), body.displayName(), body.externalId()));
    }

    /** The identity provider speaks of them by an id of its own, if they were here before they were there. */
    private Future<Reply> forget(Call call) {
        Forget body = call.body(Forget.class);
        Address address = address(call);
        return database.query(
                        "SELECT keycloak_id FROM iam.keycloak_link WHERE kind = ? AND name = ? AND keycloak_id <> ?",
                        Actors.USER,
                        address.name(),
                        address.name())
                .compose(rows -> {
                    List<String> others = new ArrayList<>();
                    rows.forEach(row -> others.add(row.getString(0)));
                    return users.change(call, address, new ForgetUser(body.confirm(), others));
                });
    }

    private Future<Reply> list(Call call) {
        Where<User> where = Where.all();
        String state = call.query("state").orElse(null);
        if (state != null) {
            where = where.and(
                    "state = ?", List.of(state), user -> user.state().label().equals(state));
        }
        String userName = call.query("userName").orElse(null);
        if (userName != null) {
            String key = UserNames.key(userName);
            where = where.and(
                    "user_name_key = ?",
                    List.of(key),
                    user -> UserNames.key(user.userName()).equals(key));
        }
        String externalId = call.query("externalId").orElse(null);
        if (externalId != null) {
            where = where.and("external_id = ?", List.of(externalId), user -> externalId.equals(user.externalId()));
        }
        return users.list(call, Actors.PLATFORM, listing.where(where));
    }

    private static Address address(Call call) {
        return new Address(Actors.PLATFORM, Actors.USER, call.path("id"));
    }
}
