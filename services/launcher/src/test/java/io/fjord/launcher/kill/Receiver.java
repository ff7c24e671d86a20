package io.fjord.launcher.kill;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fjord.codec.Json;
import io.fjord.launcher.kill.FlowEvidence.Arrival;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Takes webhooks, checks who signed them, and remembers them in the order they came; now and then it has no time. */
final class Receiver implements AutoCloseable {

    /** Each so-many-th is refused, to be tried again. */
    private static final int REFUSED = 150;

    private final byte[] key = "a secret of thirty-two bytes. ok".getBytes(StandardCharsets.UTF_8);
    private final List<Arrival> arrivals = new ArrayList<>();
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final HttpServer server;

    Receiver() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::take);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
    }

    String secret() {
        return "whsec_" + Base64.getEncoder().encodeToString(key);
    }

    List<Arrival> arrivals() {
        synchronized (arrivals) {
            return List.copyOf(arrivals);
        }
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String id = exchange.getRequestHeaders().getFirst("webhook-id");
            String time = exchange.getRequestHeaders().getFirst("webhook-timestamp");
            String signatures = exchange.getRequestHeaders().getFirst("webhook-signature");
            JsonNode event = Json.MAPPER.readTree(body);
            boolean taken;
            synchronized (arrivals) {
                taken = (arrivals.size() + 1) % REFUSED != 0;
                arrivals.add(new Arrival(
                        id,
                        event.path("id").asText(),
                        event.path("subject").asText(),
                        List.of(signatures.split(" ")).contains("v1," + signature(id + "." + time + ".", body)),
                        taken));
            }
            exchange.sendResponseHeaders(taken ? 204 : 503, -1);
        }
    }

    private String signature(String head, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            mac.update(head.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java cannot check a signature", e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
