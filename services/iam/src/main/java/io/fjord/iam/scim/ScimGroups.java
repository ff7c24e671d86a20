package io.fjord.iam.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.contract.Address;
import io.fjord.contract.iam.group.GroupCommand.AddMembers;
import io.fjord.contract.iam.group.GroupCommand.ChangeGroup;
import io.fjord.contract.iam.group.GroupCommand.CreateGroup;
import io.fjord.contract.iam.group.GroupCommand.DeleteGroup;
import io.fjord.contract.iam.group.GroupCommand.RemoveMembers;
import io.fjord.iam.Actors;
import io.fjord.iam.group.Group;
import io.fjord.kernel.Ids;
import io.fjord.platform.http.Call;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.Where;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Groups as SCIM has them; service accounts in them are not seen, and stay. */
final class ScimGroups implements ScimKind<Group> {

    static final String SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group";

    private final Database database;

    ScimGroups(Database database) {
        this.database = database;
    }

    @Override
    public String endpoint() {
        return "Groups";
    }

    @Override
    public String name() {
        return "Group";
    }

    @Override
    public String schema() {
        return SCHEMA;
    }

    @Override
    public String kind() {
        return Actors.GROUP;
    }

    @Override
    public boolean shown(Group group) {
        return group.exists();
    }

    @Override
    public String created(Group group) {
        return group.createdAt().toString();
    }

    @Override
    public void attributes(Group group, ObjectNode to) {
        if (group.externalId() != null) {
            to.put("externalId", group.externalId());
        }
        to.put("displayName", group.displayName());
        ArrayNode members = to.putArray("members");
        group.members().stream().filter(ScimGroups::isSeen).forEach(member -> {
            Address address = Actors.address(member);
            boolean user = address.kind().equals(Actors.USER);
            members.addObject()
                    .put("value", address.name())
                    .put("$ref", Scim.BASE + (user ? "/Users/" : "/Groups/") + address.name())
                    .put("type", user ? "User" : "Group");
        });
    }

    private static boolean isSeen(String member) {
        return !member.startsWith(Actors.SERVICE_ACCOUNT + ":");
    }

    @Override
    public Where<Group> narrowed(String attribute, String value) {
        return attribute.equals("id")
                ? Where.<Group>all()
                        .and(
                                "name = ?",
                                List.of(value),
                                group -> group.address().name().equals(value))
                : Where.all();
    }

    /** What it is called, as far as that can be a name. */
    @Override
    public Address fresh(Call call, ObjectNode wanted) {
        String name = Scim.needed(wanted, "displayName")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9]+", "-")
                .replaceAll("^-+|-+$", "");
        return new Address(
                Actors.PLATFORM,
                Actors.GROUP,
                Address.NAME.matcher(name).matches() ? name : Ids.of("scim-group", call.commandId()));
    }

    @Override
    public Future<List<Object>> creating(Address address, ObjectNode wanted) {
        return members(wanted, Set.of()).map(members -> {
            List<Object> commands = new ArrayList<>();
            commands.add(new CreateGroup(Scim.needed(wanted, "displayName"), Scim.text(wanted, "externalId")));
            if (!members.isEmpty()) {
                commands.add(new AddMembers(List.copyOf(members)));
            }
            return commands;
        });
    }

    @Override
    public Future<List<Object>> changing(Group group, ObjectNode wanted) {
        return members(wanted, group.members()).map(members -> {
            String displayName = Scim.needed(wanted, "displayName");
            @Nullable String externalId = Scim.text(wanted, "externalId");
            List<Object> commands = new ArrayList<>();
            if (!group.displayName().equals(displayName) || !Objects.equals(group.externalId(), externalId)) {
                commands.add(new ChangeGroup(displayName, externalId));
            }
            List<String> added = members.stream()
                    .filter(member -> !group.members().contains(member))
                    .toList();
            if (!added.isEmpty()) {
                commands.add(new AddMembers(added));
            }
            List<String> removed = group.members().stream()
                    .filter(member -> isSeen(member) && !members.contains(member))
                    .toList();
            if (!removed.isEmpty()) {
                commands.add(new RemoveMembers(removed));
            }
            return commands;
        });
    }

    @Override
    public List<Object> removing() {
        return List.of(new DeleteGroup());
    }

    /** SCIM names members by id alone; whose it is stands beside it, or is looked up. */
    private Future<Set<String>> members(ObjectNode wanted, Set<String> known) {
        Set<String> members = new TreeSet<>();
        Set<String> open = new TreeSet<>();
        for (JsonNode member : wanted.path("members")) {
            String id = member.path("value").asText();
            String type = member.path("type").asText("").toLowerCase(Locale.ROOT);
            if (!Address.NAME.matcher(id).matches()) {
                throw Scim.invalidValue("A member's value is the id of a user or a group, not '" + id + "'");
            }
            if (type.equals("group") || known.contains("group:" + id) && !known.contains("user:" + id)) {
                members.add("group:" + id);
            } else if (type.equals("user") || known.contains("user:" + id)) {
                members.add("user:" + id);
            } else {
                open.add(id);
            }
        }
        if (open.isEmpty()) {
            return Future.succeededFuture(members);
        }
        return database.transaction(tx -> tx.queryIn("SELECT name FROM iam.iam_user WHERE name IN (??)", open)
                        .compose(users -> tx.queryIn(
                                        "SELECT name FROM iam.iam_group WHERE state = 'active' AND name IN (??)", open)
                                .map(groups -> List.of(names(users), names(groups)))))
                .map(found -> {
                    for (String id : open) {
                        if (found.get(0).contains(id)) {
                            members.add("user:" + id);
                        } else if (found.get(1).contains(id)) {
                            members.add("group:" + id);
                        } else {
                            throw Scim.invalidValue("There is no user and no group with the id '" + id + "'");
                        }
                    }
                    return members;
                });
    }

    private static Set<String> names(List<Row> rows) {
        Set<String> names = new HashSet<>();
        rows.forEach(row -> names.add(row.getString("name")));
        return names;
    }
}
