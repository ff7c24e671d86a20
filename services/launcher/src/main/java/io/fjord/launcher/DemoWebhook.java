package io.fjord.launcher;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fjord.launcher.cli.ApiClient;
import io.fjord.launcher.cli.ApiProblem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** An endpoint of the tour's own, which takes deliveries and checks who they are from (Standard Webhooks 1.0). */
final class DemoWebhook implements AutoCloseable {

    /** What lets deliveries reach this machine, which they may not otherwise. */
    static final Map<String, String> SETTINGS = Map.of("FJORD_WEBHOOKS_NETWORKS", "127.0.0.0/8");

    private static final String SUBSCRIPTIONS = "/api/v1/subscriptions";
    private static final String NAME = "tour";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ApiClient api;
    private final byte[] key = new byte[32];
    private final BlockingQueue<String> taken = new LinkedBlockingQueue<>();
    private final HttpServer server;

    DemoWebhook(ApiClient api) throws IOException {
        this.api = api;
        new SecureRandom().nextBytes(key);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::take);
        server.start();
    }

    /** @return whether there is one now */
    boolean subscribe(String eventTypes) throws IOException {
        unsubscribe();
        ObjectNode wish = JSON.createObjectNode()
                .put("name", NAME)
                .put("url", "http://127.0.0.1:" + server.getAddress().getPort() + "/")
                .put("secret", "whsec_" + Base64.getEncoder().encodeToString(key));
        wish.putArray("eventTypes").add(eventTypes);
        try {
            api.command("POST", SUBSCRIPTIONS, wish);
            return true;
        } catch (ApiProblem refused) {
            System.out.println("This Fjord may not post to this machine: " + refused.getMessage());
            System.out.println("Start it with FJORD_WEBHOOKS_NETWORKS=127.0.0.0/8 to see it.");
            return false;
        }
    }

    void show() throws InterruptedException {
        String delivery = taken.poll(60, TimeUnit.SECONDS);
        System.out.println(
                delivery == null ? "Nothing came within a minute; see 'fjord logs control-plane'." : delivery);
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            boolean ours = isSigned(exchange.getRequestHeaders(), body);
            JsonNode event = JSON.readTree(body);
            taken.add("Delivered: " + event.path("type").asText() + " about "
                    + event.path("subject").asText() + ", webhook-id "
                    + exchange.getRequestHeaders().getFirst("webhook-id") + ", signature "
                    + (ours ? "good" : "WRONG"));
            exchange.sendResponseHeaders(ours ? 204 : 401, -1);
        }
    }

    private boolean isSigned(Headers headers, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            mac.update((headers.getFirst("webhook-id") + "." + headers.getFirst("webhook-timestamp") + ".")
                    .getBytes(StandardCharsets.UTF_8));
            byte[] expected = mac.doFinal(body);
            for (String signature : headers.getFirst("webhook-signature").split(" ")) {
                if (signature.startsWith("v1,")
                        && MessageDigest.isEqual(
                                expected, Base64.getDecoder().decode(signature.substring("v1,".length())))) {
                    return true;
                }
            }
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java cannot check a signature", e);
        }
    }

    private void unsubscribe() throws IOException {
        if (api.get(SUBSCRIPTIONS + "?pageSize=1000").path("items").findValuesAsText("name").stream()
                .anyMatch(NAME::equals)) {
            api.command("DELETE", SUBSCRIPTIONS + "/" + NAME, null);
        }
    }

    /** Nobody listens here after the tour. */
    @Override
    public void close() throws IOException {
        unsubscribe();
        server.stop(0);
    }
}
