package io.fjord.iam.group;

import io.fjord.contract.Address;
import io.fjord.contract.iam.group.GroupCommand.AddMembers;
import io.fjord.contract.iam.group.GroupCommand.ChangeGroup;
import io.fjord.contract.iam.group.GroupCommand.CreateGroup;
import io.fjord.contract.iam.group.GroupCommand.DeleteGroup;
import io.fjord.contract.iam.group.GroupCommand.RemoveMembers;
import io.fjord.iam.Actors;
import io.fjord.iam.Parts;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.Reply;
import io.fjord.platform.http.ThingRoutes;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.Where;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Groups over HTTP. */
final class GroupRoutes {

    private final Listing<Group> listing;
    private final ThingRoutes<Group> groups;

    GroupRoutes(Parts parts, Listing<Group> listing) {
        this.listing = listing;
        this.groups = parts.routes(listing, GroupView::of, address -> GroupProblems.notFound(address.name()));
    }

    void install(Api api) {
        api.on("createGroup", this::create)
                .on("listGroups", this::list)
                .on("getGroup", call -> groups.get(call, address(call)))
                .on("getGroupHistory", call -> groups.history(call, address(call)))
                .on("changeGroup", this::change)
                .on("deleteGroup", call -> groups.remove(call, address(call), new DeleteGroup()))
                .on(
                        "addGroupMembers",
                        call -> groups.change(
                                call,
                                address(call),
                                new AddMembers(call.body(Members.class).members())))
                .on(
                        "removeGroupMembers",
                        call -> groups.change(
                                call,
                                address(call),
                                new RemoveMembers(call.body(Members.class).members())));
    }

    private record Create(
            String name,
            @Nullable String displayName,
            @Nullable String externalId) {}

    private record Change(String displayName, @Nullable String externalId) {}

    private record Members(List<String> members) {}

    private Future<Reply> create(Call call) {
        Create body = call.body(Create.class);
        String displayName = body.displayName() == null ? body.name() : body.displayName();
        return groups.create(
                call,
                new Address(Actors.PLATFORM, Actors.GROUP, body.name()),
                new CreateGroup(displayName, body.externalId()),
                "/api/v1/groups/" + body.name());
    }

    private Future<Reply> change(Call call) {
        Change body = call.body(Change.class);
        return groups.change(call, address(call), new ChangeGroup(body.displayName(), body.externalId()));
    }

    private Future<Reply> list(Call call) {
        Where<Group> where = Where.all();
        String member = call.query("member").orElse(null);
        if (member != null) {
            where = where.and(
                    "name IN (SELECT group_name FROM iam.group_member WHERE member = ?)",
                    List.of(member),
                    group -> group.members().contains(member));
        }
        return groups.list(call, Actors.PLATFORM, listing.where(where));
    }

    private static Address address(Call call) {
        return new Address(Actors.PLATFORM, Actors.GROUP, call.path("name"));
    }
}
