package io.fjord.core.secret;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.core.secret.SecretCommand;
import io.fjord.contract.core.secret.SecretCommand.CreateSecret;
import io.fjord.contract.core.secret.SecretCommand.DeleteSecret;
import io.fjord.contract.core.secret.SecretCommand.RotateSecret;
import io.fjord.core.domain.DomainQueries;
import io.fjord.kernel.History;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Metastore.At;
import io.fjord.kernel.Stored;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.CommandRoutes;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.Page;
import io.fjord.platform.http.PageToken;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.fjord.platform.sql.SqlTx;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Secrets over HTTP: a value goes in and never comes out. */
public final class SecretRoutes {

    private final CommandRoutes commands;
    private final Metastore metastore;
    private final Reads reads;
    private final Vault vault;
    private final DomainQueries domains;
    private final SecretStore store;
    private final History<Secret, ?> history;

    public SecretRoutes(
            CommandRoutes commands,
            Metastore metastore,
            Reads reads,
            Vault vault,
            DomainQueries domains,
            SecretCapability capability,
            MessageTypes types) {
        this.commands = commands;
        this.metastore = metastore;
        this.reads = reads;
        this.vault = vault;
        this.domains = domains;
        this.store = new SecretStore(vault);
        this.history = new History<>(metastore, types, capability.aggregate());
    }

    public void install(Api api) {
        api.on("createSecret", this::create)
                .on("rotateSecret", this::rotate)
                .on("deleteSecret", this::delete)
                .on("getSecret", this::get)
                .on("listSecrets", this::list);
    }

    private record Create(
            String name, String value, @Nullable String description) {}

    private record Rotate(String value) {}

    /** A secret as the API shows it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record View(
            String id,
            String name,
            String domain,
            @Nullable String description,
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
                    stored.version(),
                    secret.createdAt(),
                    secret.changedAt());
        }
    }

    private Future<Reply> create(Call call) {
        Create body = call.body(Create.class);
        Address address = new Address(call.domain(), SecretStore.KIND, body.name());
        return kept(
                call,
                body.value(),
                ref -> commands.submit(
                        call,
                        address,
                        new CreateSecret(ref, body.description()),
                        event -> resource(address, event)
                                .map(reply ->
                                        reply.status(201).header("Location", "/api/v1/secrets/" + address.name()))));
    }

    private Future<Reply> rotate(Call call) {
        return kept(call, call.body(Rotate.class).value(), ref -> change(call, new RotateSecret(ref)));
    }

    /**
     * With the value in the vault, under the same reference for a retry; a dry run writes it too, so that it decides as the real
     * run would: nothing refers to it, so it expires. The reference tells nothing of the value.
     */
    private Future<Reply> kept(Call call, String value, Function<String, Future<Reply>> then) {
        String ref = Ids.of("secret", call.commandId());
        return inDomain(call)
                .compose(ok -> vault.putIfAbsent(ref, value.getBytes(StandardCharsets.UTF_8)))
                .compose(ok ->
                        call.idempotencyKey().isPresent() ? sameValue(call, ref, value) : Future.succeededFuture())
                .compose(ok -> then.apply(ref));
    }

    /** The value is no part of the command, so that it differs under the same key shows here only. */
    private Future<Void> sameValue(Call call, String ref, String value) {
        return vault.getText(ref)
                .compose(before -> MessageDigest.isEqual(
                                before.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8))
                        ? Future.succeededFuture()
                        : Future.failedFuture(HttpProblems.idempotencyKeyReused(call.commandId())));
    }

    private Future<Reply> change(Call call, SecretCommand command) {
        Address address = address(call);
        return commands.submit(call, address, command, event -> resource(address, event));
    }

    private Future<Reply> delete(Call call) {
        return inDomain(call)
                .compose(ok -> commands.submit(
                        call,
                        address(call),
                        new DeleteSecret(),
                        event -> Future.succeededFuture(
                                Reply.noContent().position(metastore.service(), event.position()))));
    }

    private Future<Reply> resource(Address address, EventEnvelope<byte[]> event) {
        return at(address, event.position()).map(at -> reply(address, at));
    }

    private Future<Reply> get(Call call) {
        Address address = address(call);
        return inDomain(call)
                .compose(ok -> reads.reached(call))
                .compose(ok -> reads.asOf(call, metastore))
                .compose(asOf -> asOf.isPresent()
                        ? at(address, asOf.get())
                        : metastore.snapshot(
                                tx -> store.loadAll(tx, List.of(address)).map(found -> existing(found.get(address)))))
                .map(at -> reply(address, at));
    }

    private Future<Reply> list(Call call) {
        String after = PageToken.cursor(call).map(cursor -> cursor.get(0)).orElse("");
        int size = call.pageSize() + 1;
        return inDomain(call)
                .compose(ok -> reads.reached(call))
                .compose(ok -> reads.asOf(call, metastore))
                .compose(asOf -> asOf.isPresent()
                        ? pageAt(call.domain(), after, size, asOf.get())
                        : page(call.domain(), after, size))
                .map(at -> Reply.ok(
                                Page.of(call, at.value().stream().map(View::of).toList(), view -> List.of(view.name())))
                        .position(metastore.service(), at.position()));
    }

    private Future<At<Optional<Stored<Secret>>>> at(Address address, Position position) {
        return history.at(address, position).map(state -> new At<>(existing(state), position));
    }

    private Future<At<List<Stored<Secret>>>> page(String domain, String after, int size) {
        String sql = "SELECT " + SecretStore.COLUMNS
                + " FROM core.secret WHERE domain = ? AND name > ? AND secret_ref <> '' ORDER BY name LIMIT ?";
        return metastore.snapshot(tx -> SqlTx.of(tx)
                .query(sql, domain, after, size)
                .map(rows -> {
                    List<Stored<Secret>> found = new ArrayList<>();
                    rows.forEach(row -> found.add(SecretStore.read(row)));
                    return found;
                }));
    }

    private Future<At<List<Stored<Secret>>>> pageAt(String domain, String after, int size, Position position) {
        return history.allAt(position).map(all -> {
            List<Stored<Secret>> found = all.values().stream()
                    .filter(stored -> stored.state().exists())
                    .filter(stored -> stored.state().address().domain().equals(domain))
                    .filter(stored -> stored.state().address().name().compareTo(after) > 0)
                    .limit(size)
                    .toList();
            return new At<>(found, position);
        });
    }

    private static Optional<Stored<Secret>> existing(@Nullable Stored<Secret> stored) {
        return Optional.ofNullable(stored).filter(s -> s.state().exists());
    }

    private Reply reply(Address address, At<Optional<Stored<Secret>>> at) {
        Stored<Secret> stored = at.value()
                .orElseThrow(() -> new ProblemException(SecretProblems.notFound(address.domain(), address.name())));
        return Reply.ok(View.of(stored)).version(stored.version()).position(metastore.service(), at.position());
    }

    private static Address address(Call call) {
        return new Address(call.domain(), SecretStore.KIND, call.path("name"));
    }

    private Future<Void> inDomain(Call call) {
        return domains.exists(call.domain())
                .compose(there -> there
                        ? Future.succeededFuture()
                        : Future.failedFuture(new ProblemException(DomainQueries.notFound(call.domain()))));
    }
}
