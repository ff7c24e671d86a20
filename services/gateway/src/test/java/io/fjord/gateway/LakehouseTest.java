package io.fjord.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.core.cluster.ClusterEvent;
import io.fjord.contract.core.cluster.Endpoints;
import io.fjord.platform.http.OperatorToken;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Base64;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The ways to a cluster, with the clients people use: Kyuubi's JDBC driver and grpc-java. */
@Timeout(60)
class LakehouseTest {

    @TempDir
    static Path home;

    private static final int CALLS_AT_ONCE = 8;

    private static Vertx vertx;
    private static String token;
    private static Clusters clusters;
    private static GatewayVerticle gateway;
    private static HivePeer hive;
    private static ConnectPeer connect;
    private static ManagedChannel channel;

    @BeforeAll
    static void open() throws Exception {
        vertx = Vertx.vertx();
        token = OperatorToken.ensure(home.resolve("token"));
        hive = HivePeer.open(vertx);
        connect = new ConnectPeer();
        clusters = new Clusters("");
        gateway = new GatewayVerticle(
                GatewayConfig.of("127.0.0.1", 0, Map.of())
                        .withThrift(0)
                        .withLimits(new Limits(10_000, 20_000, CALLS_AT_ONCE)),
                new OperatorToken(home.resolve("token")),
                clusters);
        await(vertx.deployVerticle(gateway));
        channel = NettyChannelBuilder.forAddress("127.0.0.1", gateway.port())
                .usePlaintext()
                .build();
    }

    @BeforeEach
    void etlRunsAlone() {
        running("default", "etl");
        happened("default", "asleep", new ClusterEvent.ClusterStopped(1));
        happened("sales", "etl", new ClusterEvent.ClusterDeleted());
        happened("default", "ghost", new ClusterEvent.ClusterDeleted());
        hive.refused.clear();
        hive.seen.clear();
        connect.seen.clear();
        connect.sent.set(0);
    }

    @AfterAll
    static void close() {
        channel.shutdownNow();
        await(vertx.close());
        connect.stop();
    }

    private static void happened(String domain, String cluster, ClusterEvent event) {
        clusters.happened(new Address(domain, "cluster", cluster), event);
    }

    private static void running(String domain, String cluster) {
        running(domain, cluster, connect.url(), hive.url());
    }

    private static void running(String domain, String cluster, String sparkConnect, String hiveServer2) {
        happened(
                domain,
                cluster,
                new ClusterEvent.ClusterRunning(
                        1, 1, new Endpoints(sparkConnect, hiveServer2, "grpc://127.0.0.1:1"), Instant.now()));
    }

    // HiveServer2 over HTTP

    private static Connection http(String path, String password) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:hive2://127.0.0.1:" + gateway.port() + "/default;transportMode=http;httpPath=" + path,
                "alice",
                password);
    }

    private static String asked(Connection connection, String statement) throws SQLException {
        try (var asking = connection.createStatement();
                var rows = asking.executeQuery(statement)) {
            return rows.next() ? rows.getString(1) : "";
        }
    }

    private static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void jdbc_over_http_reaches_the_cluster_of_its_path_as_its_caller() throws Exception {
        for (String path : new String[] {"lakehouse/etl", "lakehouse/default/etl", "sql/protocolv1/o/0/etl"}) {
            try (Connection connection = http(path, token)) {
                assertThat(asked(connection, "header Authorization")).isEqualTo(basic("alice", token));
                assertThat(asked(connection, "header X-Request-Id")).hasSize(36);
                assertThat(asked(connection, "header traceparent")).startsWith("00-");
                assertThat(asked(connection, "letters 2000000")).hasSize(2_000_000);
            }
        }
    }

    @Test
    void a_cluster_of_another_domain_has_its_own_path() throws Exception {
        running("sales", "etl");

        try (Connection connection = http("lakehouse/sales/etl", token)) {
            assertThat(asked(connection, "header Host")).isNotEmpty();
        }
        try (Connection connection = http("sql/protocolv1/o/sales/etl", token)) {
            assertThat(asked(connection, "header Host")).isNotEmpty();
        }
    }

    private static HttpResponse<String> post(String path, String authorization) {
        return await(HttpClient.newHttpClient()
                .sendAsync(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + path))
                                .header("Authorization", authorization)
                                .POST(HttpRequest.BodyPublishers.ofString("x"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString()));
    }

    private static String problem(HttpResponse<String> response) {
        return Json.read(response.body(), JsonNode.class).path("type").asText().replace("/problems/", "");
    }

    @Test
    void what_is_not_there_or_does_not_run_says_what_to_do() throws Exception {
        var stopped = post("/lakehouse/asleep", "Bearer " + token);
        var unknown = post("/lakehouse/nobody", "Bearer " + token);
        running("default", "ghost", "sc://localhost:1", "http://127.0.0.1:1");
        var ghost = post("/lakehouse/ghost", "Bearer " + token);

        assertThat(stopped.statusCode()).isEqualTo(409);
        assertThat(problem(stopped)).isEqualTo("cluster-not-running");
        assertThat(stopped.body()).contains("fjord cluster start asleep");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(problem(unknown)).isEqualTo("cluster-not-found");
        assertThat(ghost.statusCode()).isEqualTo(503);
        assertThat(problem(ghost)).isEqualTo("cluster-unreachable");
    }

    @Test
    void jdbc_over_http_is_told_in_thrift() {
        assertThatThrownBy(() -> http("lakehouse/asleep", token)).hasMessageContaining("fjord cluster start asleep");
        assertThatThrownBy(() -> http("lakehouse/nobody", token)).hasMessageContaining("no cluster called 'nobody'");
        assertThatThrownBy(() -> http("lakehouse/etl", "wrong")).hasMessageContaining("401");
        assertThat(hive.seen).isEmpty();
    }

    @Test
    void a_password_is_for_clusters_alone() {
        assertThat(post("/api/v1/clusters", basic("alice", token)).statusCode()).isEqualTo(401);
        assertThat(post("/api/v1/clusters", "Bearer " + token).statusCode()).isEqualTo(404);
    }

    @Test
    void a_wrong_password_does_not_come_through() {
        assertThat(post("/lakehouse/etl", basic("alice", "wrong")).statusCode()).isEqualTo(401);
        assertThat(post("/lakehouse/etl", "Basic !!").statusCode()).isEqualTo(401);
        assertThat(hive.seen).isEmpty();
    }

    // HiveServer2, binary

    private static Connection binary(String user, String password) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:hive2://127.0.0.1:" + gateway.thriftPort() + "/default", user, password);
    }

    @Test
    void binary_jdbc_reaches_the_cluster_in_its_user_name_with_its_token() throws Exception {
        running("sales", "etl");

        for (String user : new String[] {"etl", "alice@etl", "alice@example.com@etl", "alice@sales/etl"}) {
            try (Connection connection = binary(user, token)) {
                assertThat(asked(connection, "header Authorization")).isEqualTo("Bearer " + token);
                assertThat(asked(connection, "header X-Request-Id")).hasSize(36);
                assertThat(asked(connection, "letters 3000000")).hasSize(3_000_000);
                assertThat(asked(connection, "y".repeat(2_000_000))).isEqualTo("2000000");
            }
        }
    }

    @Test
    void the_one_cluster_that_runs_needs_no_name() throws Exception {
        try (Connection connection = binary("alice@example.com", token)) {
            assertThat(asked(connection, "letters 3")).isEqualTo("xxx");
        }
        running("sales", "etl");
        assertThatThrownBy(() -> binary("alice@example.com", token)).hasMessageContaining("<user>@<cluster>");
    }

    @Test
    void a_wrong_token_is_refused_while_negotiating() {
        assertThatThrownBy(() -> binary("etl", "wrong")).hasStackTraceContaining("You are not known here");
        assertThat(hive.seen).isEmpty();
    }

    @Test
    void binary_clients_are_told_what_is_wrong_with_a_cluster() {
        assertThatThrownBy(() -> binary("asleep", token))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("fjord cluster start asleep");
        assertThatThrownBy(() -> binary("nobody", token)).hasMessageContaining("no cluster called 'nobody'");
    }

    @Test
    void a_session_goes_on_after_a_refused_call() throws Exception {
        try (Connection connection = binary("etl", token)) {
            hive.refused.add("Bearer " + token);
            assertThatThrownBy(() -> asked(connection, "letters 1")).hasMessageContaining("Not this table.");
            happened("default", "etl", new ClusterEvent.ClusterStopping(1, "requested", Instant.now()));
            assertThatThrownBy(() -> asked(connection, "letters 1")).hasMessageContaining("is stopping");
            hive.refused.clear();
            running("default", "etl");
            assertThat(asked(connection, "letters 1")).isEqualTo("x");
        }
    }

    // Spark Connect

    private static Metadata head(String cluster) {
        Metadata head = new Metadata();
        head.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
        if (!cluster.isEmpty()) {
            head.put(Metadata.Key.of(SparkConnect.CLUSTER, Metadata.ASCII_STRING_MARSHALLER), cluster);
        }
        return head;
    }

    private static io.grpc.Channel to(Metadata head) {
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(head));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] analyze(Metadata head, String text) {
        return ClientCalls.blockingUnaryCall(
                to(head),
                ConnectPeer.ANALYZE,
                CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS),
                bytes(text));
    }

    private static Status refusal(Metadata head) {
        try {
            byte[] unexpected = analyze(head, "x");
            throw new AssertionError("Answered with " + unexpected.length + " bytes");
        } catch (StatusRuntimeException e) {
            return e.getStatus();
        }
    }

    @Test
    void a_connect_call_reaches_the_cluster_in_its_head_as_its_caller() throws Exception {
        assertThat(analyze(head("default/etl"), "plan")).isEqualTo(bytes("plan"));
        assertThat(analyze(head(""), "the only one")).isEqualTo(bytes("the only one"));

        Metadata seen = connect.seen.take();
        assertThat(seen.get(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER)))
                .isEqualTo("Bearer " + token);
        assertThat(seen.get(Metadata.Key.of("x-request-id", Metadata.ASCII_STRING_MARSHALLER)))
                .hasSize(36);
        assertThat(seen.get(Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER)))
                .startsWith("00-");
    }

    @Test
    void what_the_cluster_says_behind_its_answer_arrives() {
        assertThatThrownBy(() -> analyze(head("etl"), "fail"))
                .isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
                    assertThat(e.getStatus().getDescription()).isEqualTo("no such täble");
                    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
                    assertThat(e.getTrailers().get(ConnectPeer.DETAIL)).isEqualTo("table t");
                });
    }

    @Test
    void refusals_come_as_grpc_has_them() {
        Metadata wrong = head("etl");
        wrong.removeAll(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER));
        assertThat(refusal(wrong).getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(refusal(head("nobody")).getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(refusal(head("Not A Name")).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        Status stopped = refusal(head("asleep"));
        assertThat(stopped.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(stopped.getDescription()).contains("fjord cluster start asleep");
        running("default", "ghost", "sc://localhost:1", "http://127.0.0.1:1");
        assertThat(refusal(head("ghost")).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }

    @Test
    void streams_flow_both_ways_whole() {
        Iterator<byte[]> rows = ClientCalls.blockingServerStreamingCall(
                to(head("etl")), ConnectPeer.EXECUTE, CallOptions.DEFAULT, bytes("300 100000"));
        int count = 0;
        while (rows.hasNext()) {
            assertThat(rows.next()).hasSize(100_000);
            count++;
        }
        assertThat(count).isEqualTo(300);

        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        StreamObserver<byte[]> upload = ClientCalls.asyncClientStreamingCall(
                to(head("etl")).newCall(ConnectPeer.ADD_ARTIFACTS, CallOptions.DEFAULT), single(answer));
        for (int i = 0; i < 200; i++) {
            upload.onNext(new byte[50_000]);
        }
        upload.onCompleted();
        assertThat(await(answer)).isEqualTo(bytes("10000000"));
    }

    private static StreamObserver<byte[]> single(CompletableFuture<byte[]> answer) {
        return new StreamObserver<>() {
            @Override
            public void onNext(byte[] value) {
                answer.complete(value);
            }

            @Override
            public void onError(Throwable failure) {
                answer.completeExceptionally(failure);
            }

            @Override
            public void onCompleted() {}
        };
    }

    /** A call that is begun and reads as many messages as it is told to. */
    private static ClientCall<byte[], byte[]> streaming(String asked, AtomicInteger read) {
        ClientCall<byte[], byte[]> call = to(head("etl")).newCall(ConnectPeer.EXECUTE, CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(byte[] message) {
                        read.incrementAndGet();
                    }
                },
                new Metadata());
        call.sendMessage(bytes(asked));
        call.halfClose();
        return call;
    }

    @Test
    void who_reads_slowly_slows_the_cluster_down_and_nobody_else() {
        int cancelled = connect.cancelled.get();
        AtomicInteger read = new AtomicInteger();
        ClientCall<byte[], byte[]> slow = streaming("0 100000", read);
        slow.request(1);
        Awaitility.await().until(() -> read.get() == 1);
        AtomicInteger before = new AtomicInteger(-1);
        Awaitility.await().until(() -> before.getAndSet(connect.sent.get()) == connect.sent.get());

        // Windows and buffers on the way are a few megabytes; an unbounded stream would fill memory.
        assertThat(connect.sent.get()).isLessThan(200);
        assertThat(analyze(head("etl"), "meanwhile")).isEqualTo(bytes("meanwhile"));

        slow.cancel("enough", null);
        Awaitility.await().until(() -> connect.cancelled.get() == cancelled + 1);
    }

    @Test
    void who_leaves_is_gone_at_the_cluster_too() {
        int cancelled = connect.cancelled.get();
        ManagedChannel own = NettyChannelBuilder.forAddress("127.0.0.1", gateway.port())
                .usePlaintext()
                .build();
        Iterator<byte[]> rows = ClientCalls.blockingServerStreamingCall(
                ClientInterceptors.intercept(own, MetadataUtils.newAttachHeadersInterceptor(head("etl"))),
                ConnectPeer.EXECUTE,
                CallOptions.DEFAULT,
                bytes("0 1000"));
        assertThat(rows.next()).hasSize(1000);
        own.shutdownNow();

        Awaitility.await().until(() -> connect.cancelled.get() == cancelled + 1);
    }

    @Test
    void a_new_cluster_and_one_that_goes_leave_streams_alone() {
        AtomicInteger read = new AtomicInteger();
        ClientCall<byte[], byte[]> call = streaming("0 1000", read);
        call.request(10);
        Awaitility.await().until(() -> read.get() == 10);

        running("sales", "etl");
        assertThat(analyze(head("sales/etl"), "x")).isEqualTo(bytes("x"));
        happened("sales", "etl", new ClusterEvent.ClusterStopped(1));
        assertThat(refusal(head("sales/etl")).getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);

        call.request(10);
        Awaitility.await().until(() -> read.get() == 20);
        call.cancel("enough", null);
    }

    @Test
    void a_driver_that_dies_is_told_as_unavailable() throws Exception {
        ConnectPeer other = new ConnectPeer();
        running("default", "ghost", other.url(), hive.url());
        CompletableFuture<Status> ended = new CompletableFuture<>();
        AtomicInteger read = new AtomicInteger();
        ClientCall<byte[], byte[]> call = to(head("ghost")).newCall(ConnectPeer.EXECUTE, CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(byte[] message) {
                        read.incrementAndGet();
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        ended.complete(status);
                    }
                },
                new Metadata());
        call.sendMessage(bytes("0 1000"));
        call.halfClose();
        call.request(5);
        Awaitility.await().until(() -> read.get() == 5);
        call.request(Integer.MAX_VALUE);
        other.stop();

        assertThat(await(ended).getCode()).isIn(Status.Code.UNAVAILABLE, Status.Code.CANCELLED);
    }

    @Test
    void one_caller_has_so_many_streams_and_no_more() {
        AtomicInteger read = new AtomicInteger();
        var calls = java.util.stream.IntStream.range(0, CALLS_AT_ONCE)
                .mapToObj(i -> {
                    ClientCall<byte[], byte[]> call = streaming("0 10", read);
                    call.request(1);
                    return call;
                })
                .toList();
        try {
            Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> read.get() == CALLS_AT_ONCE);

            Status refused = refusal(head("etl"));
            assertThat(refused.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(refused.getDescription()).contains(CALLS_AT_ONCE + " requests and streams");
            var overHttp = post("/lakehouse/etl", "Bearer " + token);
            assertThat(overHttp.statusCode()).isEqualTo(429);
            assertThat(problem(overHttp)).isEqualTo("too-many-requests");
            assertThat(overHttp.headers().firstValue("Retry-After")).contains("1");
        } finally {
            calls.forEach(call -> call.cancel("enough", null));
        }
        Awaitility.await()
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(analyze(head("etl"), "again")).isEqualTo(bytes("again")));
    }

    private static <T> T await(Future<T> future) {
        return await(future.toCompletionStage().toCompletableFuture());
    }

    private static <T> T await(CompletableFuture<T> future) {
        return future.orTimeout(30, TimeUnit.SECONDS).join();
    }
}
