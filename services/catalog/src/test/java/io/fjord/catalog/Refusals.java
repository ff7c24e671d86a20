package io.fjord.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.catalog.Malformed.Request;
import io.fjord.codec.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Sends what nobody should send and looks whether it is answered as the specification says: with its error, never with a 5xx. */
final class Refusals {

    private static final String SCHEMA =
            "{\"type\":\"struct\",\"schema-id\":0,\"fields\":[{\"id\":1,\"name\":\"id\",\"required\":true,\"type\":\"long\"}]}";

    private final HttpClient http;
    private final String server;
    private final String token;
    private final String namespace;

    Refusals(HttpClient http, String server, String token, String namespace) {
        this.http = http;
        this.server = server;
        this.token = token;
        this.namespace = namespace;
    }

    /** There are a table and a view again, in case they were dropped or renamed. */
    void furnish() {
        String namespaces = "/iceberg/v1/default/namespaces";
        make(namespaces, "{\"namespace\":[\"" + namespace + "\"]}");
        make(namespaces + "/" + namespace + "/tables", "{\"name\":\"t\",\"schema\":" + SCHEMA + "}");
        make(
                namespaces + "/" + namespace + "/views",
                "{\"name\":\"v\",\"schema\":" + SCHEMA
                        + ",\"view-version\":{\"version-id\":1,\"timestamp-ms\":1780000000000,\"schema-id\":0,\"summary\":{},"
                        + "\"default-namespace\":[],\"representations\":[{\"type\":\"sql\",\"sql\":\"select 1\","
                        + "\"dialect\":\"spark\"}]},\"properties\":{}}");
    }

    private void make(String path, String body) {
        HttpResponse<String> made = answer(new Request("", "POST", path, Map.of(), body));
        if (made.statusCode() != 200 && made.statusCode() != 409) {
            throw new IllegalStateException(path + ": " + made.statusCode() + " " + made.body());
        }
    }

    /** @return what is wrong with the answer; empty if nothing is */
    Optional<String> fault(Request request) {
        HttpResponse<String> answer = answer(request);
        int status = answer.statusCode();
        if (status < 300
                && (request.method().equals("DELETE") || request.operation().contains("Rename"))) {
            furnish();
        }
        String fault = null;
        if (status >= 500) {
            fault = "is no fault of the caller's";
        } else if (status >= 400
                && !request.method().equals("HEAD")
                && !request.operation().equals("icebergGetToken")) {
            JsonNode error = error(answer.body());
            if (error.path("code").asInt() != status
                    || !error.path("message").isTextual()
                    || !error.path("type").isTextual()) {
                fault = "is not as the specification says";
            }
        }
        return Optional.ofNullable(fault)
                .map(why -> "The answer " + why + ": " + status + " " + answer.body() + "\nto " + request);
    }

    private static JsonNode error(String body) {
        try {
            return Json.MAPPER.readTree(body).path("error");
        } catch (JsonProcessingException e) {
            return Json.MAPPER.missingNode();
        }
    }

    private HttpResponse<String> answer(Request request) {
        String body = request.body();
        HttpRequest.Builder asked = HttpRequest.newBuilder(URI.create(server + request.path()))
                .timeout(Duration.ofSeconds(60))
                .method(request.method(), body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        request.headers().forEach(asked::setHeader);
        asked.setHeader("Authorization", "Bearer " + token);
        try {
            return http.send(asked.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException("No answer to " + request, e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
