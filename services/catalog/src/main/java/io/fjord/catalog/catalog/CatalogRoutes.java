package io.fjord.catalog.catalog;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.catalog.catalog.CatalogCommand.ChangeCatalog;
import io.fjord.contract.catalog.catalog.CatalogCommand.CreateCatalog;
import io.fjord.contract.catalog.catalog.CatalogCommand.DeleteCatalog;
import io.fjord.contract.catalog.catalog.Storage;
import io.fjord.kernel.History;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Stored;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.CommandRoutes;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Catalogs over HTTP; the keys to a storage go in and never come out. */
public final class CatalogRoutes {

    private final CommandRoutes commands;
    private final Metastore metastore;
    private final Reads reads;
    private final Vault vault;
    private final Catalogs catalogs;
    private final CatalogCapability capability;
    private final History<Catalog, ?> history;

    public CatalogRoutes(
            CommandRoutes commands,
            Metastore metastore,
            Reads reads,
            Vault vault,
            Catalogs catalogs,
            CatalogCapability capability,
            MessageTypes types) {
        this.commands = commands;
        this.metastore = metastore;
        this.reads = reads;
        this.vault = vault;
        this.catalogs = catalogs;
        this.capability = capability;
        this.history = new History<>(metastore, types, capability.aggregate());
    }

    public void install(Api api) {
        api.on("createCatalog", this::create)
                .on("changeCatalog", this::change)
                .on("deleteCatalog", this::delete)
                .on("getCatalog", this::get)
                .on("listCatalogs", this::list);
    }

    private record Create(
            String name,
            @Nullable Storage storage,
            @Nullable String location,
            @Nullable Map<String, String> credentials,
            @Nullable Long keepDroppedSeconds,
            @Nullable String description) {}

    private record Change(
            @Nullable Storage storage,
            @Nullable Map<String, String> credentials,
            @Nullable Long keepDroppedSeconds,
            @Nullable String description,
            @Nullable Boolean isProtected) {}

    /** A catalog as the API shows it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record View(
            @Nullable String id,
            String name,
            String domain,
            @Nullable Storage storage,
            String location,
            boolean ownCredentials,
            @Nullable Long keepDroppedSeconds,
            @Nullable String description,
            boolean isProtected,
            @Nullable String readOnlyBecause,
            long version) {

        static View of(Stored<Catalog> stored) {
            Catalog catalog = stored.state();
            return new View(
                    catalog.id().isEmpty() ? null : catalog.id(),
                    catalog.address().name(),
                    catalog.address().domain(),
                    catalog.storage(),
                    catalog.location(),
                    catalog.secretRef() != null,
                    catalog.keepDroppedSeconds(),
                    catalog.description(),
                    catalog.isProtected(),
                    catalog.readOnlyBecause(),
                    stored.version());
        }
    }

    private Future<Reply> create(Call call) {
        Create body = call.body(Create.class);
        Address address = new Address(call.domain(), CatalogStore.KIND, body.name());
        boolean own = body.storage() != null;
        if (own != (body.location() != null)) {
            return Future.failedFuture(HttpProblems.invalidRequest(
                    "/location", "goes with a storage of its own; without one it is chosen by the platform"));
        }
        if (!own && body.credentials() != null) {
            return Future.failedFuture(
                    HttpProblems.invalidRequest("/credentials", "are those of a storage of its own: name that too"));
        }
        if (body.storage() != null
                && body.credentials() == null
                && body.storage().roleArn() == null) {
            // Or anybody could have the platform's own identity open what lies there.
            return Future.failedFuture(HttpProblems.invalidRequest(
                    "/credentials", "are missing: a storage of its own is opened with keys of its own, or by a role"));
        }
        Storage storage = body.storage() == null ? capability.platform().storage() : body.storage();
        String location = body.location() == null
                ? capability.platform().locationOf(address)
                : body.location().endsWith("/") ? body.location() : body.location() + "/";
        List<String> faults = StorageRules.faults(storage, location, body.credentials());
        if (!faults.isEmpty()) {
            return Future.failedFuture(HttpProblems.invalidRequest("/storage", String.join("; ", faults)));
        }
        call.require(address);
        return freeOf(address, location)
                .compose(ok -> kept(call, body.credentials()))
                .compose(ref -> commands.submit(
                        call,
                        address,
                        new CreateCatalog(
                                storage, location, ref.orElse(null), body.keepDroppedSeconds(), body.description()),
                        event -> resource(address, event)
                                .map(reply ->
                                        reply.status(201).header("Location", "/api/v1/catalogs/" + address.name()))));
    }

    /** Two catalogs never share a folder: what one may write the other may not read. */
    private Future<Void> freeOf(Address mine, String location) {
        return catalogs.all()
                .compose(all -> all.stream()
                        .filter(other -> !other.address().equals(mine))
                        .filter(other -> other.location().startsWith(location) || location.startsWith(other.location()))
                        .findFirst()
                        .map(other -> Future.<Void>failedFuture(new ProblemException(CatalogProblems.locationTaken(
                                location, "catalog '" + other.address().name() + "'"))))
                        .orElseGet(Future::succeededFuture));
    }

    private Future<Reply> change(Call call) {
        Change body = call.body(Change.class);
        Address address = address(call);
        return stored(address).compose(before -> {
            if (body.storage() != null) {
                List<String> faults =
                        StorageRules.faults(body.storage(), before.state().location(), body.credentials());
                if (!faults.isEmpty()) {
                    return Future.failedFuture(HttpProblems.invalidRequest("/storage", String.join("; ", faults)));
                }
            }
            return kept(call, body.credentials())
                    .compose(ref -> commands.submit(
                            call,
                            address,
                            new ChangeCatalog(
                                    body.storage(),
                                    ref.orElse(null),
                                    body.keepDroppedSeconds(),
                                    body.description(),
                                    body.isProtected()),
                            event -> resource(address, event)));
        });
    }

    private Future<Reply> delete(Call call) {
        return commands.submit(
                call,
                address(call),
                new DeleteCatalog(),
                event -> Future.succeededFuture(Reply.noContent().position(metastore.service(), event.position())));
    }

    /** With the keys in the vault, under the same reference for a retry. */
    private Future<Optional<String>> kept(Call call, @Nullable Map<String, String> credentials) {
        if (credentials == null) {
            return Future.succeededFuture(Optional.empty());
        }
        String ref = Ids.of("catalog credentials", call.commandId());
        byte[] text = Json.bytes(new TreeMap<>(credentials));
        return vault.putIfAbsent(ref, text)
                .compose(ok -> call.idempotencyKey().isEmpty() ? Future.succeededFuture(text) : vault.get(ref))
                .compose(there -> MessageDigest.isEqual(there, text)
                        ? Future.succeededFuture(Optional.of(ref))
                        : Future.failedFuture(HttpProblems.idempotencyKeyReused(call.commandId())));
    }

    private Future<Reply> get(Call call) {
        Address address = address(call);
        return reads.reached(call)
                .compose(ok -> reads.asOf(call, metastore))
                .compose(asOf -> asOf.isPresent()
                        ? history.at(address, asOf.get()).map(state -> reply(address, state, asOf.get()))
                        : metastore
                                .snapshot(tx -> capability.store().look(tx, address))
                                .map(at -> reply(address, at.value().orElse(null), at.position())));
    }

    private Future<Reply> list(Call call) {
        String domain = call.domain();
        var visible = call.those();
        return reads.reached(call)
                .compose(ok -> metastore.position())
                .compose(position -> catalogs.stored()
                        .map(all -> all.stream()
                                .filter(catalog ->
                                        catalog.state().address().domain().equals(domain))
                                .filter(catalog -> visible.test(catalog.state().address()))
                                .map(View::of)
                                .toList())
                        .map(items -> Reply.ok(Map.of("items", items)).position(metastore.service(), position)));
    }

    private Future<Reply> resource(Address address, EventEnvelope<byte[]> event) {
        return history.at(address, event.position()).map(state -> reply(address, state, event.position()));
    }

    private Future<Stored<Catalog>> stored(Address address) {
        return metastore
                .snapshot(tx -> capability.store().look(tx, address))
                .map(at -> existing(address, at.value().orElse(null)));
    }

    private Stored<Catalog> existing(Address address, @Nullable Stored<Catalog> found) {
        Stored<Catalog> stored = found == null ? capability.initial(address) : found;
        if (!stored.state().exists()) {
            throw new ProblemException(CatalogProblems.notFound(address.domain(), address.name()));
        }
        return stored;
    }

    private Reply reply(Address address, @Nullable Stored<Catalog> found, Position position) {
        Stored<Catalog> stored = existing(address, found);
        return Reply.ok(View.of(stored)).version(stored.version()).position(metastore.service(), position);
    }

    private static Address address(Call call) {
        return new Address(call.domain(), CatalogStore.KIND, call.path("name"));
    }
}
