package io.fjord.catalog.iceberg;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import io.fjord.catalog.iceberg.CatalogStore.Answered;
import io.fjord.catalog.iceberg.Entry.Kind;
import io.fjord.catalog.iceberg.IcebergErrors.IcebergError;
import io.fjord.catalog.iceberg.MetadataCache.Kept;
import io.fjord.catalog.iceberg.Storages.Place;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.PageToken;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reply;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.iceberg.UpdateRequirement;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.NoSuchWarehouseException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.rest.CatalogHandlers;
import org.apache.iceberg.rest.Endpoint;
import org.apache.iceberg.rest.RESTSerializers;
import org.apache.iceberg.rest.requests.CommitTransactionRequest;
import org.apache.iceberg.rest.requests.CreateNamespaceRequest;
import org.apache.iceberg.rest.requests.CreateTableRequest;
import org.apache.iceberg.rest.requests.CreateViewRequest;
import org.apache.iceberg.rest.requests.RegisterTableRequest;
import org.apache.iceberg.rest.requests.RegisterViewRequest;
import org.apache.iceberg.rest.requests.RemoteSignRequest;
import org.apache.iceberg.rest.requests.RenameTableRequest;
import org.apache.iceberg.rest.requests.ReportMetricsRequest;
import org.apache.iceberg.rest.requests.ReportMetricsRequest.ReportType;
import org.apache.iceberg.rest.requests.UpdateNamespacePropertiesRequest;
import org.apache.iceberg.rest.requests.UpdateTableRequest;
import org.apache.iceberg.rest.responses.ConfigResponse;
import org.apache.iceberg.rest.responses.CreateNamespaceResponse;
import org.apache.iceberg.rest.responses.ImmutableRemoteSignResponse;
import org.apache.iceberg.rest.responses.ListNamespacesResponse;
import org.apache.iceberg.rest.responses.ListTablesResponse;
import org.apache.iceberg.rest.responses.LoadTableResponse;
import org.apache.iceberg.rest.responses.UpdateNamespacePropertiesResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Iceberg's REST catalog protocol (apache/iceberg, open-api/rest-catalog-open-api.yaml) over {@link FjordCatalog}: reads the
 * request, lets Iceberg's own handlers do the work on a worker thread, writes the reply.
 */
final class IcebergRoutes {

    private static final Logger log = LoggerFactory.getLogger(IcebergRoutes.class);

    private static final ObjectMapper JSON = new ObjectMapper();

    static {
        // As Iceberg's own client has it: RESTObjectMapper, which is not public.
        JSON.setVisibility(PropertyAccessor.FIELD, JsonAutoDetect.Visibility.ANY);
        JSON.configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);
        JSON.setPropertyNamingStrategy(new PropertyNamingStrategies.KebabCaseStrategy());
        RESTSerializers.registerAll(JSON);
    }

    /** What clients may use; a client believes this list. */
    private static final List<Endpoint> ENDPOINTS = List.of(
            Endpoint.V1_LIST_NAMESPACES,
            Endpoint.V1_LOAD_NAMESPACE,
            Endpoint.V1_NAMESPACE_EXISTS,
            Endpoint.V1_CREATE_NAMESPACE,
            Endpoint.V1_UPDATE_NAMESPACE,
            Endpoint.V1_DELETE_NAMESPACE,
            Endpoint.V1_LIST_TABLES,
            Endpoint.V1_LOAD_TABLE,
            Endpoint.V1_TABLE_EXISTS,
            Endpoint.V1_CREATE_TABLE,
            Endpoint.V1_UPDATE_TABLE,
            Endpoint.V1_DELETE_TABLE,
            Endpoint.V1_RENAME_TABLE,
            Endpoint.V1_REGISTER_TABLE,
            Endpoint.V1_REPORT_METRICS,
            Endpoint.V1_COMMIT_TRANSACTION,
            Endpoint.V1_TABLE_CREDENTIALS,
            Endpoint.V1_TABLE_REMOTE_SIGN,
            Endpoint.create("POST", "/v1/{prefix}/events"),
            Endpoint.V1_LIST_VIEWS,
            Endpoint.V1_LOAD_VIEW,
            Endpoint.V1_VIEW_EXISTS,
            Endpoint.V1_CREATE_VIEW,
            Endpoint.V1_UPDATE_VIEW,
            Endpoint.V1_DELETE_VIEW,
            Endpoint.V1_RENAME_VIEW,
            Endpoint.V1_REGISTER_VIEW);

    private static final Set<String> COMMITS = Set.of("icebergReplaceView");

    private static final Set<String> LISTS = Set.of("icebergListNamespaces", "icebergListTables", "icebergListViews");

    private static final String SEPARATOR = "\u001f";

    private static final Pattern UUID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    /** Bigger ones are not read on the event loop. */
    private static final int SMALL = 65_536;

    private final CatalogParts parts;
    private final TableCommits commits;
    private final TableReplies replies;
    private final Vending vending;
    private final CatalogEventRoutes events;
    private final TokenRoute tokens;
    private final WorkerExecutor worker;
    private final Turns turns = new Turns();
    private final Map<String, Future<Reply>> underKey = new ConcurrentHashMap<>();
    private volatile Consumer<Address> scanned = table -> {};

    IcebergRoutes(
            CatalogParts parts,
            TableCommits commits,
            Vending vending,
            CatalogEventRoutes events,
            TokenRoute tokens,
            WorkerExecutor worker) {
        this.parts = parts;
        this.commits = commits;
        this.vending = vending;
        this.replies = new TableReplies(parts.cache(), vending, worker);
        this.events = events;
        this.tokens = tokens;
        this.worker = worker;
    }

    /** @param counts told of each table a client says it has scanned */
    void onScan(Consumer<Address> counts) {
        scanned = counts;
    }

    /** What one route does, on a worker thread; null answers 204. */
    @FunctionalInterface
    private interface Action {
        @Nullable
        Object answer(IcebergCall call) throws IOException;
    }

    /** Gives each Iceberg operation of {@code schemas/openapi/catalog.yaml} its handler. */
    void addTo(Api api) {
        Map<String, Action> actions = new LinkedHashMap<>();
        actions.put("icebergListNamespaces", this::listNamespaces);
        actions.put("icebergCreateNamespace", call -> {
            CreateNamespaceRequest request = call.body(CreateNamespaceRequest.class);
            request.validate();
            call.require(request.namespace());
            return CatalogHandlers.createNamespace(call.catalog(), request);
        });
        actions.put("icebergNamespaceExists", call -> {
            CatalogHandlers.namespaceExists(call.catalog(), call.ownNamespace());
            return null;
        });
        actions.put("icebergLoadNamespace", call -> CatalogHandlers.loadNamespace(call.catalog(), call.ownNamespace()));
        actions.put("icebergDropNamespace", call -> {
            CatalogHandlers.dropNamespace(call.catalog(), call.ownNamespace());
            return null;
        });
        actions.put("icebergUpdateNamespaceProperties", this::updateNamespaceProperties);

        actions.put("icebergListTables", this::listTables);
        actions.put("icebergCreateTable", this::createTable);
        actions.put("icebergRegisterTable", call -> {
            RegisterTableRequest request = call.body(RegisterTableRequest.class);
            request.validate();
            call.require(TableIdentifier.of(call.namespace(), request.name()), Kind.TABLE);
            return call.tableReply(CatalogHandlers.registerTable(call.catalog(), call.namespace(), request));
        });
        actions.put("icebergTableExists", call -> {
            CatalogHandlers.tableExists(call.catalog(), call.table());
            return null;
        });
        actions.put("icebergDropTable", this::dropTable);
        actions.put("icebergRenameTable", call -> {
            RenameTableRequest request = call.body(RenameTableRequest.class);
            request.validate();
            call.require(request.source(), Kind.TABLE);
            call.require(request.destination(), Kind.TABLE);
            CatalogHandlers.renameTable(call.catalog(), request);
            return null;
        });
        actions.put("icebergReportMetrics", this::reportMetrics);
        actions.put("icebergCommitTransaction", call -> {
            CommitTransactionRequest request = call.body(CommitTransactionRequest.class);
            request.validate();
            request.tableChanges().forEach(change -> call.require(change.identifier(), Kind.TABLE));
            call.catalog().commitTogether(request.tableChanges());
            return null;
        });

        actions.put("icebergListViews", this::listViews);
        actions.put("icebergCreateView", call -> {
            CreateViewRequest request = call.body(CreateViewRequest.class);
            call.require(TableIdentifier.of(call.namespace(), request.name()), Kind.VIEW);
            return CatalogHandlers.createView(call.catalog(), call.namespace(), request);
        });
        actions.put("icebergRegisterView", call -> {
            RegisterViewRequest request = call.body(RegisterViewRequest.class);
            request.validate();
            call.require(TableIdentifier.of(call.namespace(), request.name()), Kind.VIEW);
            return CatalogHandlers.registerView(call.catalog(), call.namespace(), request);
        });
        actions.put("icebergViewExists", call -> {
            CatalogHandlers.viewExists(call.catalog(), call.view());
            return null;
        });
        actions.put("icebergLoadView", call -> CatalogHandlers.loadView(call.catalog(), call.view()));
        actions.put(
                "icebergReplaceView",
                call -> CatalogHandlers.updateView(call.catalog(), call.view(), call.body(UpdateTableRequest.class)));
        actions.put("icebergDropView", call -> {
            CatalogHandlers.dropView(call.catalog(), call.view());
            return null;
        });
        actions.put("icebergRenameView", call -> {
            RenameTableRequest request = call.body(RenameTableRequest.class);
            request.validate();
            call.require(request.source(), Kind.VIEW);
            call.require(request.destination(), Kind.VIEW);
            CatalogHandlers.renameView(call.catalog(), request);
            return null;
        });

        api.on("icebergConfig", call -> config(call).recover(failure -> told(call, failure)));
        api.on("icebergLoadTable", call -> placed(call, this::loadTable));
        api.on("icebergLoadCredentials", call -> placed(call, this::loadCredentials));
        api.on("icebergSignRequest", call -> placed(call, this::sign));
        api.on("icebergQueryEvents", call -> placed(call, asked -> events.query(call, asked.place.warehouse())));
        api.on("icebergGetToken", call -> tokens.get(call).recover(failure -> told(call, failure)));
        api.on("icebergCommitTable", call -> placed(call, asked -> once(asked, () -> commitTable(asked))));
        actions.forEach((operation, action) ->
                api.on(operation, call -> placed(call, asked -> once(asked, () -> answer(asked, action)))));
        api.foreignProblems(IcebergRoutes::refuse);
    }

    /** In the catalog the path names; whatever goes wrong is told as Iceberg's clients understand it. */
    private Future<Reply> placed(Call call, Function<IcebergCall, Future<Reply>> then) {
        return Future.succeededFuture()
                .compose(ok -> parts.storages().find(warehouse(call.path("prefix"))))
                .compose(found ->
                        then.apply(new IcebergCall(call, found.orElseThrow(() -> noWarehouse(call.path("prefix"))))))
                .recover(failure -> told(call, failure));
    }

    private static Future<Reply> told(Call call, Throwable failure) {
        return Future.succeededFuture(failed(call, failure));
    }

    private Future<Reply> answer(IcebergCall asked, Action action) {
        Supplier<Future<Reply>> work = () -> worker.executeBlocking(() -> asked.reply(asked.understood(action)), false)
                .compose(reply -> reply);
        return COMMITS.contains(asked.call.operationId()) ? turns.inTurn(asked.call.path(), work) : work.get();
    }

    /** A request under an {@code Idempotency-Key} is carried out once; who asks again gets the same answer. */
    private Future<Reply> once(IcebergCall asked, Supplier<Future<Reply>> work) {
        RequestKey key = asked.key();
        if (key == null) {
            return work.get();
        }
        Promise<Reply> mine = Promise.promise();
        Future<Reply> running = underKey.putIfAbsent(key.digest() + key.request(), mine.future());
        if (running != null) {
            asked.requireItsOwn();
            return running;
        }
        return CatalogStore.answered(parts.sql(), key.digest())
                .compose(before -> before.isPresent() ? again(asked, key, before.get()) : work.get())
                .recover(failure -> failure instanceof Replayed
                        ? CatalogStore.answered(parts.sql(), key.digest())
                                .compose(before -> before.isPresent()
                                        ? again(asked, key, before.get())
                                        : Future.failedFuture(failure))
                        : Future.failedFuture(failure))
                .onComplete(done -> {
                    underKey.remove(key.digest() + key.request());
                    mine.handle(done);
                });
    }

    private Future<Reply> again(IcebergCall asked, RequestKey key, Answered before) {
        key.requireSame(before.request());
        asked.requireItsOwn();
        String answer = Objects.requireNonNullElse(before.answer(), "");
        return switch (asked.call.operationId()) {
            case "icebergCreateTable", "icebergRegisterTable", "icebergCommitTable" -> tableAgain(asked, answer);
            case "icebergCreateNamespace" -> answer(asked, this::namespaceAgain);
            case "icebergUpdateNamespaceProperties" -> answer(asked, call -> propertiesAgain(call, answer));
            case "icebergCreateView", "icebergRegisterView", "icebergReplaceView" ->
                answer(asked, call -> CatalogHandlers.loadView(call.catalog(), call.name("view")));
            default -> Future.succeededFuture(Reply.noContent());
        };
    }

    /** As it was then; as it is now if the metadata of then is gone, as it is of a table that is written often. */
    private Future<Reply> tableAgain(IcebergCall asked, String location) {
        TableIdentifier name = asked.name("table");
        return kept(asked, location)
                .recover(failure ->
                        failure instanceof NotFoundException ? current(asked, name) : Future.failedFuture(failure))
                .compose(kept -> replies.table(asked.call, asked.place, name, kept, false));
    }

    private Object namespaceAgain(IcebergCall call) throws IOException {
        Namespace namespace = call.body(CreateNamespaceRequest.class).namespace();
        return CreateNamespaceResponse.builder()
                .withNamespace(namespace)
                .setProperties(call.catalog().loadNamespaceMetadata(namespace))
                .build();
    }

    private Object propertiesAgain(IcebergCall call, String missing) throws IOException {
        Set<String> absent = new HashSet<>(List.of(Json.MAPPER.readValue(missing, String[].class)));
        return changed(call.body(UpdateNamespacePropertiesRequest.class), absent);
    }

    // What Iceberg's handlers leave to the server

    private Future<Reply> config(Call call) {
        String given = call.query("warehouse").orElse("");
        return Future.succeededFuture()
                .compose(ok -> parts.storages().find(warehouse(given.isEmpty() ? "default" : given)))
                .map(found -> {
                    Place place = found.orElseThrow(() -> noWarehouse(given));
                    Map<String, String> defaults = new LinkedHashMap<>(parts.properties());
                    defaults.putAll(StorageSettings.ofClients(place.storage()));
                    ConfigResponse config = ConfigResponse.builder()
                            .withDefaults(defaults)
                            .withOverride("prefix", place.warehouse().toString())
                            .withEndpoints(ENDPOINTS)
                            .withIdempotencyKeyLifetime(IcebergCatalog.KEYS_KEPT.toString())
                            .build();
                    return json(200, config);
                });
    }

    private static Warehouse warehouse(String text) {
        try {
            return Warehouse.parse(text);
        } catch (IllegalArgumentException e) {
            throw new NoSuchWarehouseException("%s", e.getMessage());
        }
    }

    private static NoSuchWarehouseException noWarehouse(String text) {
        return new NoSuchWarehouseException(
                "There is no warehouse '%s'. See /api/v1/catalogs for those there are", text);
    }

    /** On the event loop where the file is at hand: it is answered as it was written. */
    private Future<Reply> loadTable(IcebergCall call) {
        String snapshots = call.query("snapshots");
        if (snapshots != null && !Set.of("all", "refs").contains(snapshots.toLowerCase(Locale.ROOT))) {
            throw new BadRequestException("snapshots is all or refs, not '%s'", snapshots);
        }
        boolean refs = "refs".equalsIgnoreCase(snapshots);
        TableIdentifier name = call.table();
        return CatalogStore.entry(parts.sql(), call.place.warehouse(), name).compose(found -> {
            if (found.isEmpty() || found.get().kind() != Kind.TABLE) {
                throw new NoSuchTableException("Table does not exist: %s", name);
            }
            String location = found.get().metadataLocation();
            String etag = TableReplies.etag(location, refs);
            if (etag.equals(call.ifNoneMatch())) {
                return Future.succeededFuture(Reply.noContent().status(304).header("ETag", etag));
            }
            return kept(call, location).compose(table -> replies.table(call.call, call.place, name, table, refs));
        });
    }

    /** The table's metadata, from memory if it is there. */
    private Future<Kept> current(IcebergCall call, TableIdentifier name) {
        return CatalogStore.entry(parts.sql(), call.place.warehouse(), name).compose(found -> {
            if (found.isEmpty() || found.get().kind() != Kind.TABLE) {
                throw new NoSuchTableException("Table does not exist: %s", name);
            }
            return kept(call, found.get().metadataLocation());
        });
    }

    private Future<Kept> kept(IcebergCall call, String location) {
        return parts.cache()
                .ifThere(location)
                .map(Future::succeededFuture)
                .orElseGet(() -> worker.executeBlocking(() -> parts.cache().get(location, call.place.files()), false));
    }

    private Future<Reply> loadCredentials(IcebergCall call) {
        TableIdentifier name = call.table();
        return current(call, name)
                .compose(kept -> vending.credentials(call.call, call.place, name, kept.metadata()))
                .map(credential -> Reply.bytes(
                        "application/json",
                        Buffer.buffer(Json.bytes(Map.of("storage-credentials", List.of(credential))))));
    }

    private Future<Reply> sign(IcebergCall call) {
        TableIdentifier name = call.table();
        RemoteSignRequest request = call.plainBody(RemoteSignRequest.class);
        if (RemoteSigner.isWrite(request)) {
            call.call.require("table:write", call.catalog.address(name, Kind.TABLE));
        }
        if (!call.place.storage().type().equals("s3")) {
            throw new BadRequestException("Requests are signed for S3 only");
        }
        boolean writes = RemoteSigner.isWrite(request);
        return current(call, name)
                .compose(kept -> {
                    String folder = Vending.folder(call.place, kept.metadata());
                    return vending.signingKeys(call.place, folder, writes)
                            .compose(keys -> worker.executeBlocking(
                                    () -> RemoteSigner.signed(request, call.place.storage(), keys, folder), false));
                })
                .map(headers -> json(
                        200,
                        ImmutableRemoteSignResponse.builder()
                                .uri(request.uri())
                                .headers(headers)
                                .build()));
    }

    private Future<Reply> commitTable(IcebergCall call) {
        TableIdentifier name = call.table();
        Future<UpdateTableRequest> read = call.call.body().length() < SMALL
                ? Future.succeededFuture().map(ok -> call.plainBody(UpdateTableRequest.class))
                : worker.executeBlocking(() -> call.plainBody(UpdateTableRequest.class), false);
        return read.compose(request -> {
            if (request.requirements() == null || request.updates() == null) {
                throw new BadRequestException("A commit has requirements and updates");
            }
            boolean creates = request.requirements().stream()
                    .anyMatch(UpdateRequirement.AssertTableDoesNotExist.class::isInstance);
            if (creates) {
                return worker.executeBlocking(
                                () -> call.understood(asked -> {
                                    CatalogHandlers.updateTable(asked.catalog(), name, request);
                                    return Objects.requireNonNull(
                                            asked.catalog().answered());
                                }),
                                false)
                        .compose(kept -> replies.table(call.call, call.place, name, (Kept) kept, false))
                        .map(call::positioned);
            }
            return commits.commit(call.catalog(), name, request)
                    .compose(done -> replies.table(call.call, call.place, name, done.table(), false)
                            .map(reply ->
                                    done.position() == null ? reply : reply.position("catalog", done.position())));
        });
    }

    private Object listNamespaces(IcebergCall call) {
        String parent = call.query("parent");
        Namespace above = parent == null || parent.isEmpty() ? Namespace.empty() : namespace(parent);
        IcebergCall.requireReadable(above.levels());
        int size = call.pageSize();
        if (size == 0) {
            return CatalogHandlers.listNamespaces(call.catalog(), above);
        }
        String after = call.pageToken();
        FjordCatalog.Page<Namespace> page =
                call.catalog().listNamespaces(above, after == null ? null : namespace(after), size);
        return ListNamespacesResponse.builder()
                .addAll(page.all())
                .nextPageToken(
                        page.next() == null
                                ? null
                                : call.nextPage(
                                        String.join(SEPARATOR, page.next().levels())))
                .build();
    }

    private Object listTables(IcebergCall call) {
        return call.pageSize() == 0
                ? CatalogHandlers.listTables(call.catalog(), call.namespace())
                : page(call, Kind.TABLE);
    }

    private Object listViews(IcebergCall call) {
        return call.pageSize() == 0
                ? CatalogHandlers.listViews(call.catalog(), call.namespace())
                : page(call, Kind.VIEW);
    }

    private static Object page(IcebergCall call, Kind kind) {
        FjordCatalog.Page<TableIdentifier> page =
                call.catalog().list(call.namespace(), kind, call.pageToken(), call.pageSize());
        return ListTablesResponse.builder()
                .addAll(page.all())
                .nextPageToken(
                        page.next() == null ? null : call.nextPage(page.next().name()))
                .build();
    }

    /** In one transaction, unlike Iceberg's handler. */
    private Object updateNamespaceProperties(IcebergCall call) throws IOException {
        UpdateNamespacePropertiesRequest request = call.body(UpdateNamespacePropertiesRequest.class);
        request.validate();
        if (request.removals().stream().anyMatch(Objects::isNull)
                || request.updates().values().stream().anyMatch(Objects::isNull)) {
            throw new BadRequestException("A property has a name and a value: null is neither");
        }
        Set<String> missing = new HashSet<>(request.removals());
        missing.removeAll(call.catalog()
                .changeProperties(call.ownNamespace(), request.updates(), missing)
                .keySet());
        return changed(request, missing);
    }

    private static UpdateNamespacePropertiesResponse changed(
            UpdateNamespacePropertiesRequest request, Set<String> missing) {
        Set<String> removals = new HashSet<>(request.removals());
        removals.removeAll(missing);
        return UpdateNamespacePropertiesResponse.builder()
                .addUpdated(request.updates().keySet())
                .addRemoved(removals)
                .addMissing(missing)
                .build();
    }

    private Object createTable(IcebergCall call) throws IOException {
        CreateTableRequest request = call.body(CreateTableRequest.class);
        request.validate();
        call.require(TableIdentifier.of(call.namespace(), request.name()), Kind.TABLE);
        if (request.stageCreate()) {
            String location = request.location();
            if (location != null) {
                call.catalog().requireInside(location);
            }
            LoadTableResponse staged = CatalogHandlers.stageTableCreate(call.catalog(), call.namespace(), request);
            return replies.staged(
                    call.call,
                    call.place,
                    TableIdentifier.of(call.namespace(), request.name()),
                    staged.tableMetadata());
        }
        return call.tableReply(CatalogHandlers.createTable(call.catalog(), call.namespace(), request));
    }

    private @Nullable Object dropTable(IcebergCall call) {
        if ("true".equalsIgnoreCase(call.query("purgeRequested"))) {
            CatalogHandlers.purgeTable(call.catalog(), call.table());
        } else {
            CatalogHandlers.dropTable(call.catalog(), call.table());
        }
        return null;
    }

    /** That a table was scanned is counted; what else a client reports is taken and not kept. */
    private @Nullable Object reportMetrics(IcebergCall call) throws IOException {
        ReportMetricsRequest request = call.body(ReportMetricsRequest.class);
        request.validate();
        Address table = call.catalog().address(call.table(), Kind.TABLE);
        if (request.reportType() == ReportType.SCAN_REPORT) {
            scanned.accept(table);
        }
        log.atDebug()
                .addKeyValue("table", table)
                .addKeyValue("type", request.reportType())
                .log("A client reported how a scan or commit went");
        return null;
    }

    private static Namespace namespace(String joined) {
        return Namespace.of(joined.split(SEPARATOR, -1));
    }

    // Requests and replies

    /** One request, read on the event loop and answered on a worker thread. */
    private final class IcebergCall {

        private final Call call;
        private final Place place;
        private final FjordCatalog catalog;
        private final @Nullable RequestKey key;

        IcebergCall(Call call, Place place) {
            this.call = call;
            this.place = place;
            this.key = requestKey(call);
            Caller caller = new Caller(
                    call.actor(),
                    call.correlationId(),
                    call.traceparent(),
                    LISTS.contains(call.operationId()) ? call.those() : address -> false,
                    address -> call.may(address.kind() + ":manage", address),
                    key);
            this.catalog = new FjordCatalog(parts, place, caller);
        }

        private static @Nullable RequestKey requestKey(Call call) {
            String given = call.header("Idempotency-Key").map(String::trim).orElse(null);
            if (given == null || call.method().equals("GET") || call.method().equals("HEAD")) {
                return null;
            }
            if (!UUID.matcher(given).matches()) {
                throw new BadRequestException("An Idempotency-Key is a UUID, best of version 7");
            }
            String asked = call.path() + "?" + call.query("purgeRequested").orElse("");
            return RequestKey.of(
                    call.actor(), call.method(), asked, given, call.body().getBytes());
        }

        @Nullable
        RequestKey key() {
            return key;
        }

        FjordCatalog catalog() {
            return catalog;
        }

        /** Who asks again must still be allowed to. */
        void requireItsOwn() {
            if (Set.of("icebergRenameTable", "icebergRenameView", "icebergCommitTransaction")
                            .contains(call.operationId())
                    || !hasPath("namespace")) {
                call.decidesItself();
            } else if (hasPath("table")) {
                table();
            } else if (hasPath("view")) {
                view();
            } else {
                call.decidesItself();
            }
        }

        private boolean hasPath(String name) {
            try {
                return !call.path(name).isEmpty();
            } catch (IllegalArgumentException e) {
                return false;
            }
        }

        /**
         * What an operation is about: named in the path, or made by it.
         *
         * @param part of the path: table or view
         */
        TableIdentifier name(String part) {
            if (hasPath(part)) {
                return TableIdentifier.of(namespace(), path(part));
            }
            try {
                return TableIdentifier.of(
                        namespace(),
                        Json.MAPPER
                                .readTree(call.body().getBytes())
                                .path("name")
                                .asText());
            } catch (IOException e) {
                throw new BadRequestException("The body cannot be read");
            }
        }

        /** The table just made, as every table is answered. */
        Object tableReply(LoadTableResponse made) throws IOException {
            Kept kept = catalog.answered();
            return kept != null
                    ? replies.table(call, place, name("table"), kept, false)
                    : replies.table(
                            call,
                            place,
                            name("table"),
                            parts.cache().get(made.metadataLocation(), place.files()),
                            false);
        }

        private String path(String name) {
            String value = call.path(name);
            if (value.isEmpty()) {
                throw new BadRequestException("The path names no %s", name);
            }
            return value;
        }

        Namespace namespace() {
            Namespace namespace = IcebergRoutes.namespace(path("namespace"));
            requireReadable(namespace.levels());
            return namespace;
        }

        /** That which the operation is about: the caller may do it, or is refused. */
        Namespace ownNamespace() {
            Namespace namespace = namespace();
            require(namespace);
            return namespace;
        }

        /** Likewise. */
        TableIdentifier table() {
            TableIdentifier table = TableIdentifier.of(namespace(), path("table"));
            require(table, Kind.TABLE);
            return table;
        }

        /** Likewise. */
        TableIdentifier view() {
            TableIdentifier view = TableIdentifier.of(namespace(), path("view"));
            require(view, Kind.VIEW);
            return view;
        }

        /** Iceberg's handlers trust requests that can be read: what is missing in one shows as a null somewhere. */
        @Nullable
        Object understood(Action action) throws IOException {
            try {
                return action.answer(this);
            } catch (NullPointerException | ClassCastException | IndexOutOfBoundsException e) {
                if (call.body().length() == 0) {
                    throw e;
                }
                log.atWarn()
                        .addKeyValue("operation", call.operationId())
                        .setCause(e)
                        .log("A request could be read and not understood");
                throw new BadRequestException(
                        "The request is not as the specification says: something in it is missing");
            }
        }

        private static void requireReadable(String... names) {
            for (String name : names) {
                if (name.indexOf('\u0000') >= 0) {
                    throw new BadRequestException("A name has the character U+0000");
                }
            }
        }

        void require(Namespace namespace) {
            requireReadable(namespace.levels());
            call.require(catalog.address(namespace));
        }

        void require(TableIdentifier name, Kind kind) {
            requireReadable(name.namespace().levels());
            requireReadable(name.name());
            call.require(catalog.address(name, kind));
        }

        @Nullable
        String query(String name) {
            return call.query(name).orElse(null);
        }

        @Nullable
        String ifNoneMatch() {
            return call.header("If-None-Match").orElse(null);
        }

        /** Clients send an empty pageToken without a size: then the whole list is one page, which 0 stands for. */
        int pageSize() {
            String size = query("pageSize");
            if (size == null) {
                return 0;
            }
            if (!size.matches("[1-9][0-9]{0,5}")) {
                throw new BadRequestException("pageSize is a number from 1 to 999999, not '%s'", size);
            }
            return Integer.parseInt(size);
        }

        /** The name that ended the page before; null for the first page. */
        @Nullable
        String pageToken() {
            String token = query("pageToken");
            if (token == null || token.isEmpty()) {
                return null;
            }
            try {
                return PageToken.cursor(call).orElseThrow().get(0);
            } catch (ProblemException e) {
                throw new BadRequestException(
                        "'%s' is no pageToken of this list. Send the next-page-token of the page before, or none",
                        token);
            }
        }

        String nextPage(String last) {
            return PageToken.of(call, List.of(last));
        }

        <T> T plainBody(Class<T> type) {
            try {
                return body(type);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        <T> T body(Class<T> type) throws IOException {
            if (call.body().length() == 0) {
                throw new BadRequestException("The request needs a body");
            }
            try {
                T value = JSON.readValue(call.body().getBytes(), type);
                if (value == null) {
                    throw new BadRequestException("The request needs a body");
                }
                return value;
            } catch (JsonProcessingException e) {
                throw new BadRequestException("The body cannot be read: %s", e.getOriginalMessage());
            }
        }

        Future<Reply> reply(@Nullable Object answer) throws IOException {
            if (answer instanceof Future<?> later) {
                return later.map(reply -> positioned((Reply) reply));
            }
            return Future.succeededFuture(positioned(answer == null ? Reply.noContent() : json(200, answer)));
        }

        Reply positioned(Reply reply) {
            Position position = catalog.position();
            return position == null ? reply : reply.position("catalog", position);
        }
    }

    private static Reply json(int status, Object body) {
        try {
            return Reply.bytes("application/json", Buffer.buffer(JSON.writeValueAsBytes(body)))
                    .status(status);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("An answer cannot be written as JSON", e);
        }
    }

    private static Reply failed(Call call, Throwable failure) {
        IcebergError error = IcebergErrors.of(failure);
        if (error.status() >= 500) {
            log.atError()
                    .addKeyValue("operation", call.operationId())
                    .addKeyValue("path", call.path())
                    .addKeyValue("correlationId", call.correlationId())
                    .setCause(failure)
                    .log("The catalog could not answer");
        }
        Reply reply = call.method().equals("HEAD")
                ? Reply.noContent().status(error.status())
                : Reply.bytes("application/json", Buffer.buffer(Json.bytes(error.json())))
                        .status(error.status());
        return error.status() == 503 ? reply.header("Retry-After", "2") : reply;
    }

    /** What the platform refuses before a handler sees it, a caller without a token for instance. */
    private static void refuse(RoutingContext context, ProblemException refused) {
        int status = refused.problem().status();
        String type = status == 401
                ? "NotAuthorizedException"
                : status == 403
                        ? "ForbiddenException"
                        : status < 500 ? "BadRequestException" : "ServiceFailureException";
        refused.headers().forEach(context.response()::putHeader);
        var json = IcebergErrors.of(status, type, refused.problem().detail()).json();
        context.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .end(Buffer.buffer(Json.bytes(json)));
    }
}
