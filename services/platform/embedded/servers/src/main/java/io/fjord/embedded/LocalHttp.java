package io.fjord.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Single requests to servers of this machine. While they start they are asked again and again, and take all processors: {@link
 * java.net.http.HttpClient} with its threads would take a part of what they need.
 */
final class LocalHttp {

    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(1);

    private LocalHttp() {}

    /** @param body empty for none */
    record Answer(int status, String body) {}

    /** Whether {@code /health/ready} says so, within two seconds. */
    static boolean isReady(int port) {
        try {
            return ask("GET", port, "/health/ready", null, Duration.ofSeconds(2))
                            .status()
                    == 200;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * @param token sent as {@code Bearer}; null for none
     * @param within so long each wait for bytes may be
     * @throws IOException without an answer; one that says no is an answer
     */
    static Answer ask(String method, int port, String path, @Nullable String token, Duration within)
            throws IOException {
        var connection = (HttpURLConnection)
                URI.create("http://127.0.0.1:" + port + path).toURL().openConnection(Proxy.NO_PROXY);
        connection.setRequestMethod(method);
        connection.setInstanceFollowRedirects(false);
        connection.setConnectTimeout((int) CONNECT_WITHIN.toMillis());
        connection.setReadTimeout((int) within.toMillis());
        if (token != null) {
            connection.setRequestProperty("Authorization", "Bearer " + token);
        }
        if (method.equals("POST")) {
            // Without a body said beforehand it would be sent again when the connection breaks.
            connection.setDoOutput(true);
            connection.setFixedLengthStreamingMode(0);
        }
        var status = connection.getResponseCode();
        try (InputStream body = status >= 400 ? connection.getErrorStream() : connection.getInputStream()) {
            return new Answer(status, body == null ? "" : new String(body.readAllBytes(), StandardCharsets.UTF_8));
        }
    }
}
