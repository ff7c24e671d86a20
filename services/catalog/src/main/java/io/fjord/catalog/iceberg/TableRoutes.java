package io.fjord.catalog.iceberg;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.catalog.iceberg.IcebergErrors.IcebergError;
import io.fjord.catalog.iceberg.Storages.Place;
import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reply;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jspecify.annotations.Nullable;

/** What Iceberg's protocol has no words for: dropped tables and how to have them back, tables that are not to be dropped. */
final class TableRoutes {

    private static final int MOST = 1_000;

    private final CatalogParts parts;
    private final WorkerExecutor worker;

    TableRoutes(CatalogParts parts, WorkerExecutor worker) {
        this.parts = parts;
        this.worker = worker;
    }

    void addTo(Api api) {
        api.on("listDroppedTables", this::list)
                .on("undropTable", this::undrop)
                .on("expireDroppedTable", this::expire)
                .on("changeTableProtection", this::protect);
    }

    private record Undrop(
            @Nullable List<String> namespace, @Nullable String name) {}

    private record Protection(String catalog, List<String> namespace, String name, boolean isProtected) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record View(
            String id,
            String catalog,
            List<String> namespace,
            String name,
            String tableId,
            boolean purge,
            String droppedBy,
            Instant droppedAt,
            Instant keptUntil) {

        static View of(DroppedTable dropped) {
            return new View(
                    dropped.id(),
                    dropped.warehouse().catalog(),
                    List.of(dropped.name().namespace().levels()),
                    dropped.name().name(),
                    dropped.tableId(),
                    dropped.purge(),
                    dropped.droppedBy(),
                    dropped.droppedAt(),
                    dropped.keptUntil());
        }
    }

    private Future<Reply> list(Call call) {
        var visible = call.those();
        return CatalogStore.dropped(
                        parts.sql(), call.domain(), call.query("catalog").orElse("default"), "", MOST)
                .map(all -> Reply.ok(Map.of(
                        "items",
                        all.stream()
                                .filter(dropped -> visible.test(address(dropped)))
                                .map(View::of)
                                .toList())));
    }

    private Future<Reply> undrop(Call call) {
        Undrop body = call.body().length() == 0 ? new Undrop(null, null) : call.body(Undrop.class);
        return dropped(call).compose(dropped -> {
            List<String> levels = body.namespace() == null
                    ? List.of(dropped.name().namespace().levels())
                    : body.namespace();
            String name = body.name() == null ? dropped.name().name() : body.name();
            TableIdentifier as = TableIdentifier.of(Namespace.of(levels.toArray(String[]::new)), name);
            // Under another name it may come to lie where its owner may not go.
            call.require(dropped.warehouse().name(as).in(dropped.warehouse().domain(), Entry.Kind.TABLE.word()));
            return inPlace(call, dropped.warehouse(), catalog -> {
                TableIdentifier now = catalog.undrop(dropped.id(), as);
                return Reply.ok(Map.of(
                        "catalog", dropped.warehouse().catalog(),
                        "namespace", List.of(now.namespace().levels()),
                        "name", now.name()));
            });
        });
    }

    private Future<Reply> expire(Call call) {
        return dropped(call)
                .compose(dropped -> inPlace(call, dropped.warehouse(), catalog -> {
                    catalog.expire(dropped.id());
                    return Reply.noContent();
                }));
    }

    private Future<Reply> protect(Call call) {
        Protection body = call.body(Protection.class);
        Warehouse warehouse = new Warehouse(call.domain(), body.catalog());
        TableIdentifier name = TableIdentifier.of(Namespace.of(body.namespace().toArray(String[]::new)), body.name());
        call.require(warehouse.name(name).in(warehouse.domain(), Entry.Kind.TABLE.word()));
        return inPlace(call, warehouse, catalog -> {
            catalog.protect(name, body.isProtected());
            return Reply.ok(body);
        });
    }

    private Future<DroppedTable> dropped(Call call) {
        String id = call.path("id");
        return CatalogStore.dropped(parts.sql(), id).map(found -> {
            DroppedTable dropped = found.filter(one -> one.warehouse().domain().equals(call.domain()))
                    .orElseThrow(() -> new ProblemException(Problem.of(
                            "dropped-table-not-found",
                            404,
                            "No such dropped table",
                            "No table was dropped as '" + id
                                    + "', or it cannot be had back any more. List them at /api/v1/dropped-tables.")));
            call.require(address(dropped));
            return dropped;
        });
    }

    private static Address address(DroppedTable dropped) {
        return dropped.warehouse().name(dropped.name()).in(dropped.warehouse().domain(), Entry.Kind.TABLE.word());
    }

    private Future<Reply> inPlace(Call call, Warehouse warehouse, Function<FjordCatalog, Reply> work) {
        return parts.storages().find(warehouse).compose(found -> {
            Place place = found.orElseThrow(() -> HttpProblems.invalidRequest(
                    "catalog", "'" + warehouse.catalog() + "' is no catalog of domain " + warehouse.domain()));
            Caller caller = new Caller(
                    call.actor(),
                    call.correlationId(),
                    call.traceparent(),
                    address -> true,
                    address -> call.may(address.kind() + ":manage", address),
                    null);
            FjordCatalog catalog = new FjordCatalog(parts, place, caller);
            return worker.executeBlocking(
                            () -> {
                                Reply reply = work.apply(catalog);
                                return catalog.position() == null
                                        ? reply
                                        : reply.position("catalog", catalog.position());
                            },
                            false)
                    .recover(failure -> Future.failedFuture(asProblem(failure)));
        });
    }

    /** Iceberg's exceptions as the rest of the API tells a no. */
    private static Throwable asProblem(Throwable failure) {
        IcebergError error = IcebergErrors.of(failure);
        return failure instanceof ProblemException || error.status() >= 500
                ? failure
                : new ProblemException(Problem.of(
                        "catalog-change-refused",
                        error.status(),
                        "The change of the catalog was refused",
                        String.valueOf(failure.getMessage())));
    }
}
