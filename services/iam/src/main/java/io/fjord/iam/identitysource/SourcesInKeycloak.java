package io.fjord.iam.identitysource;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.iam.group.GroupCommand.AddMembers;
import io.fjord.contract.iam.group.GroupCommand.CreateGroup;
import io.fjord.contract.iam.group.GroupCommand.RemoveMembers;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.ReportIdentitySourceApplied;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.ReportIdentitySourceFailed;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.ReportIdentitySourceSynced;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings.MappedGroup;
import io.fjord.iam.Actors;
import io.fjord.iam.IssuerGroups;
import io.fjord.iam.keycloak.KeycloakAdmin;
import io.fjord.iam.keycloak.KeycloakCapability.Connected;
import io.fjord.iam.keycloak.KeycloakFollower;
import io.fjord.iam.keycloak.KeycloakGroups;
import io.fjord.iam.keycloak.Wishes;
import io.fjord.kernel.Metastore;
import io.fjord.platform.sql.SqlTx;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Keycloak has the identity sources as they are wanted, and iam is told what it made of it. A Keycloak that is away is waited for;
 * one that says no is reported.
 */
final class SourcesInKeycloak implements KeycloakFollower {

    private static final int LONGEST_REASON = 1_000;

    private final Function<Address, Future<Optional<IdentitySource>>> sources;
    private final KeycloakAdmin keycloak;
    private final KeycloakGroups groups;
    private final Wishes wishes;
    private final Vault vault;
    private final Metastore metastore;

    /** @param sources reads one, also a deleted one */
    SourcesInKeycloak(Connected connected, Function<Address, Future<Optional<IdentitySource>>> sources) {
        this.sources = sources;
        this.keycloak = connected.keycloak();
        this.groups = new KeycloakGroups(connected.keycloak());
        this.wishes = connected.wishes();
        this.vault = connected.parts().vault();
        this.metastore = connected.parts().metastore();
    }

    @Override
    public String kind() {
        return IdentitySourceTable.KIND;
    }

    @Override
    public Future<Void> on(EventEnvelope<byte[]> event) {
        return switch (event.type().split("\\.")[3]) {
            case "IdentitySourceCreated", "IdentitySourceChanged", "IdentitySourceDeleted" ->
                sources.apply(event.subject())
                        .compose(found -> found.isPresent()
                                        && found.get().reported() < found.get().generation()
                                ? applied(event.id(), found.get())
                                : Future.succeededFuture());
            case "IdentitySourceSyncWished" ->
                sources.apply(event.subject())
                        .compose(found -> found.isPresent() && found.get().exists()
                                ? synced(event.id(), found.get())
                                : Future.succeededFuture());
            default -> Future.succeededFuture();
        };
    }

    private Future<Void> applied(String cause, IdentitySource source) {
        Future<Void> done = source.exists() ? made(cause, source) : gone(source);
        return done.compose(ok -> mapped(cause, source))
                .transform(tried -> tried.succeeded()
                        ? Future.succeededFuture((Object) new ReportIdentitySourceApplied(source.generation()))
                        : reason(tried.cause())
                                .map(why -> (Object) new ReportIdentitySourceFailed(source.generation(), why)))
                .compose(report -> wishes.send(generation(source), source.address(), report))
                .mapEmpty();
    }

    /** The same for a repetition. */
    private static String generation(IdentitySource source) {
        return source.id() + " " + source.generation();
    }

    /** Fails with what waiting can mend. */
    private static Future<String> reason(Throwable failure) {
        if (failure instanceof KeycloakAdmin.Refused || failure instanceof Vault.Missing) {
            String why = String.valueOf(failure.getMessage());
            return Future.succeededFuture(why.substring(0, Math.min(why.length(), LONGEST_REASON)));
        }
        return Future.failedFuture(failure);
    }

    private Future<Void> made(String cause, IdentitySource source) {
        return source.settings().kind().equals(IdentitySourceSettings.LDAP)
                ? SourceConfigs.password(vault, source).compose(password -> ldap(source, password))
                : saml(source);
    }

    private Future<Void> gone(IdentitySource source) {
        if (source.settings().kind().equals(IdentitySourceSettings.SAML)) {
            return keycloak.delete(provider(source)).map(SourcesInKeycloak::removed);
        }
        return component(source)
                .compose(id -> id.isEmpty()
                        ? Future.succeededFuture()
                        : keycloak.delete("/components/" + id).map(SourcesInKeycloak::removed));
    }

    private static Void removed(KeycloakAdmin.Answer answer) {
        if (!answer.missing()) {
            answer.orThrow("It cannot be taken away");
        }
        return null;
    }

    // A directory

    private Future<String> component(IdentitySource source) {
        return keycloak.get("/components?type=" + SourceConfigs.STORAGE + "&name="
                        + KeycloakAdmin.encoded(source.address().name()))
                .map(answer -> answer.orThrow("What Keycloak has cannot be listed")
                        .body()
                        .path(0)
                        .path("id")
                        .asText(""));
    }

    private Future<Void> ldap(IdentitySource source, String password) {
        ObjectNode wanted = SourceConfigs.ldap(source, password);
        return component(source)
                .compose(id -> put("/components", id, wanted, "The directory cannot be added"))
                .compose(id -> mappers(id).compose(mappers -> {
                    Future<Void> names = givenName(mappers);
                    String groupMapper = id(mappers, "groups");
                    boolean groupsToo =
                            Objects.requireNonNull(source.settings().ldap()).groupsDn() != null;
                    if (!groupsToo) {
                        return groupMapper.isEmpty()
                                ? names
                                : names.compose(ok -> keycloak.delete("/components/" + groupMapper))
                                        .map(SourcesInKeycloak::removed);
                    }
                    return names.compose(ok -> put(
                                    "/components",
                                    groupMapper,
                                    SourceConfigs.ldapGroups(id, source.settings()),
                                    "Its groups cannot be added"))
                            .mapEmpty();
                }));
    }

    /** Adds it, or changes what is there; completes with its id. */
    private Future<String> put(String path, String id, ObjectNode wanted, String failure) {
        if (id.isEmpty()) {
            return keycloak.post(path, wanted)
                    .map(answer -> answer.orThrow(failure).made());
        }
        wanted.put("id", id);
        return keycloak.put(path + "/" + id, wanted).map(answer -> {
            answer.orThrow(failure);
            return id;
        });
    }

    private Future<JsonNode> mappers(String component) {
        return keycloak.get("/components?type=" + SourceConfigs.MAPPER + "&parent=" + component)
                .map(answer ->
                        answer.orThrow("What Keycloak has cannot be listed").body());
    }

    private static String id(JsonNode components, String name) {
        for (JsonNode component : components) {
            if (component.path("name").asText().equals(name)) {
                return component.path("id").asText();
            }
        }
        return "";
    }

    /** Keycloak takes the whole name for the first one, unless told. */
    private Future<Void> givenName(JsonNode mappers) {
        for (JsonNode mapper : mappers) {
            JsonNode attribute = mapper.path("config").path("ldap.attribute").path(0);
            if (mapper.path("name").asText().equals("first name")
                    && !attribute.asText().equals("givenName")) {
                ObjectNode changed = mapper.deepCopy();
                changed.withObjectProperty("config").putArray("ldap.attribute").add("givenName");
                return keycloak.put("/components/" + mapper.path("id").asText(), changed)
                        .map(answer -> answer.orThrow("First names cannot be read"))
                        .mapEmpty();
            }
        }
        return Future.succeededFuture();
    }

    private Future<Void> synced(String cause, IdentitySource source) {
        return component(source)
                .compose(id -> {
                    if (id.isEmpty()) {
                        throw KeycloakAdmin.refusal("Keycloak does not have it" + because(source));
                    }
                    return groupsRead(id)
                            .compose(ok ->
                                    keycloak.post("/user-storage/" + id + "/sync?action=triggerFullSync", Map.of()));
                })
                .transform(tried -> tried.succeeded()
                        ? Future.succeededFuture(report(source, tried.result()))
                        : reason(tried.cause())
                                .map(why -> new ReportIdentitySourceSynced(source.wished(), 0, 0, 0, 0, why)))
                .compose(report -> wishes.send(cause, source.address(), report))
                .mapEmpty();
    }

    private static String because(IdentitySource source) {
        return source.failure() == null ? "" : ": " + source.failure();
    }

    private static ReportIdentitySourceSynced report(IdentitySource source, KeycloakAdmin.Answer answer) {
        JsonNode body = answer.body();
        return new ReportIdentitySourceSynced(
                source.wished(),
                body.path("added").asInt(),
                body.path("updated").asInt(),
                body.path("removed").asInt(),
                body.path("failed").asInt(),
                answer.ok() ? null : answer.why());
    }

    private Future<Void> groupsRead(String component) {
        return mappers(component).compose(mappers -> {
            String mapper = id(mappers, "groups");
            return mapper.isEmpty()
                    ? Future.succeededFuture()
                    : keycloak.post(
                                    "/user-storage/" + component + "/mappers/" + mapper
                                            + "/sync?direction=fedToKeycloak",
                                    Map.of())
                            .map(answer -> answer.orThrow("Its groups cannot be read"))
                            .mapEmpty();
        });
    }

    // An identity provider

    private static String provider(IdentitySource source) {
        return "/identity-provider/instances/"
                + KeycloakAdmin.encoded(source.address().name());
    }

    private Future<Void> saml(IdentitySource source) {
        String path = provider(source);
        return SourceConfigs.described(
                        keycloak, Objects.requireNonNull(source.settings().saml()))
                .compose(described -> {
                    ObjectNode wanted = SourceConfigs.saml(source, described, keycloak.realmAddress());
                    return keycloak.get(path)
                            .compose(there -> there.missing()
                                    ? keycloak.post("/identity-provider/instances", wanted)
                                    : keycloak.put(
                                            path,
                                            wanted.put(
                                                    "internalId",
                                                    there.body()
                                                            .path("internalId")
                                                            .asText())));
                })
                .map(answer -> answer.orThrow("The identity provider cannot be added"))
                .compose(ok -> groupsThere(source))
                .compose(ok -> keycloak.get(path + "/mappers"))
                .compose(answer -> {
                    Future<Void> done = Future.succeededFuture();
                    for (JsonNode mapper :
                            answer.orThrow("Its mappers cannot be listed").body()) {
                        done = done.compose(ok -> keycloak.delete(
                                        path + "/mappers/" + mapper.path("id").asText()))
                                .map(SourcesInKeycloak::removed);
                    }
                    for (ObjectNode mapper : SourceConfigs.samlMappers(source)) {
                        done = done.compose(ok -> keycloak.post(path + "/mappers", mapper))
                                .map(made -> made.orThrow("A mapper cannot be added"))
                                .mapEmpty();
                    }
                    return done;
                });
    }

    private Future<Void> groupsThere(IdentitySource source) {
        Future<Void> done = Future.succeededFuture();
        for (MappedGroup group : source.settings().groups()) {
            done = done.compose(ok -> groups.ensure(group.to())).mapEmpty();
        }
        return done;
    }

    // Groups of a directory: they come under their own names, and are members of those they are mapped to

    private Future<Void> mapped(String cause, IdentitySource source) {
        if (!source.settings().kind().equals(IdentitySourceSettings.LDAP)) {
            return Future.succeededFuture();
        }
        Set<MappedGroup> wanted =
                source.exists() ? new LinkedHashSet<>(source.settings().groups()) : Set.of();
        return everMapped(source).compose(ever -> {
            Future<Void> done = Future.succeededFuture();
            for (MappedGroup group : ever) {
                if (!wanted.contains(group)) {
                    done = done.compose(ok ->
                                    wishes.send(cause, address(group.to()), new RemoveMembers(List.of(member(group)))))
                            .mapEmpty();
                }
            }
            for (MappedGroup group : wanted) {
                done = done.compose(ok -> known(cause, group.from(), IssuerGroups.ISSUED + "/" + group.from()))
                        .compose(ok -> known(cause, group.to(), null))
                        .compose(ok -> wishes.send(cause, address(group.to()), new AddMembers(List.of(member(group)))))
                        .mapEmpty();
            }
            return done;
        });
    }

    private Future<Set<MappedGroup>> everMapped(IdentitySource source) {
        return metastore.history(source.address(), null).map(events -> {
            Set<MappedGroup> all = new LinkedHashSet<>();
            for (EventEnvelope<String> event : events) {
                JsonNode groups =
                        Json.read(event.data(), JsonNode.class).path("settings").path("groups");
                groups.forEach(group -> all.add(new MappedGroup(
                        group.path("from").asText(), group.path("to").asText())));
            }
            return all;
        });
    }

    private Future<Void> known(String cause, String group, @org.jspecify.annotations.Nullable String externalId) {
        return metastore
                .snapshot(tx -> SqlTx.of(tx)
                        .query(
                                "SELECT name FROM iam.iam_group WHERE domain = ? AND name = ? AND state = 'active'",
                                Actors.PLATFORM,
                                group)
                        .map(rows -> rows.size() > 0))
                .compose(at -> at.value()
                        ? Future.succeededFuture(true)
                        : wishes.send(cause, address(group), new CreateGroup(group, externalId)))
                .mapEmpty();
    }

    private static Address address(String group) {
        return new Address(Actors.PLATFORM, Actors.GROUP, group);
    }

    private static String member(MappedGroup group) {
        return Actors.GROUP + ":" + group.from();
    }
}
