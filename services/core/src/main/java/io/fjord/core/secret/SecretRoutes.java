package io.fjord.core.secret;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.core.secret.SecretCommand.CreateSecret;
import io.fjord.contract.core.secret.SecretCommand.DeleteSecret;
import io.fjord.contract.core.secret.SecretCommand.RotateSecret;
import io.fjord.contract.core.secret.SecretReference;
import io.fjord.core.domain.DomainQueries;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Secrets;
import io.fjord.kernel.Stored;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.CommandRoutes;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.fjord.platform.http.ThingRoutes;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Secrets over HTTP: a value goes in and never comes out, but to Fjord's own services. */
public final class SecretRoutes {

    /** Services show the operator's token. */
    private static final String OPERATOR = "user:operator";

    private static final String SERVICE = "service:";

    private final Vault vault;
    private final SecretReader elsewhere;
    private final Secrets resolved;
    private final DomainQueries domains;
    private final ThingRoutes<Secret> secrets;

    public SecretRoutes(
            CommandRoutes commands,
            Metastore metastore,
            Reads reads,
            Vault vault,
            SecretReader elsewhere,
            Secrets resolved,
            DomainQueries domains,
            SecretCapability capability,
            MessageTypes types) {
        this.vault = vault;
        this.elsewhere = elsewhere;
        this.resolved = resolved;
        this.domains = domains;
        this.secrets = new ThingRoutes<>(
                commands,
                metastore,
                reads,
                capability.listing(metastore, types),
                View::of,
                address -> SecretProblems.notFound(address.domain(), address.name()));
    }

    public void install(Api api) {
        api.on("createSecret", this::create)
                .on("rotateSecret", this::rotate)
                .on("deleteSecret", this::delete)
                .on("getSecret", call -> inDomain(call).compose(ok -> secrets.get(call, address(call))))
                .on("listSecrets", call -> inDomain(call).compose(ok -> secrets.list(call, call.domain())))
                .on("resolveSecret", this::resolve);
    }

    private record Create(
            String name,
            @Nullable String value,
            @Nullable SecretReference reference,
            @Nullable String description) {}

    private record Rotate(@Nullable String value, @Nullable SecretReference reference) {}

    private record Resolve(String actor) {}

    /** A secret as the API shows it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record View(
            String id,
            String name,
            String domain,
            @Nullable String description,
            @Nullable SecretReference reference,
            long version,
            Instant createdAt,
            Instant changedAt) {

        static View of(Stored<Secret> stored) {
            Secret secret = stored.state();
            return new View(
                    secret.id(),
                    secret.address().name(),
                    secret.address().domain(),
                    secret.description(),
                    secret.reference(),
                    stored.version(),
                    secret.createdAt(),
                    secret.changedAt());
        }
    }

    private Future<Reply> create(Call call) {
        Create body = call.body(Create.class);
        Address address = new Address(call.domain(), SecretTable.KIND, body.name());
        call.require(address);
        return kept(
                call,
                body.value(),
                body.reference(),
                ref -> secrets.create(
                        call,
                        address,
                        new CreateSecret(ref, body.description(), body.reference()),
                        "/api/v1/secrets/" + address.name()));
    }

    private Future<Reply> rotate(Call call) {
        Rotate body = call.body(Rotate.class);
        return kept(
                call,
                body.value(),
                body.reference(),
                ref -> secrets.change(call, address(call), new RotateSecret(ref, body.reference())));
    }

    /** Goes on with the vault row of the value, or with none once the value was seen to be where it is said to be. */
    private Future<Reply> kept(
            Call call,
            @Nullable String value,
            @Nullable SecretReference reference,
            Function<String, Future<Reply>> then) {
        if ((value == null) == (reference == null)) {
            return Future.failedFuture(
                    HttpProblems.invalidRequest("", "must have either a value or a reference to where it is kept"));
        }
        return inDomain(call)
                .compose(ok -> reference == null ? kept(call, String.valueOf(value)) : readable(call, reference))
                .compose(then);
    }

    /** Who refers to what is not there is told at once, not when it is needed. */
    private Future<String> readable(Call call, SecretReference reference) {
        return elsewhere.read(call.domain(), reference).map("");
    }

    /**
     * With the value in the vault, under the same reference for a retry; a dry run writes it too, so that it decides as the real
     * run would: nothing refers to it, so it expires. The reference tells nothing of the value.
     */
    private Future<String> kept(Call call, String value) {
        String ref = Ids.of("secret", call.commandId());
        return vault.putIfAbsent(ref, value.getBytes(StandardCharsets.UTF_8))
                .compose(ok ->
                        call.idempotencyKey().isPresent() ? sameValue(call, ref, value) : Future.succeededFuture())
                .map(ref);
    }

    /** The value is no part of the command, so that it differs under the same key shows here only. */
    private Future<Void> sameValue(Call call, String ref, String value) {
        return vault.getText(ref)
                .compose(before -> MessageDigest.isEqual(
                                before.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8))
                        ? Future.succeededFuture()
                        : Future.failedFuture(HttpProblems.idempotencyKeyReused(call.commandId())));
    }

    private Future<Reply> delete(Call call) {
        return inDomain(call).compose(ok -> secrets.remove(call, address(call), new DeleteSecret()));
    }

    /** Owners may do everything in their domain; what is kept in its secrets is not told to them either. */
    private Future<Reply> resolve(Call call) {
        if (!call.actor().equals(OPERATOR) && !call.actor().startsWith(SERVICE)) {
            return Future.failedFuture(new ProblemException(SecretProblems.forServicesOnly()));
        }
        return resolved.resolve(address(call), call.body(Resolve.class).actor())
                .map(value -> Reply.ok(Map.of("value", value.reveal())).header("Cache-Control", "no-store"));
    }

    private static Address address(Call call) {
        return new Address(call.domain(), SecretTable.KIND, call.path("name"));
    }

    private Future<Void> inDomain(Call call) {
        return domains.exists(call.domain())
                .compose(there -> there
                        ? Future.succeededFuture()
                        : Future.failedFuture(new ProblemException(DomainQueries.notFound(call.domain()))));
    }
}
