package io.fjord.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ApiClientTest {

    HttpServer server;
    ApiClient api;
    List<String> seen = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.start();
        api = new ApiClient("http://127.0.0.1:" + server.getAddress().getPort(), "the-token");
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void a_refusal_reads_as_its_problem_with_every_fault() {
        answer("/api/v1/clusters", 400, """
                {"title":"The request is wrong","status":400,"detail":"Two things.",
                 "errors":[{"pointer":"/size","detail":"must be one of XS, S"},{"pointer":"/color","detail":"is unknown"}]}
                """);

        assertThatThrownBy(() -> api.command("POST", "/api/v1/clusters", ApiClient.JSON.createObjectNode()))
                .isInstanceOf(ApiProblem.class)
                .hasMessage("The request is wrong. Two things.\n  /size: must be one of XS, S\n  /color: is unknown");
    }

    @Test
    void a_command_is_waited_for_until_its_operation_is_decided() throws IOException {
        server.createContext("/api/v1/clusters", exchange -> {
            exchange.getResponseHeaders().set("Location", "/api/v1/operations/7?at=0:3");
            reply(exchange, 202, "{\"id\":\"7\",\"state\":\"pending\"}");
        });
        var states = new ArrayList<>(List.of("pending", "done"));
        server.createContext(
                "/api/v1/operations/7",
                exchange -> reply(exchange, 200, "{\"id\":\"7\",\"state\":\"" + states.remove(0) + "\"}"));

        var operation = api.command("POST", "/api/v1/clusters", ApiClient.JSON.createObjectNode());

        assertThat(operation.path("state").asText()).isEqualTo("done");
        assertThat(seen).contains("Bearer the-token");
    }

    @Test
    void what_guardrails_warn_of_is_told_beside_the_answer() throws IOException {
        server.createContext("/api/v1/clusters", exchange -> {
            exchange.getResponseHeaders().set("Fjord-Warnings", "1");
            exchange.getResponseHeaders().set("Link", "</api/v1/operations/7>; rel=\"monitor\"");
            reply(exchange, 201, "{\"name\":\"etl\"}");
        });
        answer("/api/v1/operations/7", 200, """
                {"state":"done","warnings":[{"guardrail":"default/guardrail/tags","mode":"WARN","message":"Tag it."}]}
                """);
        List<String> told = new ArrayList<>();
        api = new ApiClient("http://127.0.0.1:" + server.getAddress().getPort(), () -> "the-token", told::add);

        var made = api.command("POST", "/api/v1/clusters", ApiClient.JSON.createObjectNode());

        assertThat(made.path("name").asText()).isEqualTo("etl");
        assertThat(told).containsExactly("fjord: warning of default/guardrail/tags: Tag it.");
    }

    @Test
    void a_rejected_operation_is_a_problem() {
        server.createContext("/api/v1/clusters", exchange -> {
            exchange.getResponseHeaders().set("Location", "/api/v1/operations/7?at=0:3");
            reply(exchange, 202, "{}");
        });
        answer("/api/v1/operations/7", 200, """
                {"state":"rejected","problem":{"title":"Cluster already exists","detail":"Choose another name."}}
                """);

        assertThatThrownBy(() -> api.command("POST", "/api/v1/clusters", null))
                .hasMessage("Cluster already exists. Choose another name.");
    }

    @Test
    void when_nobody_answers_it_says_what_to_do() {
        server.stop(0);

        assertThatThrownBy(() -> api.get("/api/v1/clusters")).hasMessageContaining("fjord up");
    }

    private void answer(String path, int status, String body) {
        server.createContext(path, exchange -> reply(exchange, status, body));
    }

    private void reply(HttpExchange exchange, int status, String body) throws IOException {
        seen.add(exchange.getRequestHeaders().getFirst("Authorization"));
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
