package io.fjord.runtime.flight;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.fjord.runtime.ArrowBatches;
import io.fjord.runtime.CatalogMetadata;
import io.fjord.runtime.RunningStatement;
import io.fjord.runtime.SessionOwner;
import io.fjord.runtime.SparkEngine;
import io.fjord.runtime.SqlFailure;
import io.fjord.runtime.Statements;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.ActionType;
import org.apache.arrow.flight.BackpressureStrategy;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.SchemaResult;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.CancelResult;
import org.apache.arrow.flight.sql.FlightSqlProducer;
import org.apache.arrow.flight.sql.NoOpFlightSqlProducer;
import org.apache.arrow.flight.sql.SqlInfoBuilder;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The calls of Flight SQL on Spark.
 *
 * <p>Each statement has a session of its own. It is analysed when a client asks for its columns and runs when the client
 * takes its rows; a ticket is good once. Cancelling the call, or the action {@code fjord.cancel} with the statement's
 * id, ends its Spark jobs.
 */
final class FlightCalls extends NoOpFlightSqlProducer {

    static final String CANCEL = "fjord.cancel";

    private static final Logger log = LoggerFactory.getLogger(FlightCalls.class);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);
    private static final int MOST_PREPARED = 1_000;
    private static final String CLIENT = "The client cancelled it.";

    private final SparkEngine spark;
    private final Statements statements;
    private final BufferAllocator memory;
    private final ExecutorService threads;
    private final Map<String, Planned> planned = new ConcurrentHashMap<>();
    private final Map<String, Prepared> prepared = new ConcurrentHashMap<>();

    FlightCalls(SparkEngine spark, Statements statements, BufferAllocator memory, ExecutorService threads) {
        this.spark = spark;
        this.statements = statements;
        this.memory = memory;
        this.threads = threads;
    }

    /** A session of somebody. */
    private record OwnSession(SparkSession spark, SessionOwner owner) {}

    /** A ticket not yet taken. */
    private record Planned(SessionOwner owner, String statementId, String text, PlannedStatement plan, long at) {}

    /** A prepared statement; its parameters are bound for its next execution. */
    private static final class Prepared {
        final String text;
        final OwnSession session;
        final int parameters;
        volatile List<@Nullable Object> bound = List.of();
        volatile long usedAt = System.nanoTime();

        Prepared(String text, OwnSession session, int parameters) {
            this.text = text;
            this.session = session;
            this.parameters = parameters;
        }

        List<@Nullable Object> arguments() {
            if (bound.size() != parameters) {
                throw CallStatus.INVALID_ARGUMENT
                        .withDescription(
                                "The statement has " + parameters + " parameters and " + bound.size() + " were bound.")
                        .toRuntimeException();
            }
            return bound;
        }
    }

    void forgetOld() {
        var now = System.nanoTime();
        planned.values().removeIf(one -> now - one.at() > LONGEST_WAIT.toNanos());
        prepared.values()
                .removeIf(one -> now - one.usedAt > LONGEST_WAIT.multipliedBy(6).toNanos());
    }

    // Statements

    @Override
    public FlightInfo getFlightInfoStatement(
            FlightSql.CommandStatementQuery command, CallContext call, FlightDescriptor descriptor) {
        var session = newSession(call);
        return plan(command.getQuery(), List.of(), session, call, descriptor);
    }

    private FlightInfo plan(
            String text,
            List<@Nullable Object> parameters,
            OwnSession session,
            CallContext call,
            FlightDescriptor descriptor) {
        var id = statementId(call);
        var plan = inStatement(id, text, session, () -> PlannedStatement.of(session.spark(), text, parameters));
        var handle = UUID.randomUUID().toString();
        planned.put(handle, new Planned(session.owner(), id, text, plan, System.nanoTime()));
        var ticket = FlightSql.TicketStatementQuery.newBuilder()
                .setStatementHandle(ByteString.copyFromUtf8(handle))
                .build();
        var endpoint = new FlightEndpoint(new Ticket(Any.pack(ticket).toByteArray()));
        return FlightInfo.builder(arrowSchema(plan), descriptor, List.of(endpoint))
                .setAppMetadata(id.getBytes(StandardCharsets.UTF_8))
                .build();
    }

    @Override
    public SchemaResult getSchemaStatement(
            FlightSql.CommandStatementQuery command, CallContext call, FlightDescriptor descriptor) {
        var session = newSession(call);
        var text = command.getQuery();
        var columns = inStatement(statementId(call), text, session, () -> columns(session.spark(), text, 0));
        return new SchemaResult(columns == null ? new Schema(List.of()) : columns);
    }

    @Override
    public void getStreamStatement(
            FlightSql.TicketStatementQuery ticket, CallContext call, ServerStreamListener listener) {
        var caller = FlightCallers.of(call);
        var one = planned.get(ticket.getStatementHandle().toStringUtf8());
        if (one == null
                || !caller.owns(one.owner())
                || !planned.remove(ticket.getStatementHandle().toStringUtf8(), one)) {
            listener.error(CallStatus.NOT_FOUND
                    .withDescription("This ticket was used or is too old. Run the statement again.")
                    .toRuntimeException());
            return;
        }
        one.owner().called(caller);
        // Not on this thread: gRPC tells a call that its client left, or can take more, only when the thread is given
        // back.
        threads.execute(() -> stream(one, listener));
    }

    private void stream(Planned one, ServerStreamListener listener) {
        var plan = one.plan();
        try (var statement = statements.start(one.statementId(), one.text(), plan.session(), one.owner());
                var root = VectorSchemaRoot.create(arrowSchema(plan), memory)) {
            var pressure = new BackpressureStrategy.CallbackBackpressureStrategy() {
                @Override
                protected void cancelCallback() {
                    statement.cancel(CLIENT);
                }
            };
            pressure.register(listener);
            listener.start(root);
            statement.call(() -> {
                send(plan, root, listener, pressure, statement);
                return true;
            });
            listener.completed();
        } catch (Exception e) {
            listener.error(failure(e));
        }
    }

    private void send(
            PlannedStatement plan,
            VectorSchemaRoot root,
            ServerStreamListener listener,
            BackpressureStrategy pressure,
            RunningStatement statement)
            throws Exception {
        var loader = new VectorLoader(root);
        try (var batches = ArrowBatches.of(plan.executed(), timeZone(plan.session()))) {
            while (batches.hasNext()) {
                try (var reader = new ArrowStreamReader(new ByteArrayInputStream(batches.next()), memory)) {
                    while (reader.loadNextBatch()) {
                        waitFor(listener, pressure, statement);
                        try (var batch = new VectorUnloader(reader.getVectorSchemaRoot()).getRecordBatch()) {
                            loader.load(batch);
                        }
                        listener.putNext();
                        root.clear();
                    }
                }
            }
        }
    }

    /** A slow reader holds up the next batch, not the driver's memory. */
    private static void waitFor(
            ServerStreamListener listener, BackpressureStrategy pressure, RunningStatement statement) {
        while (!listener.isReady()) {
            var result = pressure.waitForListener(1_000);
            if (result == BackpressureStrategy.WaitResult.CANCELLED || statement.isCancelled()) {
                throw new CancellationException(CLIENT);
            }
        }
    }

    @Override
    public Runnable acceptPutStatement(
            FlightSql.CommandStatementUpdate command,
            CallContext call,
            FlightStream input,
            StreamListener<PutResult> acknowledgements) {
        return () -> answer(acknowledgements, () -> {
            update(command.getQuery(), List.of(), newSession(call), call, acknowledgements);
        });
    }

    /** Runs a statement for its effect; says how many rows it says it changed, -1 if it does not say. */
    private void update(
            String text,
            List<@Nullable Object> parameters,
            OwnSession session,
            CallContext call,
            StreamListener<PutResult> acknowledgements) {
        var rows = inStatement(statementId(call), text, session, () -> {
            var executed =
                    PlannedStatement.of(session.spark(), text, parameters).executed();
            var changed = -1L;
            var first = executed.executedPlan().executeTake(1);
            if (first.length == 1 && executed.analyzed().schema().fieldNames().length > 0) {
                var schema = executed.analyzed().schema();
                if (schema.fieldNames()[0].equals("num_affected_rows")) {
                    changed = first[0].getLong(0);
                }
            }
            return changed;
        });
        var result =
                FlightSql.DoPutUpdateResult.newBuilder().setRecordCount(rows).build();
        try (var buffer = memory.buffer(result.getSerializedSize())) {
            buffer.writeBytes(result.toByteArray());
            acknowledgements.onNext(PutResult.metadata(buffer));
        }
    }

    // Prepared statements

    @Override
    public void createPreparedStatement(
            FlightSql.ActionCreatePreparedStatementRequest request, CallContext call, StreamListener<Result> listener) {
        answer(listener, () -> {
            if (prepared.size() >= MOST_PREPARED) {
                throw CallStatus.RESOURCE_EXHAUSTED
                        .withDescription("Too many statements are prepared. Close those that are not needed.")
                        .toRuntimeException();
            }
            var text = request.getQuery();
            var session = newSession(call);
            var parameters = PlannedStatement.parameters(text);
            var columns =
                    inStatement(statementId(call), text, session, () -> columns(session.spark(), text, parameters));
            var handle = UUID.randomUUID().toString();
            prepared.put(handle, new Prepared(text, session, parameters));
            var result = FlightSql.ActionCreatePreparedStatementResult.newBuilder()
                    .setPreparedStatementHandle(ByteString.copyFromUtf8(handle))
                    .setParameterSchema(bytes(parameterSchema(parameters)));
            // No columns tells drivers to run it as an update.
            if (columns != null) {
                result.setDatasetSchema(bytes(columns));
            }
            listener.onNext(new Result(Any.pack(result.build()).toByteArray()));
        });
    }

    /** The columns a statement will have; null if it has none, or if only running it could tell. */
    private static @Nullable Schema columns(SparkSession session, String text, int parameters) throws Exception {
        if (PlannedStatement.runsWhenAnalysed(session, text)) {
            return null;
        }
        var plan = guess(session, text, parameters);
        return plan.isCommand() && plan.schema().isEmpty() ? null : arrowSchema(plan);
    }

    /** Analyses before the parameters are known, with values that fit most places: NULL, then a number, then a text. */
    private static PlannedStatement guess(SparkSession session, String text, int parameters) throws Exception {
        if (parameters == 0) {
            return PlannedStatement.of(session, text, List.of());
        }
        @Nullable Exception first = null;
        for (var value : java.util.Arrays.<@Nullable Object>asList(null, 1, "1")) {
            try {
                return PlannedStatement.of(session, text, java.util.Collections.nCopies(parameters, value));
            } catch (CancellationException e) {
                throw e;
            } catch (Exception e) {
                first = first == null ? e : first;
            }
        }
        throw first == null ? new IllegalStateException() : first;
    }

    // Spark says a parameter's type only when it has a value, so texts are asked for: Spark casts them where they
    // stand.
    private static Schema parameterSchema(int parameters) {
        var fields = new ArrayList<Field>();
        for (var i = 1; i <= parameters; i++) {
            fields.add(new Field("parameter_" + i, FieldType.nullable(new ArrowType.Utf8()), null));
        }
        return new Schema(fields);
    }

    private Prepared prepared(ByteString handle, CallContext call) {
        var one = prepared.get(handle.toStringUtf8());
        var caller = FlightCallers.of(call);
        if (one == null || !caller.owns(one.session.owner())) {
            throw CallStatus.NOT_FOUND
                    .withDescription("This prepared statement is closed or too old. Prepare it again.")
                    .toRuntimeException();
        }
        one.session.owner().called(caller);
        one.usedAt = System.nanoTime();
        return one;
    }

    @Override
    public Runnable acceptPutPreparedStatementQuery(
            FlightSql.CommandPreparedStatementQuery command,
            CallContext call,
            FlightStream input,
            StreamListener<PutResult> acknowledgements) {
        return () -> answer(acknowledgements, () -> {
            var one = prepared(command.getPreparedStatementHandle(), call);
            var rows = Parameters.read(input);
            if (rows.size() > 1) {
                throw CallStatus.UNIMPLEMENTED
                        .withDescription("A query takes one row of parameters; " + rows.size() + " were sent.")
                        .toRuntimeException();
            }
            one.bound = rows.isEmpty() ? List.of() : rows.get(0);
        });
    }

    @Override
    public Runnable acceptPutPreparedStatementUpdate(
            FlightSql.CommandPreparedStatementUpdate command,
            CallContext call,
            FlightStream input,
            StreamListener<PutResult> acknowledgements) {
        return () -> answer(acknowledgements, () -> {
            var one = prepared(command.getPreparedStatementHandle(), call);
            var rows = Parameters.read(input);
            if (rows.size() > 1) {
                throw CallStatus.UNIMPLEMENTED
                        .withDescription("A statement takes one row of parameters; " + rows.size() + " were sent.")
                        .toRuntimeException();
            }
            one.bound = rows.isEmpty() ? List.of() : rows.get(0);
            update(one.text, one.arguments(), one.session, call, acknowledgements);
        });
    }

    @Override
    public FlightInfo getFlightInfoPreparedStatement(
            FlightSql.CommandPreparedStatementQuery command, CallContext call, FlightDescriptor descriptor) {
        var one = prepared(command.getPreparedStatementHandle(), call);
        return plan(one.text, one.arguments(), one.session, call, descriptor);
    }

    @Override
    public void closePreparedStatement(
            FlightSql.ActionClosePreparedStatementRequest request, CallContext call, StreamListener<Result> listener) {
        answer(listener, () -> {
            var handle = request.getPreparedStatementHandle();
            prepared.remove(handle.toStringUtf8(), prepared(handle, call));
        });
    }

    // Actions

    @Override
    public void listActions(CallContext call, StreamListener<ActionType> listener) {
        listener.onNext(new ActionType(
                CANCEL, "Cancels the statement whose id is the body. Answers 'cancelled' or 'unknown'."));
        super.listActions(call, listener);
    }

    @Override
    public void doAction(CallContext call, Action action, StreamListener<Result> listener) {
        if (!action.getType().equals(CANCEL)) {
            super.doAction(call, action, listener);
            return;
        }
        answer(listener, () -> {
            var id = new String(action.getBody(), StandardCharsets.UTF_8);
            var cancelled = cancel(id, call, "It was cancelled.");
            listener.onNext(new Result((cancelled ? "cancelled" : "unknown").getBytes(StandardCharsets.UTF_8)));
        });
    }

    @Override
    public void cancelQuery(FlightInfo info, CallContext call, StreamListener<CancelResult> listener) {
        answer(listener, () -> {
            listener.onNext(cancel(info, call) ? CancelResult.CANCELLED : CancelResult.NOT_CANCELLABLE);
        });
    }

    @Override
    public void cancelFlightInfo(
            org.apache.arrow.flight.CancelFlightInfoRequest request,
            CallContext call,
            StreamListener<org.apache.arrow.flight.CancelStatus> listener) {
        answer(listener, () -> {
            listener.onNext(
                    cancel(request.getInfo(), call)
                            ? org.apache.arrow.flight.CancelStatus.CANCELLED
                            : org.apache.arrow.flight.CancelStatus.NOT_CANCELLABLE);
        });
    }

    // The FlightInfo carries its statement's id, so it can be cancelled while its rows flow and its ticket is gone.
    private boolean cancel(FlightInfo info, CallContext call) {
        var id =
                new String(info.getAppMetadata() == null ? new byte[0] : info.getAppMetadata(), StandardCharsets.UTF_8);
        return cancel(id, call, CLIENT);
    }

    private boolean cancel(String id, CallContext call, String because) {
        var caller = FlightCallers.of(call);
        // Also one that was planned and not yet started must not start any more.
        var forgotten = planned.values()
                .removeIf(one -> one.statementId().equals(id) && (caller.isService() || caller.owns(one.owner())));
        return statements.cancel(id, caller, because) || forgotten;
    }

    // Metadata

    @Override
    public FlightInfo getFlightInfoCatalogs(
            FlightSql.CommandGetCatalogs request, CallContext call, FlightDescriptor descriptor) {
        return info(FlightSqlProducer.Schemas.GET_CATALOGS_SCHEMA, request, descriptor);
    }

    @Override
    public void getStreamCatalogs(CallContext call, ServerStreamListener listener) {
        var catalogs = catalogs(call, "GetCatalogs", CatalogMetadata::catalogs, listener);
        if (catalogs != null) {
            send(FlightSqlProducer.Schemas.GET_CATALOGS_SCHEMA, listener, root -> {
                for (var i = 0; i < catalogs.size(); i++) {
                    text(root, "catalog_name", i, catalogs.get(i));
                }
                root.setRowCount(catalogs.size());
            });
        }
    }

    @Override
    public FlightInfo getFlightInfoSchemas(
            FlightSql.CommandGetDbSchemas request, CallContext call, FlightDescriptor descriptor) {
        return info(FlightSqlProducer.Schemas.GET_SCHEMAS_SCHEMA, request, descriptor);
    }

    @Override
    public void getStreamSchemas(
            FlightSql.CommandGetDbSchemas command, CallContext call, ServerStreamListener listener) {
        var schemas = catalogs(
                call,
                "GetDbSchemas",
                catalogs -> catalogs.schemas(
                        command.hasCatalog() ? command.getCatalog() : null,
                        command.hasDbSchemaFilterPattern() ? command.getDbSchemaFilterPattern() : null),
                listener);
        if (schemas != null) {
            send(FlightSqlProducer.Schemas.GET_SCHEMAS_SCHEMA, listener, root -> {
                for (var i = 0; i < schemas.size(); i++) {
                    text(root, "catalog_name", i, schemas.get(i).catalog());
                    text(root, "db_schema_name", i, schemas.get(i).name());
                }
                root.setRowCount(schemas.size());
            });
        }
    }

    @Override
    public FlightInfo getFlightInfoTables(
            FlightSql.CommandGetTables request, CallContext call, FlightDescriptor descriptor) {
        return info(tablesSchema(request), request, descriptor);
    }

    private static Schema tablesSchema(FlightSql.CommandGetTables request) {
        return request.getIncludeSchema()
                ? FlightSqlProducer.Schemas.GET_TABLES_SCHEMA
                : FlightSqlProducer.Schemas.GET_TABLES_SCHEMA_NO_SCHEMA;
    }

    private record FoundTable(
            CatalogMetadata.Table table, @Nullable StructType columns) {}

    @Override
    public void getStreamTables(FlightSql.CommandGetTables command, CallContext call, ServerStreamListener listener) {
        var tables = catalogs(call, "GetTables", catalogs -> tables(catalogs, command), listener);
        if (tables != null) {
            send(tablesSchema(command), listener, root -> {
                for (var i = 0; i < tables.size(); i++) {
                    var table = tables.get(i).table();
                    text(root, "catalog_name", i, table.catalog());
                    text(root, "db_schema_name", i, table.schema());
                    text(root, "table_name", i, table.name());
                    text(root, "table_type", i, table.type());
                    var columns = tables.get(i).columns();
                    if (columns != null) {
                        ((VarBinaryVector) root.getVector("table_schema"))
                                .setSafe(i, ArrowBatches.schema(columns, "UTC").serializeAsMessage());
                    }
                }
                root.setRowCount(tables.size());
            });
        }
    }

    private static List<FoundTable> tables(CatalogMetadata catalogs, FlightSql.CommandGetTables command) {
        var found = new ArrayList<FoundTable>();
        var tables = catalogs.tables(
                command.hasCatalog() ? command.getCatalog() : null,
                command.hasDbSchemaFilterPattern() ? command.getDbSchemaFilterPattern() : null,
                command.hasTableNameFilterPattern() ? command.getTableNameFilterPattern() : null,
                command.getTableTypesList());
        for (var table : tables) {
            if (!command.getIncludeSchema()) {
                found.add(new FoundTable(table, null));
                continue;
            }
            var columns = catalogs.columns(table);
            if (columns != null) {
                found.add(new FoundTable(table, columns));
            }
        }
        return found;
    }

    @Override
    public FlightInfo getFlightInfoTableTypes(
            FlightSql.CommandGetTableTypes request, CallContext call, FlightDescriptor descriptor) {
        return info(FlightSqlProducer.Schemas.GET_TABLE_TYPES_SCHEMA, request, descriptor);
    }

    @Override
    public void getStreamTableTypes(CallContext call, ServerStreamListener listener) {
        send(FlightSqlProducer.Schemas.GET_TABLE_TYPES_SCHEMA, listener, root -> {
            text(root, "table_type", 0, CatalogMetadata.TABLE);
            text(root, "table_type", 1, CatalogMetadata.VIEW);
            root.setRowCount(2);
        });
    }

    // Iceberg knows no keys.

    @Override
    public FlightInfo getFlightInfoPrimaryKeys(
            FlightSql.CommandGetPrimaryKeys request, CallContext call, FlightDescriptor descriptor) {
        return info(FlightSqlProducer.Schemas.GET_PRIMARY_KEYS_SCHEMA, request, descriptor);
    }

    @Override
    public void getStreamPrimaryKeys(
            FlightSql.CommandGetPrimaryKeys command, CallContext call, ServerStreamListener listener) {
        send(FlightSqlProducer.Schemas.GET_PRIMARY_KEYS_SCHEMA, listener, root -> root.setRowCount(0));
    }

    @Override
    public FlightInfo getFlightInfoExportedKeys(
            FlightSql.CommandGetExportedKeys request, CallContext call, FlightDescriptor descriptor) {
        return info(FlightSqlProducer.Schemas.GET_EXPORTED_KEYS_SCHEMA, request, descriptor);
    }

    @Override
    public void getStreamExportedKeys(
            FlightSql.CommandGetExportedKeys command, CallContext call, ServerStreamListener listener) {
        send(FlightSqlProducer.Schemas.GET_EXPORTED_KEYS_SCHEMA, listener, root -> root.setRowCount(0));
    }

    @Override
    public FlightInfo getFlightInfoImportedKeys(
            FlightSql.CommandGetImportedKeys request, CallContext call, FlightDescriptor descriptor) {
        return info(FlightSqlProducer.Schemas.GET_IMPORTED_KEYS_SCHEMA, request, descriptor);
    }

    @Override
    public void getStreamImportedKeys(
            FlightSql.CommandGetImportedKeys command, CallContext call, ServerStreamListener listener) {
        send(FlightSqlProducer.Schemas.GET_IMPORTED_KEYS_SCHEMA, listener, root -> root.setRowCount(0));
    }

    @Override
    public FlightInfo getFlightInfoCrossReference(
            FlightSql.CommandGetCrossReference request, CallContext call, FlightDescriptor descriptor) {
        return info(FlightSqlProducer.Schemas.GET_CROSS_REFERENCE_SCHEMA, request, descriptor);
    }

    @Override
    public void getStreamCrossReference(
            FlightSql.CommandGetCrossReference command, CallContext call, ServerStreamListener listener) {
        send(FlightSqlProducer.Schemas.GET_CROSS_REFERENCE_SCHEMA, listener, root -> root.setRowCount(0));
    }

    @Override
    public FlightInfo getFlightInfoSqlInfo(
            FlightSql.CommandGetSqlInfo request, CallContext call, FlightDescriptor descriptor) {
        return info(FlightSqlProducer.Schemas.GET_SQL_INFO_SCHEMA, request, descriptor);
    }

    @Override
    public void getStreamSqlInfo(FlightSql.CommandGetSqlInfo command, CallContext call, ServerStreamListener listener) {
        var info = new SqlInfoBuilder()
                .withFlightSqlServerName("Fjord")
                .withFlightSqlServerVersion(spark.version())
                .withFlightSqlServerArrowVersion("18.3.0")
                .withFlightSqlServerReadOnly(false)
                .withFlightSqlServerSql(true)
                .withFlightSqlServerSubstrait(false)
                .withFlightSqlServerTransaction(FlightSql.SqlSupportedTransaction.SQL_SUPPORTED_TRANSACTION_NONE)
                .withFlightSqlServerCancel(true)
                .withSqlDdlCatalog(false)
                .withSqlDdlSchema(true)
                .withSqlDdlTable(true)
                .withSqlIdentifierQuoteChar("`")
                .withSqlIdentifierCase(FlightSql.SqlSupportedCaseSensitivity.SQL_CASE_SENSITIVITY_CASE_INSENSITIVE)
                .withSqlQuotedIdentifierCase(
                        FlightSql.SqlSupportedCaseSensitivity.SQL_CASE_SENSITIVITY_CASE_INSENSITIVE)
                .withSqlAllTablesAreSelectable(true)
                .withSqlTransactionsSupported(false)
                .withSqlCatalogTerm("catalog")
                .withSqlSchemaTerm("namespace");
        info.send(command.getInfoList(), listener);
    }

    // What they share

    /** A session where the headers say; nothing of an earlier statement is in it. */
    private OwnSession newSession(CallContext call) {
        var headers = StatementHeaders.of(call);
        var caller = FlightCallers.of(call);
        if (caller.isService()) {
            throw CallStatus.UNAUTHENTICATED
                    .withDescription("A service runs statements on behalf of somebody: name them in the header "
                            + FlightCallers.ACTOR + ".")
                    .toRuntimeException();
        }
        var session = new OwnSession(spark.newSession(), new SessionOwner(caller));
        if (headers.catalog() != null || headers.namespace() != null) {
            inStatement(statementId(call), "USE", session, () -> {
                SparkEngine.use(session.spark(), headers.catalog(), headers.namespace());
                return true;
            });
        }
        return session;
    }

    private static String statementId(CallContext call) {
        var id = StatementHeaders.of(call).statementId();
        return id != null ? id : "flight-" + UUID.randomUUID();
    }

    /** Runs a short piece of a statement and turns its failure into Flight's. */
    private <T> T inStatement(String id, String text, OwnSession session, Callable<T> work) {
        var context = io.grpc.Context.current();
        try (var statement = statements.start(id, text, session.spark(), session.owner())) {
            io.grpc.Context.CancellationListener left = gone -> statement.cancel(CLIENT);
            context.addListener(left, Runnable::run);
            try {
                return statement.call(work);
            } finally {
                context.removeListener(left);
            }
        } catch (Exception e) {
            throw failure(e);
        }
    }

    private interface Catalogs<T> {
        T of(CatalogMetadata catalogs);
    }

    private <T> @Nullable T catalogs(CallContext call, String what, Catalogs<T> work, ServerStreamListener listener) {
        try {
            var session = newSession(call);
            return inStatement(statementId(call), what, session, () -> work.of(new CatalogMetadata(session.spark())));
        } catch (FlightRuntimeException e) {
            listener.error(e);
            return null;
        }
    }

    private void send(Schema schema, ServerStreamListener listener, Consumer<VectorSchemaRoot> fill) {
        try (var root = VectorSchemaRoot.create(schema, memory)) {
            root.allocateNew();
            fill.accept(root);
            listener.start(root);
            listener.putNext();
            listener.completed();
        }
    }

    private static void text(VectorSchemaRoot root, String column, int row, String value) {
        FieldVector vector = root.getVector(column);
        ((VarCharVector) vector).setSafe(row, value.getBytes(StandardCharsets.UTF_8));
    }

    private interface Work {
        void run();
    }

    private static void answer(StreamListener<?> listener, Work work) {
        try {
            work.run();
            listener.onCompleted();
        } catch (RuntimeException e) {
            listener.onError(failure(e));
        }
    }

    private static FlightRuntimeException failure(Exception failure) {
        if (failure instanceof FlightRuntimeException known) {
            return known;
        }
        var why = SqlFailure.of(failure);
        if (failure instanceof RunningStatement.AccessEnded) {
            return CallStatus.UNAUTHORIZED.withDescription(why.message()).toRuntimeException();
        }
        if (failure instanceof CancellationException) {
            return CallStatus.CANCELLED.withDescription(why.message()).toRuntimeException();
        }
        // A statement's fault, not the server's: "invalid argument" is what drivers show as an SQL error.
        var status = CallStatus.INVALID_ARGUMENT;
        if (why.sqlState().equals(SqlFailure.GENERAL)) {
            log.atWarn().setCause(failure).log("A statement failed for a reason that is not its own");
            status = CallStatus.INTERNAL;
        }
        return status.withDescription("[" + why.sqlState() + "] " + why.message())
                .toRuntimeException();
    }

    private static FlightInfo info(Schema schema, Message ticket, FlightDescriptor descriptor) {
        var endpoint = new FlightEndpoint(new Ticket(Any.pack(ticket).toByteArray()));
        return FlightInfo.builder(schema, descriptor, List.of(endpoint)).build();
    }

    private static Schema arrowSchema(PlannedStatement plan) {
        return ArrowBatches.schema(plan.schema(), timeZone(plan.session()));
    }

    private static String timeZone(SparkSession session) {
        return session.sessionState().conf().sessionLocalTimeZone();
    }

    private static ByteString bytes(Schema schema) {
        return ByteString.copyFrom(schema.serializeAsMessage());
    }
}
