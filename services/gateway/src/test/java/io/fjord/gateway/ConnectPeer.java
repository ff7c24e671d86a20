package io.fjord.gateway;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** A gRPC server under Spark Connect's name whose messages are plain bytes. */
final class ConnectPeer {

    static final MethodDescriptor<byte[], byte[]> ANALYZE = method("AnalyzePlan", MethodDescriptor.MethodType.UNARY);
    static final MethodDescriptor<byte[], byte[]> EXECUTE =
            method("ExecutePlan", MethodDescriptor.MethodType.SERVER_STREAMING);
    static final MethodDescriptor<byte[], byte[]> ADD_ARTIFACTS =
            method("AddArtifacts", MethodDescriptor.MethodType.CLIENT_STREAMING);
    static final Metadata.Key<String> DETAIL = Metadata.Key.of("detail", Metadata.ASCII_STRING_MARSHALLER);

    final BlockingQueue<Metadata> seen = new LinkedBlockingQueue<>();
    final AtomicInteger sent = new AtomicInteger();
    final AtomicInteger cancelled = new AtomicInteger();
    private final Server server;

    ConnectPeer() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0))
                .addService(ServerInterceptors.intercept(
                        ServerServiceDefinition.builder("spark.connect.SparkConnectService")
                                .addMethod(ANALYZE, ServerCalls.asyncUnaryCall(this::analyze))
                                .addMethod(EXECUTE, ServerCalls.asyncServerStreamingCall(this::execute))
                                .addMethod(ADD_ARTIFACTS, ServerCalls.asyncClientStreamingCall(this::count))
                                .build(),
                        new Heads()))
                .build()
                .start();
    }

    String url() {
        return "sc://localhost:" + server.getPort();
    }

    void stop() {
        server.shutdownNow();
    }

    private final class Heads implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            seen.add(headers);
            return next.startCall(call, headers);
        }
    }

    private void analyze(byte[] asked, StreamObserver<byte[]> answers) {
        if (new String(asked, StandardCharsets.UTF_8).equals("fail")) {
            Metadata trailers = new Metadata();
            trailers.put(DETAIL, "table t");
            answers.onError(Status.NOT_FOUND.withDescription("no such täble").asRuntimeException(trailers));
            return;
        }
        answers.onNext(asked);
        answers.onCompleted();
    }

    /** {@code <count> <bytes>}: so many messages of that size as fast as they are taken, and for ever if the count is 0. */
    private void execute(byte[] asked, StreamObserver<byte[]> answers) {
        String[] words = new String(asked, StandardCharsets.UTF_8).split(" ");
        int count = Integer.parseInt(words[0]);
        byte[] message = new byte[Integer.parseInt(words[1])];
        ServerCallStreamObserver<byte[]> out = (ServerCallStreamObserver<byte[]>) answers;
        out.setOnCancelHandler(cancelled::incrementAndGet);
        AtomicInteger mine = new AtomicInteger();
        out.setOnReadyHandler(() -> {
            while (out.isReady() && (count == 0 || mine.get() < count)) {
                mine.incrementAndGet();
                sent.incrementAndGet();
                out.onNext(message);
                if (mine.get() == count) {
                    out.onCompleted();
                }
            }
        });
    }

    private StreamObserver<byte[]> count(StreamObserver<byte[]> answers) {
        AtomicInteger bytes = new AtomicInteger();
        return new StreamObserver<>() {
            @Override
            public void onNext(byte[] message) {
                bytes.addAndGet(message.length);
            }

            @Override
            public void onError(Throwable failure) {
                cancelled.incrementAndGet();
            }

            @Override
            public void onCompleted() {
                answers.onNext(Integer.toString(bytes.get()).getBytes(StandardCharsets.UTF_8));
                answers.onCompleted();
            }
        };
    }

    private static MethodDescriptor<byte[], byte[]> method(String name, MethodDescriptor.MethodType type) {
        return MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(type)
                .setFullMethodName("spark.connect.SparkConnectService/" + name)
                .setRequestMarshaller(new Plain())
                .setResponseMarshaller(new Plain())
                .build();
    }

    private static final class Plain implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
