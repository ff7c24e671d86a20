package io.fjord.iam.keycloak;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.iam.group.GroupCommand.AddMembers;
import io.fjord.contract.iam.group.GroupCommand.CreateGroup;
import io.fjord.contract.iam.group.GroupCommand.DeleteGroup;
import io.fjord.contract.iam.group.GroupCommand.RemoveMembers;
import io.fjord.contract.iam.user.UserCommand.ActivateUser;
import io.fjord.contract.iam.user.UserCommand.ArchiveUser;
import io.fjord.contract.iam.user.UserCommand.ChangeUser;
import io.fjord.contract.iam.user.UserCommand.RegisterUser;
import io.fjord.contract.iam.user.UserCommand.SuspendUser;
import io.fjord.iam.Actors;
import io.fjord.iam.IssuerGroups;
import io.fjord.iam.group.Group;
import io.fjord.iam.keycloak.Links.Link;
import io.fjord.iam.user.User;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.Listing;
import io.vertx.core.Future;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One user or group the same here and in Keycloak. What was seen there last tells which side changed; the other side follows, and
 * what it does then is not told back: what we do there is done by our own client, what we do here by {@link Wishes#ACTOR}.
 */
final class InStep {

    private static final Logger log = LoggerFactory.getLogger(InStep.class);

    private final KeycloakAdmin keycloak;
    private final KeycloakGroups keycloakGroups;
    private final Links links;
    private final Wishes wishes;
    private final Listing<User> users;
    private final Listing<Group> groups;
    private final Database database;

    InStep(KeycloakAdmin keycloak, Wishes wishes, Listing<User> users, Listing<Group> groups, Database database) {
        this.keycloak = keycloak;
        this.keycloakGroups = new KeycloakGroups(keycloak);
        this.links = new Links(database);
        this.wishes = wishes;
        this.users = users;
        this.groups = groups;
        this.database = database;
    }

    // To Keycloak

    /** Keycloak has the user as they are here. */
    Future<Void> tellUser(String id) {
        return user(id).compose(found -> found.isEmpty()
                ? Future.succeededFuture()
                : links.named(Links.USER, id)
                        .compose(link -> there(found.get(), link).compose(there -> {
                            if (found.get().isForgotten()) {
                                return forget(id, link, there);
                            }
                            return there.isPresent()
                                    ? change(
                                            found.get(),
                                            there.get(),
                                            link.map(Link::seen).orElse(Seen.NOTHING))
                                    : make(found.get());
                        })));
    }

    /** Nothing is kept of them there either; who still stands in a directory would come from it as somebody new. */
    private Future<Void> forget(String id, Optional<Link> link, Optional<KeycloakUser> there) {
        Future<Void> gone = there.isEmpty() || !there.get().id().equals(id)
                ? Future.succeededFuture()
                : keycloak.delete("/users/" + KeycloakAdmin.encoded(there.get().keycloakId()))
                        .compose(answer -> answer.ok() || answer.missing()
                                ? Future.succeededFuture()
                                : refused("user", id, answer.why()));
        return gone.compose(ok -> link.isEmpty()
                ? Future.succeededFuture()
                : links.save(Links.USER, id, link.get().keycloakId(), Seen.NOTHING));
    }

    private Future<Optional<User>> user(String id) {
        return users.one(new Address(Actors.PLATFORM, Actors.USER, id))
                .map(at -> at.value().map(stored -> stored.state()));
    }

    /** By what is known of them, or as who was made in Keycloak and is here under that id, or by the id we gave them there. */
    private Future<Optional<KeycloakUser>> there(User user, Optional<Link> link) {
        String id = user.address().name();
        return load(link.map(Link::keycloakId).orElse(id))
                .compose(found -> found.isPresent()
                        ? Future.succeededFuture(found)
                        : keycloak.get("/users?max=1&q=" + KeycloakAdmin.encoded(KeycloakUser.FJORD_ID + ":" + id))
                                .compose(answer -> {
                                    String keycloakId = answer.orThrow("Users cannot be searched")
                                            .body()
                                            .path(0)
                                            .path("id")
                                            .asText("");
                                    return keycloakId.isEmpty()
                                            ? Future.succeededFuture(Optional.empty())
                                            : load(keycloakId);
                                }));
    }

    private Future<Optional<KeycloakUser>> load(String keycloakId) {
        String path = "/users/" + KeycloakAdmin.encoded(keycloakId);
        return keycloak.get(path)
                .compose(user -> user.missing()
                        ? Future.succeededFuture(Optional.empty())
                        : keycloak.get(path + "/groups?briefRepresentation=true&max=10000")
                                .map(groups -> Optional.of(KeycloakUser.of(
                                        user.orThrow("The user cannot be read").body(),
                                        groups.missing() ? MissingNode.getInstance() : groups.body()))));
    }

    private Future<Void> make(User user) {
        if (user.state() != User.State.ACTIVE) {
            return Future.succeededFuture();
        }
        String id = user.address().name();
        ObjectNode row =
                Json.MAPPER.createObjectNode().put("username", user.userName()).put("enabled", true);
        KeycloakUser.name(row, user.displayName());
        if (user.userName().matches("[^@\\s]+@[^@\\s]+\\.[^@\\s]+")) {
            row.put("email", user.userName());
        }
        row.putObject("attributes").putArray(KeycloakUser.FJORD_ID).add(id);
        return keycloak.post("/users", row).compose(answer -> {
            if (answer.status() == 409) {
                return adopt(user);
            }
            if (!answer.ok()) {
                return refused("user", id, answer.why());
            }
            return load(answer.made())
                    .compose(made -> made.isEmpty()
                            ? Future.succeededFuture()
                            : change(user, made.get(), made.get().seen().alone()));
        });
    }

    /** Somebody of that name is there already, from a directory say: they are the same, unless they are another one here. */
    private Future<Void> adopt(User user) {
        String id = user.address().name();
        return keycloak.get("/users?exact=true&username=" + KeycloakAdmin.encoded(user.userName()))
                .compose(answer -> load(answer.orThrow("Users cannot be searched")
                        .body()
                        .path(0)
                        .path("id")
                        .asText("none")))
                .compose(found -> {
                    if (found.isEmpty()) {
                        return refused("user", id, "another user has their e-mail address");
                    }
                    KeycloakUser there = found.get();
                    return user(there.id()).compose(other -> {
                        if (other.isEmpty() && there.id().equals(there.keycloakId())) {
                            return own(there, id)
                                    .compose(ok ->
                                            change(user, there, there.seen().alone()));
                        }
                        boolean left = other.isPresent() && other.get().state() == User.State.ARCHIVED;
                        return left
                                ? moveAside(there).compose(moved -> moved ? make(user) : Future.succeededFuture())
                                : refused("user", id, "their name is that of " + there.id());
                    });
                });
    }

    private Future<Void> own(KeycloakUser there, String id) {
        ObjectNode row = there.row();
        ObjectNode attributes = row.withObjectProperty("attributes");
        attributes.putArray(KeycloakUser.FJORD_ID).add(id);
        return put(there, id);
    }

    /** Who has left keeps no name that others need. */
    private Future<Boolean> moveAside(KeycloakUser there) {
        there.row()
                .put("username", there.userName() + ".left." + there.keycloakId())
                .remove("email");
        return keycloak.put("/users/" + KeycloakAdmin.encoded(there.keycloakId()), there.row())
                .map(answer -> answer.ok());
    }

    /** What was changed here since both sides agreed is changed there; what was changed there is news, and heard by itself. */
    private Future<Void> change(User user, KeycloakUser there, Seen before) {
        String id = user.address().name();
        boolean active = user.state() == User.State.ACTIVE;
        boolean gone = user.state() == User.State.ARCHIVED;
        Seen found = there.seen();
        boolean renamed = !gone
                && !there.isFederated()
                && before.isKnown()
                && !before.isCalled(user.userName(), user.displayName())
                && !found.isCalled(user.userName(), user.displayName());
        boolean switched = found.enabled() != active && (gone || active != before.enabled());
        Future<Void> changed = Future.succeededFuture();
        if (renamed) {
            there.row().put("username", user.userName());
            KeycloakUser.name(there.row(), user.displayName());
        }
        if (renamed || switched) {
            there.row().put("enabled", switched ? active : found.enabled());
            changed = put(there, id);
        }
        if (switched && !active) {
            changed = changed.compose(ok -> keycloak.post("/users/" + there.keycloakId() + "/logout", Map.of()))
                    .mapEmpty();
        }
        boolean heardOtherwise = !before.isCalled(found.userName(), found.displayName());
        Seen names = renamed
                ? new Seen(user.userName(), KeycloakUser.normal(user.displayName()), active, Set.of())
                : heardOtherwise ? before : found;
        boolean enabled = switched ? active : found.enabled() == active ? active : before.enabled();
        return changed.compose(ok -> gone ? Future.succeededFuture(before.groups()) : members(user, there, before))
                .compose(groups -> links.save(
                        Links.USER,
                        id,
                        there.keycloakId(),
                        new Seen(names.userName(), names.displayName(), enabled, groups)));
    }

    private Future<Void> put(KeycloakUser there, String id) {
        return keycloak.put("/users/" + there.keycloakId(), there.row())
                .compose(answer -> answer.ok() ? Future.succeededFuture() : refused("user", id, answer.why()));
    }

    /** Completes with those that both sides have them in, and those that went there and are not heard of here yet. */
    private Future<Set<String>> members(User user, KeycloakUser there, Seen before) {
        return groupsOf(Actors.of(user.address())).compose(here -> {
            Future<Void> done = Future.succeededFuture();
            for (String group : here) {
                if (!there.groups().containsKey(group) && !before.groups().contains(group)) {
                    done = done.compose(ok -> groupThere(group))
                            .compose(groupId ->
                                    keycloak.put("/users/" + there.keycloakId() + "/groups/" + groupId, Map.of()))
                            .compose(answer ->
                                    answer.ok() ? Future.succeededFuture() : refused("group", group, answer.why()));
                }
            }
            for (Map.Entry<String, JsonNode> group : there.groups().entrySet()) {
                String name = group.getKey();
                if (!here.contains(name) && before.groups().contains(name)) {
                    String path = "/groups/" + group.getValue().path("id").asText();
                    done = done.compose(ok -> keycloak.delete("/users/" + there.keycloakId() + path))
                            .compose(answer ->
                                    answer.ok() ? Future.succeededFuture() : refused("group", name, answer.why()));
                }
            }
            return done.map(here);
        });
    }

    private Future<Set<String>> groupsOf(String member) {
        return database.query(
                        "SELECT m.group_name FROM iam.group_member m JOIN iam.iam_group g ON g.name = m.group_name"
                                + " WHERE m.member = ? AND g.domain = ? AND g.state = 'active'",
                        member,
                        Actors.PLATFORM)
                .map(rows -> {
                    Set<String> names = new TreeSet<>();
                    rows.forEach(row -> names.add(row.getString(0)));
                    return names;
                });
    }

    private Future<String> groupThere(String name) {
        return links.named(Links.GROUP, name)
                .compose(link -> link.isEmpty()
                        ? made(name)
                        : keycloak.get("/groups/" + link.get().keycloakId())
                                .compose(answer -> answer.ok()
                                        ? Future.succeededFuture(link.get().keycloakId())
                                        : made(name)));
    }

    private Future<String> made(String name) {
        return keycloakGroups
                .ensure(name)
                .compose(id -> links.save(Links.GROUP, name, id, Seen.NOTHING).map(id));
    }

    /** Keycloak has the group if it is here. */
    Future<Void> tellGroup(String name) {
        return group(name)
                .compose(here -> here.isPresent()
                        ? groupThere(name).mapEmpty()
                        : links.named(Links.GROUP, name)
                                .compose(link -> link.isEmpty() ? Future.succeededFuture() : remove(link.get())));
    }

    private Future<Optional<Group>> group(String name) {
        return groups.one(new Address(Actors.PLATFORM, Actors.GROUP, name))
                .map(at -> at.value().map(stored -> stored.state()));
    }

    private Future<Void> remove(Link link) {
        String path = "/groups/" + link.keycloakId();
        return keycloak.get(path)
                .compose(group -> {
                    if (group.ok() && group.body().path("subGroupCount").asLong() > 0) {
                        return InStep.<KeycloakAdmin.Answer>refused(
                                "group", link.name(), "there are others in it, which would go with it");
                    }
                    return group.missing() ? Future.succeededFuture(group) : keycloak.delete(path);
                })
                .compose(ok -> links.forget(Links.GROUP, link.name()));
    }

    /** Not to be mended by trying again: an administrator has to look. */
    private static <T> Future<T> refused(String kind, String name, String why) {
        log.atWarn()
                .addKeyValue("subject", Actors.PLATFORM + "/" + kind + "/" + name)
                .log("Keycloak does not follow: " + why);
        return Future.succeededFuture();
    }

    // From Keycloak

    /**
     * A user here follows what changed in Keycloak.
     *
     * @param cause the id of what was observed
     */
    Future<Void> hearUser(String cause, String keycloakId) {
        return load(keycloakId).compose(found -> {
            if (found.isEmpty()) {
                // Told by itself if somebody deleted them; who went with their directory stays known here.
                return Future.succeededFuture();
            }
            KeycloakUser there = found.get();
            if (there.isProgram()) {
                return Future.succeededFuture();
            }
            if (!Address.NAME.matcher(there.id()).matches() || Actors.isReserved(there.id())) {
                return refused("user", there.id(), "nobody can have this id here");
            }
            return user(there.id())
                    .compose(user -> links.named(Links.USER, there.id())
                            .compose(link -> follow(
                                            cause,
                                            there,
                                            user,
                                            link.map(Link::seen).orElse(Seen.NOTHING))
                                    .compose(ok -> link.isEmpty() && user.isPresent() && there.enabled()
                                            ? tellIfOut(user.get())
                                            : Future.succeededFuture())));
        });
    }

    /** Who was deleted there has left; their id stays what it was. */
    Future<Void> hearDeleted(String cause, String keycloakId) {
        return load(keycloakId)
                .compose(found -> found.isPresent() ? hearUser(cause, keycloakId) : left(cause, keycloakId));
    }

    private Future<Void> left(String cause, String keycloakId) {
        return links.of(Links.USER, keycloakId).compose(link -> {
            String id = link.map(Link::name).orElse(keycloakId);
            if (!Address.NAME.matcher(id).matches()) {
                return Future.succeededFuture();
            }
            return user(id).compose(user -> user.isEmpty() || user.get().state() == User.State.ARCHIVED
                            ? Future.succeededFuture()
                            : wishes.send(cause, Actors.address("user:" + id), new ArchiveUser(null)))
                    // Under which id they were known there is asked for when they are to be forgotten.
                    .compose(ok -> link.isEmpty()
                            ? Future.succeededFuture()
                            : links.save(Links.USER, id, keycloakId, Seen.NOTHING));
        });
    }

    private Future<Void> follow(String cause, KeycloakUser there, Optional<User> here, Seen before) {
        Address address = Actors.address("user:" + there.id());
        Seen now = there.seen();
        Supplier<Future<Void>> remember = () -> links.save(Links.USER, there.id(), there.keycloakId(), now);
        if (here.isPresent() && here.get().state() == User.State.ARCHIVED) {
            // For ever: who lets them in there again does so in vain.
            return there.enabled() ? tellUser(there.id()) : Future.succeededFuture();
        }
        Future<?> done = Future.succeededFuture();
        boolean active = here.isEmpty() || here.get().state() == User.State.ACTIVE;
        if (here.isEmpty()) {
            done = wishes.send(cause, address, new RegisterUser(now.userName(), now.displayName(), null));
        } else {
            User user = here.get();
            boolean renamed = !before.isCalled(now.userName(), now.displayName())
                    && !now.isCalled(user.userName(), user.displayName());
            if (renamed) {
                String userName = user.userName()
                                .toLowerCase(Locale.ROOT)
                                .equals(now.userName().toLowerCase(Locale.ROOT))
                        ? user.userName()
                        : now.userName();
                done = wishes.send(cause, address, new ChangeUser(userName, now.displayName(), user.externalId()));
            }
        }
        if (now.enabled() != before.enabled() && now.enabled() != active) {
            Object command = now.enabled() ? new ActivateUser() : new SuspendUser("Disabled in Keycloak");
            done = done.compose(ok -> wishes.send(cause, address, command));
        }
        return done.compose(ok -> groupsOf(Actors.of(address)))
                .compose(in -> members(cause, there, before, in))
                .compose(ok -> remember.get());
    }

    /** Who was let out here before they were there. */
    private Future<Void> tellIfOut(User user) {
        return user.state() == User.State.ACTIVE
                ? Future.succeededFuture()
                : tellUser(user.address().name());
    }

    private Future<Void> members(String cause, KeycloakUser there, Seen before, Set<String> here) {
        List<String> member = List.of("user:" + there.id());
        Future<Void> done = Future.succeededFuture();
        for (Map.Entry<String, JsonNode> group : there.groups().entrySet()) {
            String name = group.getKey();
            if (!before.groups().contains(name)
                    && !here.contains(name)
                    && Address.NAME.matcher(name).matches()) {
                done = done.compose(ok -> known(cause, name, group.getValue()))
                        .compose(ok -> wishes.send(cause, groupAddress(name), new AddMembers(member)))
                        .mapEmpty();
            }
        }
        for (String name : new TreeSet<>(before.groups())) {
            if (!there.groups().containsKey(name) && here.contains(name)) {
                done = done.compose(ok -> wishes.send(cause, groupAddress(name), new RemoveMembers(member)))
                        .mapEmpty();
            }
        }
        return done;
    }

    private Future<Void> known(String cause, String name, JsonNode there) {
        return group(name)
                .compose(found -> found.isPresent()
                        ? Future.succeededFuture(true)
                        : wishes.send(
                                cause,
                                groupAddress(name),
                                new CreateGroup(
                                        name,
                                        IssuerGroups.ISSUED + there.path("path").asText())))
                .compose(ok -> links.save(Links.GROUP, name, there.path("id").asText(), Seen.NOTHING));
    }

    private static Address groupAddress(String name) {
        return new Address(Actors.PLATFORM, Actors.GROUP, name);
    }

    /** The groups here follow those in Keycloak: which came, which went, which are called otherwise now. */
    Future<Void> hearGroups(String cause) {
        return keycloakGroups
                .all()
                .compose(there -> links.all(Links.GROUP).compose(known -> {
                    Future<Void> done = Future.succeededFuture();
                    for (Link link : known) {
                        JsonNode group = there.get(link.name());
                        if (group == null || !group.path("id").asText().equals(link.keycloakId())) {
                            done = done.compose(ok -> wishes.send(cause, groupAddress(link.name()), new DeleteGroup()))
                                    .compose(ok -> links.forget(Links.GROUP, link.name()));
                        }
                    }
                    Set<String> ids =
                            new TreeSet<>(known.stream().map(Link::keycloakId).toList());
                    Set<String> names =
                            new TreeSet<>(known.stream().map(Link::name).toList());
                    for (Map.Entry<String, JsonNode> group : there.entrySet()) {
                        String name = group.getKey();
                        String id = group.getValue().path("id").asText();
                        if (Address.NAME.matcher(name).matches() && !(ids.contains(id) && names.contains(name))) {
                            done = done.compose(ok -> known(cause, name, group.getValue()));
                            if (ids.contains(id)) {
                                done = done.compose(ok -> moved(cause, id));
                            }
                        }
                    }
                    return done;
                }));
    }

    /** The members of a group that is called otherwise now are looked at one by one. */
    private Future<Void> moved(String cause, String groupId) {
        return keycloak.get("/groups/" + groupId + "/members?briefRepresentation=true&max=10000")
                .compose(answer -> {
                    Future<Void> done = Future.succeededFuture();
                    for (JsonNode user :
                            answer.orThrow("Members cannot be listed").body()) {
                        done = done.compose(
                                ok -> hearUser(cause, user.path("id").asText()));
                    }
                    return done;
                });
    }
}
