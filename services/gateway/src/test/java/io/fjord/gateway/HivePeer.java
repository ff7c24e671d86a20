package io.fjord.gateway;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.hive.service.rpc.thrift.TCLIService;
import org.apache.hive.service.rpc.thrift.TCloseOperationResp;
import org.apache.hive.service.rpc.thrift.TCloseSessionResp;
import org.apache.hive.service.rpc.thrift.TColumn;
import org.apache.hive.service.rpc.thrift.TColumnDesc;
import org.apache.hive.service.rpc.thrift.TExecuteStatementReq;
import org.apache.hive.service.rpc.thrift.TExecuteStatementResp;
import org.apache.hive.service.rpc.thrift.TFetchResultsReq;
import org.apache.hive.service.rpc.thrift.TFetchResultsResp;
import org.apache.hive.service.rpc.thrift.TGetOperationStatusResp;
import org.apache.hive.service.rpc.thrift.TGetResultSetMetadataResp;
import org.apache.hive.service.rpc.thrift.THandleIdentifier;
import org.apache.hive.service.rpc.thrift.TOpenSessionResp;
import org.apache.hive.service.rpc.thrift.TOperationHandle;
import org.apache.hive.service.rpc.thrift.TOperationState;
import org.apache.hive.service.rpc.thrift.TOperationType;
import org.apache.hive.service.rpc.thrift.TPrimitiveTypeEntry;
import org.apache.hive.service.rpc.thrift.TProtocolVersion;
import org.apache.hive.service.rpc.thrift.TRowSet;
import org.apache.hive.service.rpc.thrift.TSessionHandle;
import org.apache.hive.service.rpc.thrift.TStatus;
import org.apache.hive.service.rpc.thrift.TStatusCode;
import org.apache.hive.service.rpc.thrift.TStringColumn;
import org.apache.hive.service.rpc.thrift.TTableSchema;
import org.apache.hive.service.rpc.thrift.TTypeDesc;
import org.apache.hive.service.rpc.thrift.TTypeEntry;
import org.apache.hive.service.rpc.thrift.TTypeId;
import org.apache.thrift.protocol.TBinaryProtocol;
import org.apache.thrift.transport.TMemoryBuffer;
import org.apache.thrift.transport.TMemoryInputTransport;

/** A HiveServer2 over HTTP without Spark behind it: a statement's result is a header of the request, or as many letters as it says. */
final class HivePeer {

    private static final TStatus SUCCESS = new TStatus(TStatusCode.SUCCESS_STATUS);

    final List<MultiMap> seen = new CopyOnWriteArrayList<>();
    final Set<String> refused = ConcurrentHashMap.newKeySet();
    private final Map<ByteBuffer, String> results = new ConcurrentHashMap<>();
    private final HttpServer server;

    static HivePeer open(Vertx vertx) {
        return new HivePeer(vertx);
    }

    private HivePeer(Vertx vertx) {
        Future<HttpServer> listening = vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> answer(request, body)))
                .listen(0, "127.0.0.1");
        server = listening.toCompletionStage().toCompletableFuture().join();
    }

    String url() {
        return "http://127.0.0.1:" + server.actualPort();
    }

    private void answer(HttpServerRequest request, Buffer body) {
        seen.add(request.headers());
        if (refused.contains(String.valueOf(request.getHeader("Authorization")))) {
            request.response()
                    .setStatusCode(403)
                    .end("{\"type\":\"/problems/x\",\"title\":\"No\",\"status\":403,\"detail\":\"Not this table.\"}");
            return;
        }
        try {
            TMemoryBuffer out = new TMemoryBuffer(1024);
            new TCLIService.Processor<>(calls(request))
                    .process(new TBinaryProtocol(new TMemoryInputTransport(body.getBytes())), new TBinaryProtocol(out));
            request.response()
                    .putHeader("Content-Type", "application/x-thrift")
                    .end(Buffer.buffer(out.getArray()).slice(0, out.length()));
        } catch (Exception e) {
            request.response().setStatusCode(400).end(String.valueOf(e.getMessage()));
        }
    }

    private TCLIService.Iface calls(HttpServerRequest request) {
        InvocationHandler calls = (proxy, method, arguments) -> switch (method.getName()) {
            case "OpenSession" -> {
                TOpenSessionResp opened = new TOpenSessionResp(SUCCESS, TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V10);
                opened.setConfiguration(Map.of());
                opened.setSessionHandle(new TSessionHandle(identifier(1)));
                yield opened;
            }
            case "CloseSession" -> new TCloseSessionResp(SUCCESS);
            case "CloseOperation" -> new TCloseOperationResp(SUCCESS);
            case "ExecuteStatement" -> executed(request, ((TExecuteStatementReq) arguments[0]).getStatement());
            case "GetOperationStatus" -> {
                TGetOperationStatusResp status = new TGetOperationStatusResp(SUCCESS);
                status.setOperationState(TOperationState.FINISHED_STATE);
                status.setHasResultSet(true);
                yield status;
            }
            case "GetResultSetMetadata" -> {
                TGetResultSetMetadataResp metadata = new TGetResultSetMetadataResp(SUCCESS);
                TTypeDesc type =
                        new TTypeDesc(List.of(TTypeEntry.primitiveEntry(new TPrimitiveTypeEntry(TTypeId.STRING_TYPE))));
                metadata.setSchema(new TTableSchema(List.of(new TColumnDesc("said", type, 1))));
                yield metadata;
            }
            case "FetchResults" -> fetched((TFetchResultsReq) arguments[0]);
            default -> throw new UnsupportedOperationException(method.getName());
        };
        return (TCLIService.Iface) Proxy.newProxyInstance(
                HivePeer.class.getClassLoader(), new Class<?>[] {TCLIService.Iface.class}, calls);
    }

    private TExecuteStatementResp executed(HttpServerRequest request, String statement) {
        THandleIdentifier id = identifier(results.size() + 2);
        results.put(
                ByteBuffer.wrap(id.getGuid()),
                statement.startsWith("header ")
                        ? String.valueOf(request.getHeader(statement.substring(7)))
                        : statement.startsWith("letters ")
                                ? "x".repeat(Integer.parseInt(statement.substring(8)))
                                : Integer.toString(statement.length()));
        TExecuteStatementResp executed = new TExecuteStatementResp(SUCCESS);
        executed.setOperationHandle(new TOperationHandle(id, TOperationType.EXECUTE_STATEMENT, true));
        return executed;
    }

    private TFetchResultsResp fetched(TFetchResultsReq request) {
        ByteBuffer key =
                ByteBuffer.wrap(request.getOperationHandle().getOperationId().getGuid());
        String value = results.put(key, "");
        List<String> rows = value == null || value.isEmpty() ? List.of() : List.of(value);
        TRowSet set = new TRowSet(0, List.of());
        set.setColumns(List.of(TColumn.stringVal(new TStringColumn(rows, ByteBuffer.wrap(new byte[0])))));
        TFetchResultsResp fetched = new TFetchResultsResp(SUCCESS);
        fetched.setHasMoreRows(false);
        fetched.setResults(set);
        return fetched;
    }

    private static THandleIdentifier identifier(long number) {
        byte[] id = ByteBuffer.allocate(16).putLong(0).putLong(number).array();
        return new THandleIdentifier(ByteBuffer.wrap(id), ByteBuffer.wrap(id));
    }
}
