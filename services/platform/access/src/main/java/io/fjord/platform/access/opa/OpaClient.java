package io.fjord.platform.access.opa;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** An Open Policy Agent over its REST API. */
public final class OpaClient {

    private static final long PATIENCE_MILLIS = 2_000;

    private final HttpClient http;
    private final String base;

    /** @param address {@code http://127.0.0.1:8181} */
    public OpaClient(Vertx vertx, String address) {
        this.http = vertx.createHttpClient();
        this.base = address.endsWith("/") ? address.substring(0, address.length() - 1) : address;
    }

    /** An answer of status 200 to 299, or what is wrong. */
    record Answer(int status, JsonNode body) {

        boolean isGood() {
            return status >= 200 && status < 300;
        }
    }

    /**
     * Asks for a document.
     *
     * @param path as {@code fjord/allow}
     * @return empty if it is undefined; fails if the agent does not answer, or with an error
     */
    Future<Optional<JsonNode>> data(String path, Map<String, Object> input) {
        return send(HttpMethod.POST, "/v1/data/" + path, "application/json", Json.bytes(Map.of("input", input)))
                .map(answer -> {
                    if (!answer.isGood()) {
                        throw new IllegalStateException("OPA answers with status " + answer.status());
                    }
                    return answer.body().has("result")
                            ? Optional.of(answer.body().path("result"))
                            : Optional.empty();
                });
    }

    Future<Answer> putPolicy(String id, String rego) {
        return send(
                HttpMethod.PUT,
                "/v1/policies/" + id,
                "text/plain",
                Buffer.buffer(rego).getBytes());
    }

    Future<Answer> deletePolicy(String id) {
        return send(HttpMethod.DELETE, "/v1/policies/" + id, "text/plain", new byte[0]);
    }

    private Future<Answer> send(HttpMethod method, String path, String type, byte[] body) {
        RequestOptions options = new RequestOptions()
                .setMethod(method)
                .setAbsoluteURI(base + path)
                .setTimeout(PATIENCE_MILLIS)
                .putHeader("Content-Type", type);
        return http.request(options)
                .compose(request -> request.send(Buffer.buffer(body)))
                .compose(response -> response.body().map(answer -> new Answer(response.statusCode(), json(answer))));
    }

    private static JsonNode json(Buffer body) {
        try {
            return Json.MAPPER.readTree(body.getBytes());
        } catch (IOException e) {
            return Json.MAPPER.createObjectNode();
        }
    }
}
