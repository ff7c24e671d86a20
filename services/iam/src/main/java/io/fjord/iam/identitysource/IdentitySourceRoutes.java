package io.fjord.iam.identitysource;

import io.fjord.contract.Address;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.ChangeIdentitySource;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.CreateIdentitySource;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.DeleteIdentitySource;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.SyncIdentitySource;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings.Ldap;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings.MappedGroup;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings.Saml;
import io.fjord.iam.Actors;
import io.fjord.iam.Parts;
import io.fjord.iam.keycloak.KeycloakAdmin;
import io.fjord.kernel.Ids;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reply;
import io.fjord.platform.http.ThingRoutes;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Identity sources over HTTP: a password goes in and never comes out. */
final class IdentitySourceRoutes {

    private final Listing<IdentitySource> listing;
    private final ThingRoutes<IdentitySource> sources;
    private final Vault vault;
    private final @Nullable KeycloakAdmin keycloak;

    IdentitySourceRoutes(Parts parts, Listing<IdentitySource> listing) {
        this.listing = listing;
        this.sources = parts.routes(
                listing, IdentitySourceView::of, address -> IdentitySourceProblems.notFound(address.name()));
        this.vault = parts.vault();
        this.keycloak = parts.keycloak();
    }

    void install(Api api) {
        api.on("listIdentitySources", call -> sources.list(call, Actors.PLATFORM))
                .on("getIdentitySource", call -> sources.get(call, address(call)))
                .on("getIdentitySourceHistory", call -> sources.history(call, address(call)))
                .on("createIdentitySource", this::create)
                .on("changeIdentitySource", this::change)
                .on(
                        "deleteIdentitySource",
                        call -> ours().compose(ok -> sources.remove(call, address(call), new DeleteIdentitySource())))
                .on(
                        "syncIdentitySource",
                        call -> ours().compose(ok -> sources.change(call, address(call), new SyncIdentitySource())))
                .on("testIdentitySource", this::test);
    }

    private record LdapBody(
            String url,
            @Nullable Boolean startTls,
            @Nullable String bindDn,
            @Nullable String bindPassword,
            String usersDn,
            @Nullable String usernameAttribute,
            @Nullable String idAttribute,
            @Nullable String groupsDn) {

        Ldap settings() {
            return new Ldap(
                    url,
                    Boolean.TRUE.equals(startTls),
                    bindDn,
                    usersDn,
                    usernameAttribute == null ? "uid" : usernameAttribute,
                    idAttribute == null ? "entryUUID" : idAttribute,
                    groupsDn);
        }
    }

    private record Body(
            @Nullable String name,
            @Nullable String displayName,
            @Nullable Boolean enabled,
            @Nullable LdapBody ldap,
            @Nullable Saml saml,
            @Nullable List<MappedGroup> groups) {

        IdentitySourceSettings settings(String called) {
            return new IdentitySourceSettings(
                    displayName == null ? called : displayName,
                    !Boolean.FALSE.equals(enabled),
                    ldap == null ? null : ldap.settings(),
                    saml,
                    groups == null ? List.of() : groups);
        }

        /** Without somebody to bind as it belongs to nobody. */
        @Nullable
        String password() {
            return ldap == null || ldap.bindDn() == null ? null : ldap.bindPassword();
        }
    }

    private Future<Reply> create(Call call) {
        Body body = call.body(Body.class);
        String name = String.valueOf(body.name());
        Address address = new Address(Actors.PLATFORM, IdentitySourceTable.KIND, name);
        call.require(address);
        return kept(
                call,
                body.password(),
                ref -> sources.create(
                        call,
                        address,
                        new CreateIdentitySource(body.settings(name), ref),
                        "/api/v1/identity-sources/" + name));
    }

    private Future<Reply> change(Call call) {
        Body body = call.body(Body.class);
        Address address = address(call);
        return kept(
                call,
                body.password(),
                ref -> sources.change(call, address, new ChangeIdentitySource(body.settings(address.name()), ref)));
    }

    /** With the password in the vault, under the same reference for a retry. */
    private Future<Reply> kept(Call call, @Nullable String password, Function<@Nullable String, Future<Reply>> then) {
        if (password == null) {
            return ours().compose(ok -> then.apply(null));
        }
        String ref = Ids.of("identity-source", call.commandId());
        byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
        return ours().compose(ok -> vault.putIfAbsent(ref, bytes))
                .compose(ok -> vault.get(ref))
                .compose(there -> MessageDigest.isEqual(there, bytes)
                        ? then.apply(ref)
                        : Future.failedFuture(HttpProblems.idempotencyKeyReused(call.commandId())));
    }

    private Future<Void> ours() {
        return keycloak == null
                ? Future.failedFuture(new ProblemException(IdentitySourceProblems.notOurs()))
                : Future.succeededFuture();
    }

    // Trying it out

    private record Tested(boolean ok) {}

    /** Keycloak tries, for it is Keycloak that has to reach it. */
    private Future<Reply> test(Call call) {
        KeycloakAdmin admin = keycloak;
        if (admin == null) {
            return Future.failedFuture(new ProblemException(IdentitySourceProblems.notOurs()));
        }
        Address address = address(call);
        return listing.one(address)
                .compose(at -> {
                    IdentitySource source = at.value()
                            .orElseThrow(() -> new ProblemException(IdentitySourceProblems.notFound(address.name())))
                            .state();
                    return SourceConfigs.test(admin, vault, source);
                })
                .transform(done -> {
                    if (done.succeeded()) {
                        return Future.succeededFuture(Reply.ok(new Tested(true)));
                    }
                    Throwable failure = done.cause();
                    if (failure instanceof KeycloakAdmin.Refused || failure instanceof Vault.Missing) {
                        return Future.failedFuture(new ProblemException(IdentitySourceProblems.testFailed(
                                address.name(), String.valueOf(failure.getMessage()))));
                    }
                    return failure instanceof KeycloakAdmin.Away
                            ? Future.failedFuture(new ProblemException(
                                    IdentitySourceProblems.providerAway(String.valueOf(failure.getMessage()))))
                            : Future.failedFuture(failure);
                });
    }

    private static Address address(Call call) {
        return new Address(Actors.PLATFORM, IdentitySourceTable.KIND, call.path("name"));
    }
}
