package io.fjord.launcher.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Talks to Fjord's API as the operator, or as whoever is logged in. */
public final class ApiClient {

    static final ObjectMapper JSON = new ObjectMapper();

    /** Operations are waited for at most so long; what takes longer is broken or far behind. */
    private static final Duration LONGEST_OPERATION = Duration.ofMinutes(5);

    private static final Pattern MONITOR = Pattern.compile("<([^>]*)>; *rel=\"monitor\"");

    private final String address;
    private final Supplier<String> token;
    private final Consumer<String> warnings;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    public ApiClient(String address, String token) {
        this(address, () -> token);
    }

    /** @param token asked before each call: the one of a login does not last long */
    ApiClient(String address, Supplier<String> token) {
        this(address, token, System.err::println);
    }

    /** @param warnings told of what guardrails warn of, a line each */
    ApiClient(String address, Supplier<String> token, Consumer<String> warnings) {
        this.address = address;
        this.token = token;
        this.warnings = warnings;
    }

    /** An answer that was no refusal. */
    public record Answer(int status, Map<String, String> headers, JsonNode body) {}

    public JsonNode get(String path) throws IOException {
        return send("GET", path, null).body();
    }

    /** Sends a wish once, however often the network makes us try, and waits until it is decided. */
    public JsonNode command(String method, String path, @Nullable JsonNode body) throws IOException {
        var answer = send(
                method,
                path,
                body,
                Map.of("Prefer", "wait=30", "Idempotency-Key", UUID.randomUUID().toString()));
        if (answer.status() == 202) {
            var operation = outcome(answer);
            warn(operation);
            return operation;
        }
        var link = MONITOR.matcher(answer.headers().getOrDefault("link", ""));
        if (answer.headers().containsKey("fjord-warnings") && link.find()) {
            warn(get(link.group(1)));
        }
        return answer.body();
    }

    /** What guardrails warn of does not stand in the way of the answer. */
    private void warn(JsonNode operation) {
        for (JsonNode warning : operation.path("warnings")) {
            warnings.accept("fjord: warning of " + warning.path("guardrail").asText() + ": "
                    + warning.path("message").asText());
        }
    }

    private JsonNode outcome(Answer accepted) throws IOException {
        var location = accepted.headers().get("location");
        if (location == null) {
            return accepted.body();
        }
        var deadline = System.nanoTime() + LONGEST_OPERATION.toNanos();
        while (System.nanoTime() < deadline) {
            var operation =
                    send("GET", location, null, Map.of("Prefer", "wait=20")).body();
            var state = operation.path("state").asText();
            if (state.equals("rejected")) {
                throw ApiProblem.of(409, operation.path("problem"));
            }
            if (!state.equals("pending")) {
                return operation;
            }
        }
        throw new ApiProblem(
                202,
                "The command is on the log, but is not decided yet. Look again with `fjord api GET " + location + "`.");
    }

    public Answer send(String method, String path, @Nullable JsonNode body) throws IOException {
        return send(method, path, body, Map.of());
    }

    public Answer send(String method, String path, @Nullable JsonNode body, Map<String, String> headers)
            throws IOException {
        var answer = exchange(method, path, body == null ? null : JSON.writeValueAsBytes(body), headers);
        var headersRead = new java.util.HashMap<String, String>();
        answer.headers()
                .map()
                .forEach((name, values) -> headersRead.put(name.toLowerCase(java.util.Locale.ROOT), values.get(0)));
        JsonNode read;
        try (var stream = answer.body()) {
            var bytes = stream.readAllBytes();
            read = bytes.length == 0 ? MissingNode.getInstance() : parse(bytes);
        }
        if (answer.statusCode() >= 400) {
            throw ApiProblem.of(answer.statusCode(), read);
        }
        return new Answer(answer.statusCode(), headersRead, read);
    }

    private static JsonNode parse(byte[] bytes) {
        try {
            return JSON.readTree(bytes);
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }

    /** The bare exchange, refusals included; the caller closes the body. */
    HttpResponse<InputStream> exchange(String method, String path, byte @Nullable [] body, Map<String, String> headers)
            throws IOException {
        var request = HttpRequest.newBuilder(URI.create(address + path))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body))
                .setHeader("Authorization", "Bearer " + token.get())
                .setHeader("Accept", "application/json, application/problem+json, */*");
        if (body != null) {
            request.setHeader("Content-Type", "application/json");
        }
        headers.forEach(request::setHeader);
        try {
            return http.send(request.build(), BodyHandlers.ofInputStream());
        } catch (ConnectException e) {
            throw new ApiProblem(
                    0,
                    "Fjord does not answer on " + address + ". Start it with `fjord up`, or look at `fjord status`.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted", e);
        }
    }
}
