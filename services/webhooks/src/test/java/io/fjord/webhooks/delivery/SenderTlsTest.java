package io.fjord.webhooks.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.contract.Networks;
import io.fjord.testing.ServerCertificate;
import io.fjord.webhooks.egress.Destinations;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateExpiredException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Endpoints that show certificates: nothing is sent to one that is not who its URL says. */
class SenderTlsTest {

    @TempDir
    static Path home;

    private static final List<String> TAKEN = new CopyOnWriteArrayList<>();
    private static Vertx vertx;
    private static Path shown;
    private static HttpServer endpoint;
    private static HttpServer clear;
    private static Destinations destinations;

    @BeforeAll
    static void open() throws Exception {
        vertx = Vertx.vertx();
        ServerCertificate certificate = ServerCertificate.make(home, "endpoint");
        shown = certificate.file();
        endpoint = await(vertx.createHttpServer(new HttpServerOptions()
                        .setSsl(true)
                        .setKeyCertOptions(new PemKeyCertOptions()
                                .setKeyPath(certificate.key().toString())
                                .setCertPath(shown.toString())))
                .requestHandler(request -> request.body()
                        .onSuccess(body -> TAKEN.add(body.toString(StandardCharsets.UTF_8)))
                        .compose(body -> request.response().setStatusCode(204).end())
                        .onFailure(gone -> request.connection().close()))
                .listen(0, "127.0.0.1"));
        clear = await(vertx.createHttpServer()
                .requestHandler(request -> request.response().setStatusCode(204).end())
                .listen(0, "127.0.0.1"));
        destinations = new Destinations(
                vertx,
                Networks.ofTheInternet(List.of("127.0.0.0/8")),
                false,
                host -> List.of(InetAddress.getByName("127.0.0.1")));
    }

    @AfterAll
    static void close() {
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    private static int post(@Nullable Path authority, String host, int port, String body) {
        Sender sender = new Sender(
                vertx,
                destinations,
                Duration.ofSeconds(20),
                authority == null ? null : new PemTrustOptions().addCertPath(authority.toString()));
        try {
            return await(sender.post(
                            "https://" + host + ":" + port + "/hook", Map.of(), body.getBytes(StandardCharsets.UTF_8)))
                    .status();
        } finally {
            await(sender.close());
        }
    }

    private static void refused(@Nullable Path authority, String host, int port, String why) {
        assertThatThrownBy(() -> post(authority, host, port, "not for " + host))
                .isInstanceOfSatisfying(
                        CompletionException.class,
                        failure -> assertThat(Sender.told(failure.getCause()))
                                .isEqualTo("no TLS connection could be made: " + why));
        assertThat(TAKEN).doesNotContain("not for " + host);
    }

    @Test
    void one_whose_certificate_is_good_gets_what_is_sent() {
        assertThat(post(shown, "localhost", endpoint.actualPort(), "for it")).isEqualTo(204);
        assertThat(TAKEN).contains("for it");
    }

    @Test
    void one_with_the_certificate_of_another_host_gets_nothing() {
        refused(shown, "hooks.example.org", endpoint.actualPort(), "its certificate is for another name");
    }

    @Test
    void one_whose_certificate_nobody_known_has_signed_gets_nothing() throws Exception {
        String unknown = "its certificate is signed by nobody who is trusted here";
        refused(null, "localhost", endpoint.actualPort(), unknown);
        ServerCertificate other = ServerCertificate.make(Files.createDirectory(home.resolve("other")), "other");
        refused(other.file(), "localhost", endpoint.actualPort(), unknown);
    }

    @Test
    void one_that_speaks_no_tls_gets_nothing() {
        refused(shown, "localhost", clear.actualPort(), "is it TLS that is spoken there?");
    }

    @Test
    void an_old_certificate_is_told_as_such() {
        SSLHandshakeException failure = new SSLHandshakeException("no");
        failure.initCause(new CertificateExpiredException("yesterday"));
        assertThat(Sender.told(failure)).endsWith("its certificate is not valid today");
    }
}
