package io.fjord.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.contract.Problem;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.apache.hive.service.rpc.thrift.TCLIService;
import org.apache.hive.service.rpc.thrift.TExecuteStatementReq;
import org.apache.hive.service.rpc.thrift.TGetInfoResp;
import org.apache.hive.service.rpc.thrift.TOpenSessionReq;
import org.apache.hive.service.rpc.thrift.TOpenSessionResp;
import org.apache.hive.service.rpc.thrift.TProtocolVersion;
import org.apache.hive.service.rpc.thrift.TSessionHandle;
import org.apache.hive.service.rpc.thrift.TStatus;
import org.apache.hive.service.rpc.thrift.TStatusCode;
import org.apache.thrift.TBase;
import org.apache.thrift.protocol.TBinaryProtocol;
import org.apache.thrift.protocol.TMessage;
import org.apache.thrift.protocol.TMessageType;
import org.apache.thrift.transport.TMemoryBuffer;
import org.apache.thrift.transport.TMemoryInputTransport;
import org.junit.jupiter.api.Test;

/** Held against what Thrift itself writes and reads. */
class ThriftMessageTest {

    private static byte[] written(String method, int sequence, TBase<?, ?> arguments) throws Exception {
        TMemoryBuffer out = new TMemoryBuffer(256);
        TBinaryProtocol protocol = new TBinaryProtocol(out);
        protocol.writeMessageBegin(new TMessage(method, TMessageType.CALL, sequence));
        arguments.write(protocol);
        protocol.writeMessageEnd();
        return Arrays.copyOf(out.getArray(), out.length());
    }

    private static byte[] openSession() throws Exception {
        TOpenSessionReq request = new TOpenSessionReq(TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V10);
        request.setUsername("alice");
        request.setConfiguration(Map.of("a", "1", "b", "", "use:database", "default"));
        return written("OpenSession", 7, new TCLIService.OpenSession_args(request));
    }

    @Test
    void a_call_ends_where_thrift_ended_it() throws Exception {
        byte[] call = openSession();
        Buffer more = Buffer.buffer(call).appendBytes(openSession());

        assertThat(ThriftMessage.first(Buffer.buffer(call))).contains(new ThriftMessage("OpenSession", 7, call.length));
        assertThat(ThriftMessage.first(more)).contains(new ThriftMessage("OpenSession", 7, call.length));
    }

    @Test
    void a_part_of_a_call_is_no_call() throws Exception {
        byte[] call = openSession();

        for (int length = 0; length < call.length; length++) {
            assertThat(ThriftMessage.first(Buffer.buffer(Arrays.copyOf(call, length))))
                    .as("the first %d bytes", length)
                    .isEmpty();
        }
    }

    @Test
    void a_long_statement_is_measured_whole() throws Exception {
        TExecuteStatementReq request = new TExecuteStatementReq(new TSessionHandle(), "x".repeat(5_000_000));
        request.setSessionHandle(new TSessionHandle(new org.apache.hive.service.rpc.thrift.THandleIdentifier(
                java.nio.ByteBuffer.wrap(new byte[16]), java.nio.ByteBuffer.wrap(new byte[16]))));
        byte[] call = written("ExecuteStatement", 1, new TCLIService.ExecuteStatement_args(request));

        assertThat(ThriftMessage.first(Buffer.buffer(call)).map(ThriftMessage::length))
                .contains(call.length);
        assertThat(ThriftMessage.first(Buffer.buffer(call).slice(0, 4_000_000))).isEmpty();
    }

    @Test
    void nonsense_is_unreadable_or_never_whole_and_costs_little() throws Exception {
        assertThatThrownBy(() -> ThriftMessage.first(Buffer.buffer("GET / HTTP/1.1\r\n")))
                .isInstanceOf(ThriftMessage.Unreadable.class);
        byte[] call = openSession();
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] bent = call.clone();
            for (int changes = random.nextInt(4); changes >= 0; changes--) {
                bent[random.nextInt(bent.length)] = (byte) random.nextInt(256);
            }
            try {
                ThriftMessage.first(Buffer.buffer(bent))
                        .ifPresent(message -> assertThat(message.length()).isBetween(12, bent.length));
            } catch (ThriftMessage.Unreadable e) {
                assertThat(e).hasMessageNotContaining("null");
            }
        }
    }

    private static final Problem PROBLEM = Problem.of("cluster-not-running", 409, "Cluster not running", "Stärt it.");

    private static <R extends TBase<R, ?>> R read(String method, R result) throws Exception {
        Buffer refusal = new ThriftMessage(method, 42, 0).refusal(PROBLEM);
        TBinaryProtocol protocol = new TBinaryProtocol(new TMemoryInputTransport(refusal.getBytes()));
        TMessage head = protocol.readMessageBegin();
        assertThat(head.name).isEqualTo(method);
        assertThat(head.seqid).isEqualTo(42);
        assertThat(head.type).isEqualTo(TMessageType.REPLY);
        result.read(protocol);
        protocol.readMessageEnd();
        return result;
    }

    @Test
    void a_refusal_is_an_answer_thrift_takes_for_every_method() throws Exception {
        TOpenSessionResp session =
                read("OpenSession", new TCLIService.OpenSession_result()).getSuccess();
        TGetInfoResp info = read("GetInfo", new TCLIService.GetInfo_result()).getSuccess();
        List<Function<Void, TStatus>> all = List.of(
                none -> session.getStatus(),
                none -> info.getStatus(),
                none -> status("ExecuteStatement", new TCLIService.ExecuteStatement_result()),
                none -> status("FetchResults", new TCLIService.FetchResults_result()),
                none -> status("GetOperationStatus", new TCLIService.GetOperationStatus_result()),
                none -> status("GetResultSetMetadata", new TCLIService.GetResultSetMetadata_result()),
                none -> status("CancelOperation", new TCLIService.CancelOperation_result()),
                none -> status("CloseOperation", new TCLIService.CloseOperation_result()),
                none -> status("CloseSession", new TCLIService.CloseSession_result()),
                none -> status("GetTables", new TCLIService.GetTables_result()),
                none -> status("GetDelegationToken", new TCLIService.GetDelegationToken_result()));

        session.validate();
        info.validate();
        assertThat(all).allSatisfy(each -> {
            TStatus status = each.apply(null);
            assertThat(status.getStatusCode()).isEqualTo(TStatusCode.ERROR_STATUS);
            assertThat(status.getErrorMessage()).isEqualTo("Cluster not running. Stärt it.");
            assertThat(status.getErrorCode()).isEqualTo(409);
            assertThat(status.getSqlState()).isEqualTo("08004");
        });
    }

    private static <R extends TBase<R, ?>> TStatus status(String method, R result) {
        try {
            Object success =
                    read(method, result).getClass().getMethod("getSuccess").invoke(result);
            success.getClass().getMethod("validate").invoke(success);
            return (TStatus) success.getClass().getMethod("getStatus").invoke(success);
        } catch (Exception e) {
            throw new IllegalStateException(method, e);
        }
    }
}
