package io.fjord.sql;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightConstants;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightServer;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.NoOpFlightSqlProducer;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * A driver without Spark behind it: real Flight SQL, and a language of its own. {@code rows N}, {@code echo ?…},
 * {@code block}, {@code fail MESSAGE}, {@code ddl}.
 */
final class FakeDriver extends NoOpFlightSqlProducer implements AutoCloseable {

    static final int BATCH = 100;

    private static final Schema NUMBERS = new Schema(
            List.of(Field.nullable("n", new ArrowType.Int(64, true)), Field.nullable("t", new ArrowType.Utf8())));
    private static final Schema NOTHING = new Schema(List.of());

    final Map<String, CallHeaders> headers = new ConcurrentHashMap<>();
    final List<String> cancelled = java.util.Collections.synchronizedList(new ArrayList<>());
    final List<String> asked = java.util.Collections.synchronizedList(new ArrayList<>());
    final AtomicInteger running = new AtomicInteger();
    final AtomicInteger mostRunning = new AtomicInteger();
    volatile String secret;

    private final BufferAllocator allocator = new RootAllocator();
    private final Map<String, String> texts = new ConcurrentHashMap<>();
    private final Map<String, List<String>> parameters = new ConcurrentHashMap<>();
    private final Map<String, CountDownLatch> blocked = new ConcurrentHashMap<>();
    private final FlightServer server;

    FakeDriver(String secret) throws Exception {
        this.secret = secret;
        server = FlightServer.builder(allocator, Location.forGrpcInsecure("127.0.0.1", 0), this)
                .build()
                .start();
    }

    String endpoint() {
        return "grpc://127.0.0.1:" + server.getPort();
    }

    /** Lets go of all that blocks. */
    void release() {
        blocked.values().forEach(CountDownLatch::countDown);
    }

    int blocked() {
        return (int)
                blocked.values().stream().filter(latch -> latch.getCount() > 0).count();
    }

    @Override
    public void close() throws Exception {
        release();
        server.shutdown();
        server.awaitTermination(1, TimeUnit.SECONDS);
        server.close();
    }

    int port() {
        return server.getPort();
    }

    private String enter(CallContext context) {
        CallHeaders given = context.getMiddleware(FlightConstants.HEADER_KEY).headers();
        if (!("Bearer " + secret).equals(given.get("authorization"))) {
            throw CallStatus.UNAUTHENTICATED.withDescription("unknown").toRuntimeException();
        }
        String id = given.get("fjord-statement-id");
        headers.put(id, given);
        return id;
    }

    @Override
    public FlightInfo getFlightInfoStatement(
            FlightSql.CommandStatementQuery command, CallContext context, FlightDescriptor descriptor) {
        String id = enter(context);
        plan(command.getQuery());
        texts.put(id, command.getQuery());
        Ticket ticket = new Ticket(Any.pack(FlightSql.TicketStatementQuery.newBuilder()
                        .setStatementHandle(ByteString.copyFromUtf8(id))
                        .build())
                .toByteArray());
        return new FlightInfo(schema(command.getQuery()), descriptor, List.of(new FlightEndpoint(ticket)), -1, -1);
    }

    private void plan(String text) {
        asked.add(text);
        if (text.startsWith("fail ")) {
            throw CallStatus.INVALID_ARGUMENT.withDescription(text.substring(5)).toRuntimeException();
        }
    }

    private static Schema schema(String text) {
        return text.equals("ddl") ? NOTHING : NUMBERS;
    }

    @Override
    public void getStreamStatement(
            FlightSql.TicketStatementQuery ticket, CallContext context, ServerStreamListener listener) {
        String id = enter(context);
        stream(id, texts.get(ticket.getStatementHandle().toStringUtf8()), listener, List.of());
    }

    private void stream(String id, String text, ServerStreamListener listener, List<String> echo) {
        mostRunning.accumulateAndGet(running.incrementAndGet(), Math::max);
        try (VectorSchemaRoot root = VectorSchemaRoot.create(schema(text), allocator)) {
            listener.start(root);
            if (text.equals("block")) {
                block(id, listener);
                if (listener.isCancelled() || cancelled.contains(id)) {
                    listener.error(
                            CallStatus.CANCELLED.withDescription("cancelled").toRuntimeException());
                    return;
                }
            }
            int rows = text.startsWith("rows ") ? Integer.parseInt(text.substring(5)) : echo.size();
            for (int from = 0; from < rows; from += BATCH) {
                while (!listener.isReady() && !listener.isCancelled()) {
                    Thread.onSpinWait();
                }
                fill(root, from, Math.min(rows, from + BATCH), echo);
                listener.putNext();
            }
            listener.completed();
        } finally {
            running.decrementAndGet();
        }
    }

    private void block(String id, ServerStreamListener listener) {
        CountDownLatch latch = blocked.computeIfAbsent(id, i -> new CountDownLatch(1));
        try {
            while (!latch.await(10, TimeUnit.MILLISECONDS)) {
                if (listener.isCancelled()) {
                    latch.countDown();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void fill(VectorSchemaRoot root, int from, int to, List<String> echo) {
        BigIntVector n = (BigIntVector) root.getVector("n");
        VarCharVector t = (VarCharVector) root.getVector("t");
        n.allocateNew(to - from);
        t.allocateNew();
        for (int i = from; i < to; i++) {
            n.setSafe(i - from, i);
            String text = echo.isEmpty() ? "row " + i : echo.get(i);
            t.setSafe(i - from, text.getBytes(StandardCharsets.UTF_8));
        }
        root.setRowCount(to - from);
    }

    @Override
    public void createPreparedStatement(
            FlightSql.ActionCreatePreparedStatementRequest request,
            CallContext context,
            StreamListener<Result> listener) {
        String id = enter(context);
        try {
            plan(request.getQuery());
            String handle = UUID.randomUUID().toString();
            texts.put(handle, request.getQuery());
            listener.onNext(new Result(Any.pack(FlightSql.ActionCreatePreparedStatementResult.newBuilder()
                            .setPreparedStatementHandle(ByteString.copyFromUtf8(handle))
                            .build())
                    .toByteArray()));
            listener.onCompleted();
        } catch (RuntimeException e) {
            listener.onError(e);
        }
    }

    @Override
    public Runnable acceptPutPreparedStatementQuery(
            FlightSql.CommandPreparedStatementQuery command,
            CallContext context,
            FlightStream stream,
            StreamListener<PutResult> ack) {
        enter(context);
        return () -> {
            List<String> values = new ArrayList<>();
            while (stream.next()) {
                for (FieldVector vector : stream.getRoot().getFieldVectors()) {
                    values.add(vector.getMinorType() + ":" + vector.getObject(0));
                }
            }
            parameters.put(command.getPreparedStatementHandle().toStringUtf8(), values);
            ack.onCompleted();
        };
    }

    @Override
    public FlightInfo getFlightInfoPreparedStatement(
            FlightSql.CommandPreparedStatementQuery command, CallContext context, FlightDescriptor descriptor) {
        enter(context);
        return new FlightInfo(
                NUMBERS,
                descriptor,
                List.of(new FlightEndpoint(new Ticket(Any.pack(command).toByteArray()))),
                -1,
                -1);
    }

    @Override
    public void getStreamPreparedStatement(
            FlightSql.CommandPreparedStatementQuery command, CallContext context, ServerStreamListener listener) {
        String handle = command.getPreparedStatementHandle().toStringUtf8();
        stream(enter(context), texts.get(handle), listener, parameters.get(handle));
    }

    @Override
    public void closePreparedStatement(
            FlightSql.ActionClosePreparedStatementRequest request,
            CallContext context,
            StreamListener<Result> listener) {
        enter(context);
        texts.remove(request.getPreparedStatementHandle().toStringUtf8());
        listener.onCompleted();
    }

    @Override
    public void doAction(CallContext context, Action action, StreamListener<Result> listener) {
        if (!action.getType().equals("fjord.cancel")) {
            super.doAction(context, action, listener);
            return;
        }
        enter(context);
        String id = new String(action.getBody(), StandardCharsets.UTF_8);
        cancelled.add(id);
        CountDownLatch latch = blocked.get(id);
        if (latch != null) {
            latch.countDown();
        }
        listener.onCompleted();
    }
}
