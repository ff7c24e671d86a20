package io.fjord.runtime.hive;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fjord.runtime.Caller;
import io.fjord.runtime.CallerAuthentication;
import io.fjord.runtime.CallerRefused;
import io.fjord.runtime.Http;
import io.fjord.runtime.SessionOwner;
import io.fjord.runtime.Sessions;
import io.fjord.runtime.SparkEngine;
import io.fjord.runtime.Statements;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.hive.service.rpc.thrift.TCLIService;
import org.apache.thrift.TException;
import org.apache.thrift.protocol.TBinaryProtocol;
import org.apache.thrift.transport.TMemoryBuffer;
import org.apache.thrift.transport.TMemoryInputTransport;

/** HiveServer2 over HTTP: a Thrift call in each POST, whatever its path. */
public final class HiveEndpoint implements Sessions {

    // A statement is text; what is longer than this is not one.
    private static final int LONGEST_CALL = 32 * 1024 * 1024;

    private final HttpServer server;
    private final HiveSessions sessions;

    private HiveEndpoint(HttpServer server, HiveSessions sessions) {
        this.server = server;
        this.sessions = sessions;
    }

    public static HiveEndpoint start(
            int port,
            CallerAuthentication authentication,
            SparkEngine spark,
            Statements statements,
            ExecutorService threads,
            ScheduledExecutorService timer)
            throws IOException {
        var sessions = new HiveSessions(spark, statements, threads, timer);
        var server = Http.listen(port, authentication::client, threads, new Http.Answer() {
            @Override
            public void to(HttpExchange exchange, Caller caller) throws IOException {
                answer(exchange, new HiveCalls(() -> caller, sessions));
            }

            @Override
            public void refuse(HttpExchange exchange, CallerRefused refused) throws IOException {
                if (refused.reason() != CallerRefused.Reason.DENIED) {
                    Http.refuse(exchange, refused);
                    return;
                }
                // Drivers show the words of a Thrift answer; of an HTTP status they show the number.
                answer(
                        exchange,
                        new HiveCalls(
                                () -> {
                                    throw Refused.of(refused);
                                },
                                sessions));
            }
        });
        return new HiveEndpoint(server, sessions);
    }

    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public Collection<SessionOwner> owners() {
        return sessions.owners();
    }

    /** Closes the sessions of somebody, with all that runs in them. */
    @Override
    public void close(SessionOwner owner) {
        sessions.close(owner);
    }

    public void stop() {
        server.stop(0);
        sessions.closeAll();
    }

    private static void answer(HttpExchange exchange, HiveCalls calls) throws IOException {
        if (!exchange.getRequestMethod().equals("POST")) {
            exchange.getResponseHeaders().set("Allow", "POST");
            text(exchange, 405, "HiveServer2 takes Thrift calls by POST.");
            return;
        }
        var body = exchange.getRequestBody().readNBytes(LONGEST_CALL + 1);
        if (body.length > LONGEST_CALL) {
            text(exchange, 413, "A call of more than 32 MiB is not taken.");
            return;
        }
        TMemoryBuffer out;
        try {
            out = new TMemoryBuffer(4096);
            // The processor answers what it cannot read with a Thrift exception of its own.
            new TCLIService.Processor<>(calls)
                    .process(new TBinaryProtocol(new TMemoryInputTransport(body)), new TBinaryProtocol(out));
        } catch (TException | IllegalArgumentException | IndexOutOfBoundsException e) {
            text(exchange, 400, "This is not a Thrift call in the binary protocol.");
            return;
        }
        Http.reply(exchange, 200, "application/x-thrift", out.getArray(), out.length());
    }

    private static void text(HttpExchange exchange, int status, String words) throws IOException {
        Http.reply(exchange, status, "text/plain; charset=utf-8", words.getBytes(StandardCharsets.UTF_8));
    }
}
