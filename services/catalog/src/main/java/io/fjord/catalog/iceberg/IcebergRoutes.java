package io.fjord.catalog.iceberg;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import io.fjord.catalog.iceberg.Entry.Kind;
import io.fjord.catalog.iceberg.IcebergErrors.IcebergError;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.kernel.Ids;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reply;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.exceptions.NoSuchWarehouseException;
import org.apache.iceberg.rest.CatalogHandlers;
import org.apache.iceberg.rest.Endpoint;
import org.apache.iceberg.rest.RESTCatalogProperties.SnapshotMode;
import org.apache.iceberg.rest.RESTResponse;
import org.apache.iceberg.rest.RESTSerializers;
import org.apache.iceberg.rest.requests.CommitTransactionRequest;
import org.apache.iceberg.rest.requests.CreateNamespaceRequest;
import org.apache.iceberg.rest.requests.CreateTableRequest;
import org.apache.iceberg.rest.requests.CreateViewRequest;
import org.apache.iceberg.rest.requests.RegisterTableRequest;
import org.apache.iceberg.rest.requests.RegisterViewRequest;
import org.apache.iceberg.rest.requests.RenameTableRequest;
import org.apache.iceberg.rest.requests.ReportMetricsRequest;
import org.apache.iceberg.rest.requests.ReportMetricsRequest.ReportType;
import org.apache.iceberg.rest.requests.UpdateNamespacePropertiesRequest;
import org.apache.iceberg.rest.requests.UpdateTableRequest;
import org.apache.iceberg.rest.responses.ConfigResponse;
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
            Endpoint.V1_LIST_VIEWS,
            Endpoint.V1_LOAD_VIEW,
            Endpoint.V1_VIEW_EXISTS,
            Endpoint.V1_CREATE_VIEW,
            Endpoint.V1_UPDATE_VIEW,
            Endpoint.V1_DELETE_VIEW,
            Endpoint.V1_RENAME_VIEW,
            Endpoint.V1_REGISTER_VIEW);

    private static final Set<String> COMMITS = Set.of("icebergCommitTable", "icebergReplaceView");

    private static final Set<String> LISTS = Set.of("icebergListNamespaces", "icebergListTables", "icebergListViews");

    private static final String SEPARATOR = "\u001f";

    private final CatalogParts parts;
    private final Set<String> domains;
    private final Map<String, String> clientDefaults;
    private final WorkerExecutor worker;
    private final Turns turns = new Turns();
    private volatile Consumer<Address> scanned = table -> {};

    /**
     * @param domains those that have a catalog
     * @param clientDefaults settings that clients get unless they have their own
     */
    IcebergRoutes(CatalogParts parts, Set<String> domains, Map<String, String> clientDefaults, WorkerExecutor worker) {
        this.parts = parts;
        this.domains = domains;
        this.clientDefaults = clientDefaults;
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

    /** An answer with its entity tag; a body of null answers 304. */
    private record Tagged(@Nullable RESTResponse body, String etag) {}

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
            return CatalogHandlers.registerTable(call.catalog(), call.namespace(), request);
        });
        actions.put("icebergTableExists", call -> {
            CatalogHandlers.tableExists(call.catalog(), call.table());
            return null;
        });
        actions.put("icebergLoadTable", this::loadTable);
        actions.put(
                "icebergCommitTable",
                call -> tagged(CatalogHandlers.updateTable(
                        call.catalog(), call.table(), call.body(UpdateTableRequest.class))));
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

        api.on("icebergConfig", call -> answer(call, asked -> config(asked.query("warehouse"))));
        actions.forEach((operation, action) -> api.on(operation, call -> answer(call, action)));
        api.foreignProblems(IcebergRoutes::refuse);
    }

    private Future<Reply> answer(Call call, Action action) {
        IcebergCall asked = new IcebergCall(call);
        Supplier<Future<Reply>> work =
                () -> worker.<Reply>executeBlocking(() -> asked.reply(action.answer(asked)), false);
        return (COMMITS.contains(call.operationId()) ? turns.inTurn(call.path(), work) : work.get())
                .recover(failure -> Future.succeededFuture(failed(call, failure)));
    }

    // What Iceberg's handlers leave to the server

    private ConfigResponse config(@Nullable String given) {
        Warehouse warehouse = warehouse(given == null || given.isEmpty() ? "default" : given);
        return ConfigResponse.builder()
                .withDefaults(clientDefaults)
                .withOverride("prefix", warehouse.toString())
                .withEndpoints(ENDPOINTS)
                .build();
    }

    private Warehouse warehouse(String text) {
        Warehouse warehouse;
        try {
            warehouse = Warehouse.parse(text);
        } catch (IllegalArgumentException e) {
            throw new NoSuchWarehouseException("%s", e.getMessage());
        }
        if (!domains.contains(warehouse.domain()) || !warehouse.catalog().equals(Warehouse.DEFAULT_CATALOG)) {
            throw new NoSuchWarehouseException(
                    "There is no warehouse '%s'. There is: %s", text, String.join(", ", new TreeSet<>(domains)));
        }
        return warehouse;
    }

    private Object listNamespaces(IcebergCall call) {
        String parent = call.query("parent");
        Namespace above = parent == null || parent.isEmpty() ? Namespace.empty() : namespace(parent);
        String size = call.pageSize();
        return size == null
                ? CatalogHandlers.listNamespaces(call.catalog(), above)
                : CatalogHandlers.listNamespaces(call.catalog(), above, call.pageToken(), size);
    }

    private Object listTables(IcebergCall call) {
        String size = call.pageSize();
        return size == null
                ? CatalogHandlers.listTables(call.catalog(), call.namespace())
                : CatalogHandlers.listTables(call.catalog(), call.namespace(), call.pageToken(), size);
    }

    private Object listViews(IcebergCall call) {
        String size = call.pageSize();
        return size == null
                ? CatalogHandlers.listViews(call.catalog(), call.namespace())
                : CatalogHandlers.listViews(call.catalog(), call.namespace(), call.pageToken(), size);
    }

    /** In one transaction, unlike Iceberg's handler. */
    private Object updateNamespaceProperties(IcebergCall call) throws IOException {
        UpdateNamespacePropertiesRequest request = call.body(UpdateNamespacePropertiesRequest.class);
        request.validate();
        Set<String> removals = new HashSet<>(request.removals());
        Set<String> before = call.catalog()
                .changeProperties(call.ownNamespace(), request.updates(), removals)
                .keySet();
        Set<String> missing = new HashSet<>(removals);
        missing.removeAll(before);
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
            return CatalogHandlers.stageTableCreate(call.catalog(), call.namespace(), request);
        }
        return tagged(CatalogHandlers.createTable(call.catalog(), call.namespace(), request));
    }

    private Object loadTable(IcebergCall call) {
        SnapshotMode mode = "refs".equalsIgnoreCase(call.query("snapshots")) ? SnapshotMode.REFS : SnapshotMode.ALL;
        String known = call.ifNoneMatch();
        if (known != null) {
            // The row alone says whether the caller has the newest.
            var entry = call.catalog().find(call.table(), Kind.TABLE);
            if (entry.isPresent() && known.equals(etag(entry.get().metadataLocation(), mode))) {
                return new Tagged(null, known);
            }
        }
        LoadTableResponse table = CatalogHandlers.loadTable(call.catalog(), call.table(), mode);
        return new Tagged(table, etag(table.metadataLocation(), mode));
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

    private static Tagged tagged(LoadTableResponse table) {
        return new Tagged(table, etag(table.metadataLocation(), SnapshotMode.ALL));
    }

    private static String etag(String metadataLocation, SnapshotMode mode) {
        String hash = Ids.sha256((metadataLocation + " " + mode).getBytes(StandardCharsets.UTF_8));
        return "\"" + hash.substring(0, 32) + "\"";
    }

    private static Namespace namespace(String joined) {
        return Namespace.of(joined.split(SEPARATOR, -1));
    }

    // Requests and replies

    /** One request, read on the event loop and answered on a worker thread. */
    private final class IcebergCall {

        private final Call call;
        private @Nullable FjordCatalog catalog;

        IcebergCall(Call call) {
            this.call = call;
        }

        FjordCatalog catalog() {
            if (catalog == null) {
                Caller caller = new Caller(
                        call.actor(),
                        call.correlationId(),
                        call.traceparent(),
                        LISTS.contains(call.operationId()) ? call.those() : address -> false);
                catalog = new FjordCatalog(parts, warehouse(path("prefix")), caller);
            }
            return catalog;
        }

        private String path(String name) {
            String value = call.path(name);
            if (value.isEmpty()) {
                throw new BadRequestException("The path names no %s", name);
            }
            return value;
        }

        Namespace namespace() {
            return IcebergRoutes.namespace(path("namespace"));
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

        void require(Namespace namespace) {
            call.require(catalog().address(namespace));
        }

        void require(TableIdentifier name, Kind kind) {
            call.require(catalog().address(name, kind));
        }

        @Nullable
        String query(String name) {
            return call.query(name).orElse(null);
        }

        @Nullable
        String ifNoneMatch() {
            return call.header("If-None-Match").orElse(null);
        }

        /** Clients send an empty pageToken without a size: then the whole list is one page. */
        @Nullable
        String pageSize() {
            String size = query("pageSize");
            if (size == null) {
                return null;
            }
            if (!size.matches("[1-9][0-9]{0,5}")) {
                throw new BadRequestException("pageSize is a number from 1 to 999999, not '%s'", size);
            }
            return size;
        }

        String pageToken() {
            String token = query("pageToken");
            if (token == null || token.isEmpty()) {
                return "";
            }
            if (!token.matches("[0-9]{1,9}")) {
                throw new BadRequestException(
                        "'%s' is no pageToken of ours. Send the next-page-token of the page before, or none", token);
            }
            return token;
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

        Reply reply(@Nullable Object answer) throws IOException {
            Reply reply;
            if (answer instanceof Tagged tagged) {
                reply = (tagged.body() == null ? Reply.noContent().status(304) : json(200, tagged.body()))
                        .header("ETag", tagged.etag());
            } else {
                reply = answer == null ? Reply.noContent() : json(200, answer);
            }
            Position position = catalog == null ? null : catalog.position();
            return position == null ? reply : reply.position("catalog", position);
        }
    }

    private static Reply json(int status, Object body) throws JsonProcessingException {
        return Reply.bytes("application/json", Buffer.buffer(JSON.writeValueAsBytes(body)))
                .status(status);
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

    /** What a client needs to reach the files itself; its keys it has from elsewhere. */
    static Map<String, String> clientDefaults(String endpoint, String region, Map<String, String> tableDefaults) {
        Map<String, String> defaults = new LinkedHashMap<>(tableDefaults);
        defaults.put(CatalogProperties.FILE_IO_IMPL, "org.apache.iceberg.aws.s3.S3FileIO");
        defaults.put("s3.endpoint", endpoint);
        defaults.put("s3.path-style-access", "true");
        defaults.put("client.region", region);
        return defaults;
    }
}
