package io.fjord.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokerAndStoreIT {

    @TempDir
    Path folder;

    @Test
    void the_broker_starts_again_on_its_own_data_after_a_crash() throws Exception {
        var home = Homes.in(folder);
        try (var broker = new KafkaBroker(home, Homes.freePort(), Homes.freePort(), 256)) {
            broker.start();
            var meta = home.data("kafka").resolve("log/meta.properties");
            var identity = Files.readString(meta);

            broker.kill();
            broker.start();

            assertThat(broker.isRunning()).isTrue();
            assertThat(Files.readString(meta)).isEqualTo(identity);
            assertThat(RunFile.read(home, "kafka").map(file -> file.process().isAlive()))
                    .contains(true);
        }
        assertThat(RunFile.read(home, "kafka")).isEmpty();
    }

    @Test
    void only_a_broker_that_became_ready_leaves_its_classes_for_the_next() throws Exception {
        var home = new Home(folder.resolve("home"), folder.resolve("binaries")).create();
        try (var broker = new KafkaBroker(home, Homes.freePort(), Homes.freePort(), 256)) {
            var starting = CompletableFuture.runAsync(broker::start);
            await().until(() -> Files.exists(home.data("kafka").resolve("log/__cluster_metadata-0/quorum-state")));
            broker.stop();

            assertThatThrownBy(starting::join).hasCauseInstanceOf(ServerFailed.class);
            assertThat(archives(home)).isEmpty();

            broker.start();
            broker.stop();

            assertThat(archives(home)).hasSize(1);
        }
    }

    private static List<Path> archives(Home home) throws IOException {
        try (var files = Files.list(home.binaries())) {
            return files.filter(file -> file.toString().endsWith(".jsa")).toList();
        }
    }

    @Test
    void the_object_store_has_the_bucket_and_wants_a_key_for_everything() throws Exception {
        var home = Homes.in(folder);
        try (var store = new ObjectStore(home, Homes.freePort(), 128)) {
            store.start();
            var object = "/" + ObjectStore.BUCKET + "/folder/object";

            assertThat(send(store, signed(store, "PUT", object)).statusCode()).isEqualTo(200);

            assertThat(send(store, signed(store, "GET", object)).body()).isEqualTo("content");
            assertThat(send(store, anonymous(store, object)).statusCode()).isEqualTo(403);
            assertThat(send(store, anonymous(store, "/" + ObjectStore.BUCKET)).statusCode())
                    .isEqualTo(403);
        }
    }

    private static HttpResponse<String> send(ObjectStore store, HttpRequest.Builder request) throws Exception {
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }

    private static HttpRequest.Builder anonymous(ObjectStore store, String path) {
        return HttpRequest.newBuilder(URI.create(store.endpoint() + path));
    }

    /** Version 2 of Amazon's signatures: short enough for a test. */
    private static HttpRequest.Builder signed(ObjectStore store, String method, String path) throws Exception {
        var date = DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC));
        var mac = Mac.getInstance("HmacSHA1");
        mac.init(new SecretKeySpec(store.secretKey().getBytes(UTF_8), "HmacSHA1"));
        var signature = mac.doFinal((method + "\n\n\n\nx-amz-date:" + date + "\n" + path).getBytes(UTF_8));
        return anonymous(store, path)
                .method(method, method.equals("PUT") ? BodyPublishers.ofString("content") : BodyPublishers.noBody())
                .header("x-amz-date", date)
                .header(
                        "Authorization",
                        "AWS " + store.accessKey() + ":" + Base64.getEncoder().encodeToString(signature));
    }

    @Test
    void a_taken_port_is_named() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var store = new ObjectStore(Homes.in(folder), taken.getLocalPort(), 128);

            assertThatThrownBy(store::start)
                    .isInstanceOf(ServerFailed.class)
                    .hasMessageContaining("Port " + taken.getLocalPort())
                    .hasMessageContaining("object-store");
        }
    }

    @Test
    void what_an_earlier_run_left_behind_is_ended_before_a_new_start() {
        var home = Homes.in(folder);
        var port = Homes.freePort();
        var forgotten = new ObjectStore(home, port, 128);
        forgotten.start();
        var orphan = ProcessIdentity.of(forgotten.pid().orElseThrow()).orElseThrow();

        try (var store = new ObjectStore(home, port, 128)) {
            store.start();

            assertThat(orphan.isAlive()).isFalse();
            assertThat(store.isRunning()).isTrue();
        }
    }
}
