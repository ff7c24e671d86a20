package io.fjord.runtime.hive;

import io.fjord.runtime.Caller;
import io.fjord.runtime.CatalogMetadata;
import io.fjord.runtime.SparkEngine;
import io.fjord.runtime.SqlFailure;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.hive.service.rpc.thrift.*;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.InsertIntoStatement;
import org.apache.spark.sql.catalyst.plans.logical.UnresolvedWith;
import org.apache.spark.sql.classic.Dataset;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The calls of HiveServer2 ({@code TCLIService.thrift} of Hive 4) by one caller, on Spark.
 *
 * <p>A no is a status with an SQLSTATE, never a Thrift exception: that would end the client's connection.
 */
final class HiveCalls implements TCLIService.Iface {

    private static final Logger log = LoggerFactory.getLogger(HiveCalls.class);

    // Column-wise results exist from V6 on; V11 is the newest these types know.
    private static final TProtocolVersion OLDEST = TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V6;
    private static final TProtocolVersion NEWEST = TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V10;
    private static final Duration LONGEST_POLL = Duration.ofSeconds(2);
    private static final int MOST_ROWS = 10_000;
    private static final short LOGS = 1;
    private static final TStatus OK = new TStatus(TStatusCode.SUCCESS_STATUS);
    // What Hive's tools expect where a statement returns nothing.
    private static final StructType NOTHING = new StructType().add("Result", DataTypes.StringType);

    private final Who who;
    private final HiveSessions sessions;

    HiveCalls(Who who, HiveSessions sessions) {
        this.who = who;
        this.sessions = sessions;
    }

    /** Says who calls, or that they may not. */
    interface Who {
        Caller caller() throws Refused;
    }

    private interface Call<T> {
        T run() throws Refused, InterruptedException;
    }

    private interface Status<T> {
        T of(TStatus status);
    }

    private <T> T answer(Call<T> call, Status<T> refused) {
        try {
            var unused = who.caller();
            return call.run();
        } catch (Refused e) {
            return refused.of(e.status());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return refused.of(Refused.error("HY000", "The cluster stops.").status());
        } catch (RuntimeException e) {
            log.atError().setCause(e).log("A HiveServer2 call failed");
            var why = SqlFailure.of(e);
            return refused.of(Refused.error(why.sqlState(), why.message()).status());
        }
    }

    // Sessions

    @Override
    public TOpenSessionResp OpenSession(TOpenSessionReq request) {
        return answer(
                () -> {
                    var asked = request.getClient_protocol();
                    if (asked == null || asked.getValue() < OLDEST.getValue()) {
                        throw Refused.error(
                                "08004", "This client is too old: HiveServer2 protocol V6 or newer is needed.");
                    }
                    var protocol = asked.getValue() > NEWEST.getValue() ? NEWEST : asked;
                    var session = sessions.open(who.caller());
                    try {
                        configure(session, request.getConfiguration());
                    } catch (Refused | RuntimeException e) {
                        sessions.close(session);
                        throw e;
                    }
                    var response = new TOpenSessionResp(OK, protocol);
                    response.setSessionHandle(session.handle());
                    response.setConfiguration(Map.of());
                    return response;
                },
                status -> new TOpenSessionResp(status, NEWEST));
    }

    private void configure(HiveSession session, @Nullable Map<String, String> configuration) throws Refused {
        if (configuration == null) {
            return;
        }
        var spark = session.spark();
        for (var entry : configuration.entrySet()) {
            var key = entry.getKey().replaceFirst("^set:(hiveconf:|hivevar:|system:)?", "");
            // Clients send Hive settings of their own too; they mean nothing here.
            if (key.startsWith("spark.")) {
                set(spark, key, entry.getValue());
            }
        }
        var catalog = configuration.get("use:catalog");
        var database = configuration.get("use:database");
        if (catalog == null && (database == null || database.isBlank())) {
            return;
        }
        try (var statement = sessions.statements().start(session.id() + "-use", "USE", spark, session.owner())) {
            statement.call(() -> {
                if (catalog != null && !catalog.isBlank()) {
                    SparkEngine.use(spark, catalog, null);
                }
                if (database != null && !database.isBlank()) {
                    useDatabase(spark, database);
                }
                return true;
            });
        } catch (Refused e) {
            throw e;
        } catch (Exception e) {
            var why = SqlFailure.of(e);
            throw Refused.error(why.sqlState(), why.message());
        }
    }

    private static void set(SparkSession spark, String key, String value) throws Refused {
        try {
            spark.conf().set(key, value);
        } catch (RuntimeException e) {
            var why = SqlFailure.of(e);
            throw Refused.error(why.sqlState(), why.message());
        }
    }

    /** Every JDBC URL without a database says "default"; in a catalog that has no such namespace it means the current one. */
    private static void useDatabase(SparkSession spark, String database) throws Exception {
        if (database.equals("default")) {
            try {
                if (!SparkEngine.hasNamespace(spark, database)) {
                    return;
                }
            } catch (RuntimeException e) {
                // A catalog that is away fails the statements that need it; connecting is not one of them.
                log.atWarn()
                        .addKeyValue("because", SqlFailure.of(e).message())
                        .log("The catalog cannot be asked for its default namespace");
                return;
            }
        } else if (!SparkEngine.hasNamespace(spark, database)) {
            throw Refused.error(
                    "42704", "There is no database '" + database + "'. Name another one in the URL, or none.");
        }
        SparkEngine.use(spark, null, database);
    }

    @Override
    public TCloseSessionResp CloseSession(TCloseSessionReq request) {
        return answer(
                () -> {
                    sessions.close(sessions.find(request.getSessionHandle(), who.caller()));
                    return new TCloseSessionResp(OK);
                },
                TCloseSessionResp::new);
    }

    @Override
    public TGetInfoResp GetInfo(TGetInfoReq request) {
        return answer(
                () -> {
                    sessions.find(request.getSessionHandle(), who.caller());
                    return new TGetInfoResp(OK, info(request.getInfoType()));
                },
                status -> new TGetInfoResp(status, TGetInfoValue.stringValue("")));
    }

    private TGetInfoValue info(TGetInfoType type) throws Refused {
        return switch (type) {
            case CLI_SERVER_NAME -> TGetInfoValue.stringValue("Fjord");
            case CLI_DBMS_NAME -> TGetInfoValue.stringValue("Spark SQL");
            case CLI_DBMS_VER -> TGetInfoValue.stringValue(sessions.spark().version());
            case CLI_DATA_SOURCE_NAME -> TGetInfoValue.stringValue("");
            case CLI_DATA_SOURCE_READ_ONLY, CLI_INTEGRITY -> TGetInfoValue.stringValue("N");
            case CLI_ACCESSIBLE_TABLES, CLI_ACCESSIBLE_PROCEDURES, CLI_DESCRIBE_PARAMETER ->
                TGetInfoValue.stringValue("N");
            case CLI_CATALOG_NAME -> TGetInfoValue.stringValue("Y");
            case CLI_USER_NAME -> TGetInfoValue.stringValue(who.caller().actor());
            case CLI_IDENTIFIER_QUOTE_CHAR -> TGetInfoValue.stringValue("`");
            case CLI_SEARCH_PATTERN_ESCAPE -> TGetInfoValue.stringValue("\\");
            case CLI_ORDER_BY_COLUMNS_IN_SELECT -> TGetInfoValue.stringValue("N");
            case CLI_SPECIAL_CHARACTERS, CLI_COLLATION_SEQ -> TGetInfoValue.stringValue("");
            case CLI_XOPEN_CLI_YEAR -> TGetInfoValue.stringValue("1995");
            case CLI_ODBC_KEYWORDS -> TGetInfoValue.stringValue(HiveMetadata.KEYWORDS);
            case CLI_IDENTIFIER_CASE, CLI_TXN_CAPABLE, CLI_CURSOR_COMMIT_BEHAVIOR, CLI_NULL_COLLATION ->
                TGetInfoValue.smallIntValue((short) 0);
            // "No limit", as ODBC writes it.
            case CLI_MAX_DRIVER_CONNECTIONS,
                    CLI_MAX_CONCURRENT_ACTIVITIES,
                    CLI_MAX_COLUMN_NAME_LEN,
                    CLI_MAX_CURSOR_NAME_LEN,
                    CLI_MAX_SCHEMA_NAME_LEN,
                    CLI_MAX_CATALOG_NAME_LEN,
                    CLI_MAX_TABLE_NAME_LEN,
                    CLI_MAX_COLUMNS_IN_GROUP_BY,
                    CLI_MAX_COLUMNS_IN_INDEX,
                    CLI_MAX_COLUMNS_IN_ORDER_BY,
                    CLI_MAX_COLUMNS_IN_SELECT,
                    CLI_MAX_COLUMNS_IN_TABLE,
                    CLI_MAX_TABLES_IN_SELECT,
                    CLI_MAX_USER_NAME_LEN,
                    CLI_MAX_IDENTIFIER_LEN -> TGetInfoValue.smallIntValue((short) 0);
            case CLI_MAX_INDEX_SIZE, CLI_MAX_ROW_SIZE, CLI_MAX_STATEMENT_LEN -> TGetInfoValue.lenValue(0);
            default -> throw Refused.error("HYC00", "This server does not know " + type + ".");
        };
    }

    // Statements

    @Override
    public TExecuteStatementResp ExecuteStatement(TExecuteStatementReq request) {
        return answer(
                () -> {
                    var session = sessions.find(request.getSessionHandle(), who.caller());
                    var text = withoutSemicolon(request.getStatement());
                    var overlay = request.getConfOverlay();
                    var rows = mayHaveRows(session.spark(), text);
                    var operation = operation(session, TOperationType.EXECUTE_STATEMENT, text, rows, () -> {
                        if (overlay != null) {
                            for (var entry : overlay.entrySet()) {
                                if (entry.getKey().startsWith("spark.")) {
                                    session.spark().conf().set(entry.getKey(), entry.getValue());
                                }
                            }
                        }
                        return result(session.spark().sql(text));
                    });
                    if (request.isSetQueryTimeout() && request.getQueryTimeout() > 0) {
                        timeOut(operation, request.getQueryTimeout());
                    }
                    operation.startOn(sessions.threads());
                    if (!request.isRunAsync()) {
                        while (operation.isRunning()) {
                            operation.await(LONGEST_POLL);
                            session.touch();
                        }
                        refuseIfFailed(operation);
                    }
                    var response = new TExecuteStatementResp(OK);
                    response.setOperationHandle(operation.handle());
                    return response;
                },
                TExecuteStatementResp::new);
    }

    /** Clients want to know before it runs whether a statement has rows; parsing it says so for all but the odd one. */
    private static boolean mayHaveRows(SparkSession spark, String text) {
        try {
            var plan = spark.sessionState().sqlParser().parsePlan(text);
            while (plan instanceof UnresolvedWith with) {
                plan = with.child();
            }
            return !(plan instanceof InsertIntoStatement)
                    && !(plan instanceof Command && plan.output().isEmpty());
        } catch (Exception e) {
            // Running it will say what is wrong with it.
            return true;
        }
    }

    private static String withoutSemicolon(String text) {
        var stripped = text.strip();
        return stripped.endsWith(";")
                        && !stripped.toLowerCase(java.util.Locale.ROOT).startsWith("begin")
                ? stripped.substring(0, stripped.length() - 1)
                : stripped;
    }

    private void timeOut(HiveOperation operation, long seconds) {
        var unused = sessions.timer()
                .schedule(
                        () -> operation.timeOut("The statement took longer than " + seconds + " s."),
                        seconds,
                        TimeUnit.SECONDS);
    }

    private static HiveOperation.Result result(Dataset<Row> dataset) {
        if (dataset.schema().isEmpty()) {
            return new HiveOperation.Result(
                    NOTHING, () -> HiveOperation.Rows.of(java.util.Collections.emptyIterator()));
        }
        return new HiveOperation.Result(dataset.schema(), () -> HiveResultRows.of(dataset));
    }

    private HiveOperation operation(
            HiveSession session, TOperationType type, String text, boolean rows, Callable<HiveOperation.Result> work) {
        var statement = sessions.statements()
                .start("hive-" + java.util.UUID.randomUUID(), text, session.spark(), session.owner());
        var operation = new HiveOperation(session, type, statement, rows, work);
        sessions.add(operation);
        return operation;
    }

    private void refuseIfFailed(HiveOperation operation) throws Refused {
        var why = operation.failure();
        if (why != null) {
            sessions.close(operation);
            throw Refused.error(why.sqlState(), why.message());
        }
    }

    @Override
    public TGetOperationStatusResp GetOperationStatus(TGetOperationStatusReq request) {
        return answer(
                () -> {
                    var operation = sessions.find(request.getOperationHandle(), who.caller());
                    // Clients ask again at once: the answer waits for the end a while.
                    operation.await(LONGEST_POLL);
                    var response = new TGetOperationStatusResp(OK);
                    response.setOperationState(operation.state());
                    response.setOperationStarted(operation.startedAt());
                    response.setOperationCompleted(operation.endedAt());
                    response.setHasResultSet(operation.hasRows());
                    var why = operation.failure();
                    if (why != null) {
                        response.setSqlState(why.sqlState());
                        response.setErrorMessage(why.message());
                    }
                    return response;
                },
                TGetOperationStatusResp::new);
    }

    @Override
    public TCancelOperationResp CancelOperation(TCancelOperationReq request) {
        return answer(
                () -> {
                    sessions.find(request.getOperationHandle(), who.caller()).cancel("The client cancelled it.");
                    return new TCancelOperationResp(OK);
                },
                TCancelOperationResp::new);
    }

    @Override
    public TCloseOperationResp CloseOperation(TCloseOperationReq request) {
        return answer(
                () -> {
                    // Twice is harmless: drivers close a statement after its session.
                    if (sessions.has(request.getOperationHandle(), who.caller())) {
                        sessions.close(sessions.find(request.getOperationHandle(), who.caller()));
                    }
                    return new TCloseOperationResp(OK);
                },
                TCloseOperationResp::new);
    }

    @Override
    public TGetResultSetMetadataResp GetResultSetMetadata(TGetResultSetMetadataReq request) {
        return answer(
                () -> {
                    var operation = sessions.find(request.getOperationHandle(), who.caller());
                    var response = new TGetResultSetMetadataResp(OK);
                    response.setSchema(HiveRows.schema(operation.schema()));
                    return response;
                },
                TGetResultSetMetadataResp::new);
    }

    @Override
    public TFetchResultsResp FetchResults(TFetchResultsReq request) {
        return answer(
                () -> {
                    var operation = sessions.find(request.getOperationHandle(), who.caller());
                    var response = new TFetchResultsResp(OK);
                    if (request.getFetchType() == LOGS) {
                        response.setHasMoreRows(false);
                        response.setResults(noLogs());
                        return response;
                    }
                    var orientation = request.getOrientation();
                    if (orientation != TFetchOrientation.FETCH_NEXT && orientation != TFetchOrientation.FETCH_FIRST) {
                        throw Refused.error("HY106", "Rows come forwards only: fetch the next or from the first.");
                    }
                    var most = (int) Math.max(1, Math.min(MOST_ROWS, request.getMaxRows()));
                    var rows = operation.fetch(orientation == TFetchOrientation.FETCH_FIRST, most);
                    response.setHasMoreRows(false);
                    response.setResults(rows);
                    return response;
                },
                TFetchResultsResp::new);
    }

    private static TRowSet noLogs() {
        return HiveRows.take(
                        new StructType().add("log", DataTypes.StringType),
                        List.<Row>of().iterator(),
                        0,
                        1)
                .toThrift();
    }

    @Override
    public TGetQueryIdResp GetQueryId(TGetQueryIdReq request) {
        return answer(
                () -> new TGetQueryIdResp(sessions.find(request.getOperationHandle(), who.caller())
                        .statement()
                        .id()),
                status -> new TGetQueryIdResp(""));
    }

    @Override
    public TSetClientInfoResp SetClientInfo(TSetClientInfoReq request) {
        return answer(
                () -> {
                    sessions.find(request.getSessionHandle(), who.caller());
                    return new TSetClientInfoResp(OK);
                },
                TSetClientInfoResp::new);
    }

    // Metadata

    @Override
    public TGetCatalogsResp GetCatalogs(TGetCatalogsReq request) {
        return answer(
                () -> {
                    var response = new TGetCatalogsResp(OK);
                    response.setOperationHandle(metadata(
                            request.getSessionHandle(),
                            TOperationType.GET_CATALOGS,
                            HiveMetadata.CATALOGS,
                            HiveMetadata::catalogs));
                    return response;
                },
                TGetCatalogsResp::new);
    }

    @Override
    public TGetSchemasResp GetSchemas(TGetSchemasReq request) {
        return answer(
                () -> {
                    var response = new TGetSchemasResp(OK);
                    response.setOperationHandle(metadata(
                            request.getSessionHandle(),
                            TOperationType.GET_SCHEMAS,
                            HiveMetadata.SCHEMAS,
                            catalogs ->
                                    HiveMetadata.schemas(catalogs, request.getCatalogName(), request.getSchemaName())));
                    return response;
                },
                TGetSchemasResp::new);
    }

    @Override
    public TGetTablesResp GetTables(TGetTablesReq request) {
        return answer(
                () -> {
                    var response = new TGetTablesResp(OK);
                    response.setOperationHandle(metadata(
                            request.getSessionHandle(),
                            TOperationType.GET_TABLES,
                            HiveMetadata.TABLES,
                            catalogs -> HiveMetadata.tables(
                                    catalogs,
                                    request.getCatalogName(),
                                    request.getSchemaName(),
                                    request.getTableName(),
                                    request.getTableTypes())));
                    return response;
                },
                TGetTablesResp::new);
    }

    @Override
    public TGetTableTypesResp GetTableTypes(TGetTableTypesReq request) {
        return answer(
                () -> {
                    var response = new TGetTableTypesResp(OK);
                    response.setOperationHandle(metadata(
                            request.getSessionHandle(),
                            TOperationType.GET_TABLE_TYPES,
                            HiveMetadata.TABLE_TYPES,
                            catalogs -> HiveMetadata.tableTypes()));
                    return response;
                },
                TGetTableTypesResp::new);
    }

    @Override
    public TGetColumnsResp GetColumns(TGetColumnsReq request) {
        return answer(
                () -> {
                    var response = new TGetColumnsResp(OK);
                    response.setOperationHandle(metadata(
                            request.getSessionHandle(),
                            TOperationType.GET_COLUMNS,
                            HiveMetadata.COLUMNS,
                            catalogs -> HiveMetadata.columns(
                                    catalogs,
                                    request.getCatalogName(),
                                    request.getSchemaName(),
                                    request.getTableName(),
                                    request.getColumnName())));
                    return response;
                },
                TGetColumnsResp::new);
    }

    @Override
    public TGetTypeInfoResp GetTypeInfo(TGetTypeInfoReq request) {
        return answer(
                () -> {
                    var response = new TGetTypeInfoResp(OK);
                    response.setOperationHandle(metadata(
                            request.getSessionHandle(),
                            TOperationType.GET_TYPE_INFO,
                            HiveMetadata.TYPE_INFO,
                            catalogs -> HiveMetadata.typeInfo()));
                    return response;
                },
                TGetTypeInfoResp::new);
    }

    @Override
    public TGetFunctionsResp GetFunctions(TGetFunctionsReq request) {
        return answer(
                () -> {
                    var session = sessions.find(request.getSessionHandle(), who.caller());
                    var response = new TGetFunctionsResp(OK);
                    response.setOperationHandle(metadata(
                            request.getSessionHandle(),
                            TOperationType.GET_FUNCTIONS,
                            HiveMetadata.FUNCTIONS,
                            catalogs -> HiveMetadata.functions(session.spark(), request.getFunctionName())));
                    return response;
                },
                TGetFunctionsResp::new);
    }

    // Iceberg knows no keys: the answers are empty, as JDBC asks.
    @Override
    public TGetPrimaryKeysResp GetPrimaryKeys(TGetPrimaryKeysReq request) {
        return answer(
                () -> {
                    var response = new TGetPrimaryKeysResp(OK);
                    response.setOperationHandle(metadata(
                            request.getSessionHandle(),
                            TOperationType.UNKNOWN,
                            HiveMetadata.PRIMARY_KEYS,
                            catalogs -> List.of()));
                    return response;
                },
                TGetPrimaryKeysResp::new);
    }

    @Override
    public TGetCrossReferenceResp GetCrossReference(TGetCrossReferenceReq request) {
        return answer(
                () -> {
                    var response = new TGetCrossReferenceResp(OK);
                    response.setOperationHandle(metadata(
                            request.getSessionHandle(),
                            TOperationType.UNKNOWN,
                            HiveMetadata.CROSS_REFERENCE,
                            catalogs -> List.of()));
                    return response;
                },
                TGetCrossReferenceResp::new);
    }

    private interface Rows {
        List<Row> of(CatalogMetadata catalogs);
    }

    /** Metadata calls answer when they have their rows, as Hive's do; they can take as long as the catalog. */
    private TOperationHandle metadata(TSessionHandle handle, TOperationType type, StructType schema, Rows rows)
            throws Refused, InterruptedException {
        var session = sessions.find(handle, who.caller());
        var operation = operation(session, type, type.name(), true, () -> {
            var found = rows.of(new CatalogMetadata(session.spark()));
            return new HiveOperation.Result(schema, () -> HiveOperation.Rows.of(found.iterator()));
        });
        operation.run();
        refuseIfFailed(operation);
        return operation.handle();
    }

    // Not offered

    private static TStatus noDelegationTokens() {
        return Refused.error("0A000", "There are no delegation tokens here: send your token with each call.")
                .status();
    }

    @Override
    public TGetDelegationTokenResp GetDelegationToken(TGetDelegationTokenReq request) {
        return new TGetDelegationTokenResp(noDelegationTokens());
    }

    @Override
    public TCancelDelegationTokenResp CancelDelegationToken(TCancelDelegationTokenReq request) {
        return new TCancelDelegationTokenResp(noDelegationTokens());
    }

    @Override
    public TRenewDelegationTokenResp RenewDelegationToken(TRenewDelegationTokenReq request) {
        return new TRenewDelegationTokenResp(noDelegationTokens());
    }

    private static TStatus noFiles() {
        return Refused.error(
                        "0A000", "Files are not taken here: put them into the object store and read them with SQL.")
                .status();
    }

    @Override
    public TUploadDataResp UploadData(TUploadDataReq request) {
        return new TUploadDataResp(noFiles(), new TOperationHandle());
    }

    @Override
    public TDownloadDataResp DownloadData(TDownloadDataReq request) {
        return new TDownloadDataResp(noFiles(), new TOperationHandle());
    }
}
