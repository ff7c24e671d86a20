package io.fjord.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.contract.Address;
import io.fjord.contract.core.cluster.ClusterEvent;
import io.fjord.contract.core.cluster.Endpoints;
import io.fjord.platform.http.OperatorToken;
import io.fjord.testing.ServerCertificate;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is set at the door: TLS, CORS, HTTP/2, and clients that are none. */
@Timeout(60)
class DoorTest {

    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    static Path home;

    private static Vertx vertx;
    private static String token;
    private static GatewayVerticle gateway;
    private static ServerCertificate first;

    @BeforeAll
    static void open() throws Exception {
        vertx = Vertx.vertx();
        token = OperatorToken.ensure(home.resolve("token"));
        first = ServerCertificate.make(home, "first");
        HivePeer hive = HivePeer.open(vertx);
        Clusters clusters = new Clusters("");
        clusters.happened(
                new Address("default", "cluster", "etl"),
                new ClusterEvent.ClusterRunning(
                        1, 1, new Endpoints("sc://localhost:1", hive.url(), "grpc://127.0.0.1:1"), Instant.now()));
        gateway = new GatewayVerticle(
                GatewayConfig.of("127.0.0.1", 0, Map.of())
                        .withThrift(0)
                        .withOrigins(Set.of("https://console.example.com"))
                        .withTls(new Tls(home.resolve("key.pem"), home.resolve("certificate.pem"), 0)),
                new OperatorToken(home.resolve("token")),
                clusters);
        await(vertx.deployVerticle(gateway));
    }

    @AfterAll
    static void close() {
        await(vertx.close());
    }

    private static HttpClient trusting(ServerCertificate shown) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("door", shown.certificate());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return HttpClient.newBuilder().sslContext(context).build();
    }

    private static HttpRequest.Builder request(String address) {
        return HttpRequest.newBuilder(URI.create(address)).header("Authorization", "Bearer " + token);
    }

    private static String secure(String path) {
        return "https://localhost:" + gateway.securePort() + path;
    }

    private static String plain(String path) {
        return "http://127.0.0.1:" + gateway.port() + path;
    }

    private static HttpResponse<String> send(HttpClient client, HttpRequest request) throws Exception {
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    // TLS

    @Test
    void https_is_spoken_beside_http_and_renewed_when_the_files_change() throws Exception {
        String formerKey = Files.readString(first.key());
        ServerCertificate now = ServerCertificate.make(home, "again");
        Awaitility.await()
                .atMost(20, TimeUnit.SECONDS)
                .ignoreExceptions()
                .until(() -> send(trusting(now), request(secure("/")).build()).statusCode() == 200);
        var answer = send(trusting(now), request(secure("/")).build());

        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(answer.headers().firstValue("Strict-Transport-Security")).isPresent();
        assertThat(send(HttpClient.newHttpClient(), request(plain("/")).build()).statusCode())
                .isEqualTo(200);
        assertThatThrownBy(() -> send(trusting(first), request(secure("/")).build()))
                .isInstanceOf(IOException.class);
        X509Certificate shown =
                (X509Certificate) answer.sslSession().orElseThrow().getPeerCertificates()[0];
        assertThat(shown.getSubjectX500Principal().getName()).isEqualTo("CN=again");

        // A key that fits no certificate is not taken, and the one in use stays.
        Files.writeString(now.key(), formerKey);
        Files.writeString(now.file(), "no certificate");
        assertThat(send(trusting(now), request(secure("/")).build()).statusCode())
                .isEqualTo(200);

        Path trust = home.resolve("trust.p12");
        try (var out = Files.newOutputStream(trust)) {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("door", now.certificate());
            trusted.store(out, PASSWORD);
        }
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:hive2://localhost:" + gateway.thriftPort() + "/default;ssl=true;sslTrustStore=" + trust
                                + ";trustStorePassword=" + new String(PASSWORD),
                        "etl",
                        token);
                var rows = connection.createStatement().executeQuery("letters 4")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getString(1)).isEqualTo("xxxx");
        }
    }

    // CORS

    @Test
    void pages_of_named_origins_may_read_answers_and_no_others() throws Exception {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        var preflight = send(
                client,
                HttpRequest.newBuilder(URI.create(plain("/api/v1/clusters")))
                        .header("Origin", "https://console.example.com")
                        .header("Access-Control-Request-Method", "POST")
                        .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                        .build());
        var read = send(
                client,
                request(plain("/"))
                        .header("Origin", "https://console.example.com")
                        .build());
        var stranger = send(
                client,
                request(plain("/")).header("Origin", "https://evil.example.com").build());
        var strangersPreflight = send(
                client,
                HttpRequest.newBuilder(URI.create(plain("/api/v1/clusters")))
                        .header("Origin", "https://evil.example.com")
                        .header("Access-Control-Request-Method", "POST")
                        .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                        .build());

        assertThat(preflight.statusCode()).isEqualTo(204);
        assertThat(preflight
                        .headers()
                        .firstValue("Access-Control-Allow-Headers")
                        .orElse(""))
                .contains("Authorization");
        assertThat(read.headers().firstValue("Access-Control-Allow-Origin")).contains("https://console.example.com");
        assertThat(read.headers().firstValue("Access-Control-Allow-Credentials"))
                .isEmpty();
        assertThat(stranger.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
        assertThat(strangersPreflight.statusCode()).isEqualTo(401);
    }

    // HTTP/2

    @Test
    void http2_is_spoken_where_http1_is() throws Exception {
        HttpClient client = HttpClient.newHttpClient();

        var upgraded = send(client, request(plain("/")).build());
        assertThat(upgraded.version()).isEqualTo(HttpClient.Version.HTTP_2);
        // Its refusal leaves the connection, and the next request on it, alone.
        var refused = send(
                client,
                request(plain("/api/v1/clusters"))
                        .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[100]))
                        .build());
        assertThat(refused.statusCode()).isEqualTo(404);
        var notKnown = send(
                client,
                HttpRequest.newBuilder(URI.create(plain("/lakehouse/etl"))).build());
        assertThat(notKnown.statusCode()).isEqualTo(401);
        assertThat(send(client, request(plain("/")).build()).statusCode()).isEqualTo(200);
    }

    // Those who speak something else

    private static String said(int port, byte[] bytes) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(bytes);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void who_speaks_no_sasl_is_sent_away() throws Exception {
        GatewayVerticle open = new GatewayVerticle(
                GatewayConfig.of("127.0.0.1", 0, Map.of()).withThrift(0),
                new OperatorToken(home.resolve("token")),
                new Clusters(""));
        await(vertx.deployVerticle(open));
        byte[] mechanism = "GSSAPI".getBytes(StandardCharsets.UTF_8);
        byte[] start = Arrays.copyOf(new byte[] {1, 0, 0, 0, 6}, 11);
        System.arraycopy(mechanism, 0, start, 5, 6);

        assertThat(said(open.thriftPort(), "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8)))
                .isEmpty();
        assertThat(said(open.thriftPort(), new byte[] {1, 127, 127, 127, 127})).isEmpty();
        assertThat(said(open.thriftPort(), start)).contains("Only PLAIN is spoken here");
    }

    @Test
    void a_call_in_many_frames_is_one_call() throws Exception {
        GatewayVerticle open = new GatewayVerticle(
                GatewayConfig.of("127.0.0.1", 0, Map.of()).withThrift(0),
                new OperatorToken(home.resolve("token")),
                new Clusters(""));
        await(vertx.deployVerticle(open));
        NetClient client = vertx.createNetClient(new NetClientOptions());
        var socket = await(client.connect(open.thriftPort(), "127.0.0.1"));
        var answer = io.vertx.core.buffer.Buffer.buffer();
        await(vertx.<Void>executeBlocking(() -> null));
        socket.handler(answer::appendBuffer);
        byte[] credentials = ("\0nobody-here\0" + token).getBytes(StandardCharsets.UTF_8);
        var hello = io.vertx.core.buffer.Buffer.buffer()
                .appendByte((byte) 1)
                .appendInt(5)
                .appendString("PLAIN")
                .appendByte((byte) 5)
                .appendInt(credentials.length)
                .appendBytes(credentials);
        // CloseSession({}) with sequence 9, a byte in each frame.
        var call = io.vertx.core.buffer.Buffer.buffer()
                .appendInt(0x80010001)
                .appendInt(12)
                .appendString("CloseSession")
                .appendInt(9)
                .appendByte((byte) 0);
        var frames = io.vertx.core.buffer.Buffer.buffer();
        for (byte one : call.getBytes()) {
            frames.appendInt(1).appendByte(one);
        }
        await(socket.write(hello));
        await(socket.write(frames));

        Awaitility.await().until(() -> answer.toString(StandardCharsets.UTF_8).contains("nobody-here"));
        assertThat(answer.getByte(0)).isEqualTo((byte) 5);
        assertThat(answer.toString(StandardCharsets.UTF_8)).contains("CloseSession");
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }
}
