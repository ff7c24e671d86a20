package io.fjord.platform.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.kernel.Refusal;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiTest {

    record Boat(String name, String size, Integer masts) {}

    @TempDir
    static Path home;

    private static String[] token;
    private static Web web;

    @BeforeAll
    static void listen() {
        Path file = home.resolve("token");
        token = new String[] {"Authorization", "Bearer " + OperatorToken.ensure(file)};
        Api api = boats().on("listBoats", call -> {
                    call.those();
                    return Future.succeededFuture(Reply.ok(Map.of(
                                    "domain", call.domain(),
                                    "pageSize", call.pageSize(),
                                    "actor", call.actor()))
                            .position("boats", new Position(1, 7)));
                })
                .on("createBoat", call -> {
                    Boat boat = call.body(Boat.class);
                    call.require(new Address(call.domain(), "boat", boat.name()));
                    return Future.succeededFuture(Reply.of(201, boat));
                })
                .on("getBoat", call -> switch (call.path("name")) {
                    case "refused" -> Future.failedFuture(new Refusal(Problem.of("boat-refused", 409, "No", "Never.")));
                    case "broken" -> Future.failedFuture(new IllegalStateException("secret detail"));
                    case "thrown" -> throw new IllegalArgumentException("secret detail");
                    case "away" -> Future.failedFuture(new IOException("no database"));
                    default ->
                        Future.succeededFuture(
                                Reply.ok(Map.of("name", call.path("name"))).version(7));
                })
                .on("sinkBoat", call -> Future.succeededFuture(Reply.noContent()))
                .on(
                        "writeLog",
                        call -> Future.succeededFuture(
                                Reply.ok(Map.of("bytes", call.body().length()))))
                .on("readOpen", call -> Future.succeededFuture(Reply.ok(Map.of("actor", call.actor()))))
                .on("readEvents", call -> Future.succeededFuture(Reply.noContent()))
                .on(
                        "foreign",
                        call -> Future.succeededFuture(Reply.ok(Map.of(
                                "a",
                                call.path("a"),
                                "x",
                                call.query("x").orElse("-"),
                                "body",
                                call.body().toString()))))
                .raw("hearHorn", context -> {
                    Call call = Call.of(context);
                    context.response().setChunked(true);
                    context.response().write("toot ".repeat(call.queryInt("times", 0)));
                    context.response().end(call.actor());
                })
                .transientWhen(failure -> failure instanceof IOException);
        web = new Web(
                api.router(Web.VERTX, new OperatorToken(file)),
                new Health()
                        .add("sails", () -> Future.succeededFuture(true))
                        .add(
                                "rudder",
                                () -> Future.succeededFuture(
                                        home.resolve("rudder").toFile().exists())));
    }

    private static Api boats() {
        return Api.load("boats");
    }

    @AfterAll
    static void close() {
        web.close();
    }

    // Right requests

    @Test
    void a_right_request_reaches_its_handler() {
        var answer = web.post("/api/v1/boats", "{\"name\":\"ida\",\"size\":\"S\",\"masts\":2}", token);

        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.json().path("masts").asInt()).isEqualTo(2);
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(answer.header("X-Request-Id")).isNotBlank();
    }

    @Test
    void parameters_have_the_defaults_of_the_document() {
        var answer = web.get("/api/v1/boats?colour=red&colour=blue&sunk=true", token);

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json().path("domain").asText()).isEqualTo("default");
        assertThat(answer.json().path("pageSize").asInt()).isEqualTo(100);
        assertThat(answer.json().path("actor").asText()).isEqualTo("user:operator");
        assertThat(answer.header("Fjord-Position")).isEqualTo("boats=1:7");
    }

    @Test
    void a_reader_who_has_this_version_gets_it_not_again() {
        assertThat(web.get("/api/v1/boats/ida", token).header("ETag")).isEqualTo("\"7\"");
        assertThat(web.get("/api/v1/boats/ida", "If-None-Match", "\"7\"", token[0], token[1])
                        .status())
                .isEqualTo(304);
    }

    @Test
    void a_reply_without_body_has_none() {
        var answer = web.send("DELETE", "/api/v1/boats/ida", null, token);

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.text()).isEmpty();
    }

    @Test
    void raw_handlers_get_the_checked_call() {
        assertThat(web.get("/api/v1/horn", token).text()).isEqualTo("toot toot toot user:operator");
        assertThat(web.get("/api/v1/horn?times=10", token).faults()).containsExactly("times: must be at most 9");
    }

    @Test
    void foreign_requests_are_not_checked() {
        var answer = web.send("POST", "/foreign/a%2Fb/c?x=1&y=2", "not json", token);

        assertThat(answer.json().path("a").asText()).isEqualTo("a/b");
        assertThat(answer.json().path("x").asText()).isEqualTo("1");
        assertThat(answer.json().path("body").asText()).isEqualTo("not json");
    }

    // Wrong requests

    @Test
    void every_fault_is_named_at_once_in_words() {
        var answer = web.post("/api/v1/boats?domain=No&colour=red", """
                {"name":"Ida","sizze":"S","masts":1.5,"crew":[{"nam":"x","born":"yesterday"},{"name":""}],"flags":{"a":1}}
                """, token);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.problem()).isEqualTo("invalid-request");
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.faults())
                .containsExactlyInAnyOrder(
                        "domain: must be 1 to 63 lower-case letters, digits or dashes, with no dash at either end",
                        "colour: `colour` is not a parameter of this request; parameters are domain, dryRun",
                        "/name: must be 1 to 63 lower-case letters, digits or dashes, with no dash at either end",
                        "/sizze: `sizze` is not a field of this request; fields are name, size, masts, crew, flags",
                        "/size: `size` is missing",
                        "/masts: must be a whole number or null",
                        "/crew/0/nam: `nam` is not a field of this request; fields are name, born",
                        "/crew/0/name: `name` is missing",
                        "/crew/0/born: must be a date, for instance 2026-11-21",
                        "/crew/1/name: must not be empty",
                        "/flags/a: must be text");
    }

    @Test
    void a_value_is_never_repeated() {
        var answer = web.post("/api/v1/boats", "{\"name\":\"pa$$word\",\"size\":\"pa$$word\"}", token);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).doesNotContain("pa$$word").contains("must be one of XS, S");
    }

    @Test
    void parameters_are_checked_too() {
        assertThat(web.get(
                                "/api/v1/boats?pageSize=many&sunk=perhaps&since=monday&colour=green",
                                "X-Mast",
                                "0",
                                token[0],
                                token[1])
                        .faults())
                .containsExactlyInAnyOrder(
                        "pageSize: must be a whole number",
                        "sunk: must be true or false",
                        "since: must be an RFC 3339 time, for instance 2026-11-21T09:00:00Z",
                        "colour: must be one of red, blue",
                        "X-Mast: must be at least 1");
        assertThat(web.get("/api/v1/boats?domain=a&domain=b", token).faults())
                .containsExactly("domain: is given 2 times; give it once");
        assertThat(web.get("/api/v1/boats/Not_A_Name", token).faults()).hasSize(1);
        assertThat(web.get("/api/v1/boats?pageSize=99999999999999999999", token).status())
                .isEqualTo(400);
    }

    @Test
    void what_is_not_json_is_a_fault_of_the_body() {
        assertThat(web.post("/api/v1/boats", "{\"name\":", token).faults().get(0))
                .startsWith(": The body is not JSON that can be read: line 1");
        assertThat(web.post("/api/v1/boats", "{\"name\":\"a\",\"size\":\"S\",\"name\":\"b\"}", token)
                        .faults()
                        .get(0))
                .contains("Duplicate");
        assertThat(web.post("/api/v1/boats", "{\"name\":\"a\",\"size\":\"S\"} x", token)
                        .status())
                .isEqualTo(400);
        assertThat(web.post("/api/v1/boats", "[]", token).faults()).containsExactly(": must be an object");
        assertThat(web.post("/api/v1/boats", "null", token).faults()).containsExactly(": must be an object");
        assertThat(web.post("/api/v1/boats", "", token).faults()).containsExactly(": The body is missing");
        assertThat(web.post("/api/v1/boats", "[".repeat(100_000), token).status())
                .isEqualTo(400);
        assertThat(web.send("DELETE", "/api/v1/boats/ida", "{}", token).faults())
                .containsExactly(": This request takes no body");
    }

    @Test
    void a_body_of_another_kind_is_refused() {
        String json = "{\"name\":\"a\",\"size\":\"S\"}";
        assertThat(web.send("POST", "/api/v1/boats", json, token).problem()).isEqualTo("unsupported-media-type");
        assertThat(web.send("POST", "/api/v1/boats", json, "Content-Type", "text/xml", token[0], token[1])
                        .status())
                .isEqualTo(415);
        assertThat(web.post("/api/v1/boats", json, "Content-Encoding", "gzip", token[0], token[1])
                        .status())
                .isEqualTo(415);
        assertThat(web.send(
                                "POST",
                                "/api/v1/boats",
                                json,
                                "Content-Type",
                                "application/json; charset=utf-8",
                                token[0],
                                token[1])
                        .status())
                .isEqualTo(201);
    }

    @Test
    void a_body_over_the_limit_is_refused_and_the_caller_gets_to_know() {
        var large = web.post("/api/v1/boats", "{\"name\":\"" + "a".repeat(3_000_000) + "\"}", token);
        assertThat(large.status()).isEqualTo(413);
        assertThat(large.problem()).isEqualTo("body-too-large");
        assertThat(large.json().path("detail").asText()).contains("1048576");

        String[] plain = {"Content-Type", "text/plain", token[0], token[1]};
        assertThat(web.send("PUT", "/api/v1/boats/ida/log", "x".repeat(64), plain)
                        .status())
                .isEqualTo(200);
        assertThat(web.send("PUT", "/api/v1/boats/ida/log", "x".repeat(65), plain)
                        .status())
                .isEqualTo(413);
    }

    @Test
    void who_asks_before_sending_is_answered_before_sending() throws IOException {
        String head = "PUT /api/v1/boats/ida/log HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
                + "Expect: 100-continue\r\nAuthorization: " + token[1] + "\r\nContent-Length: ";

        assertThat(bare(head + "65\r\n\r\n")).contains(" 413 ").doesNotContain(" 100 ");
        assertThat(bare(head + "2\r\nConnection: close\r\n\r\nab"))
                .startsWith("HTTP/1.1 100 Continue")
                .contains(" 200 ");
    }

    @Test
    void paths_and_methods_that_are_not_there_are_problems() {
        assertThat(web.get("/nothing", token).problem()).isEqualTo("no-such-path");
        assertThat(web.send("PATCH", "/api/v1/boats", "{}", token).problem()).isEqualTo("method-not-allowed");
    }

    // Who calls

    @Test
    void without_the_token_nothing_is_told() {
        var none = web.get("/api/v1/boats");
        assertThat(none.status()).isEqualTo(401);
        assertThat(none.problem()).isEqualTo("not-authenticated");
        assertThat(none.header("WWW-Authenticate")).startsWith("Bearer");
        assertThat(web.get("/api/v1/boats", "Authorization", "Bearer wrong").status())
                .isEqualTo(401);
        assertThat(web.get("/api/v1/boats", "Authorization", token[1] + "x").status())
                .isEqualTo(401);
        assertThat(web.get("/api/v1/boats", "Authorization", token[1].replace("Bearer", "bearer"))
                        .status())
                .isEqualTo(200);
        assertThat(web.post("/api/v1/boats", "{\"name\":\"" + "a".repeat(500_000) + "\"}")
                        .status())
                .isEqualTo(401);
    }

    @Test
    void what_is_open_is_for_anyone() {
        assertThat(web.get("/open").json().path("actor").asText()).isEqualTo("anonymous");
        assertThat(web.get("/health/live").status()).isEqualTo(200);
        assertThat(web.get("/metrics").status()).isEqualTo(200);
    }

    @Test
    void the_token_file_is_the_operators_alone() throws IOException {
        Path file = home.resolve("another");
        String made = OperatorToken.ensure(file);

        assertThat(OperatorToken.ensure(file)).isEqualTo(made);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        Files.writeString(file, "\n");
        assertThatThrownBy(() -> new OperatorToken(file)).isInstanceOf(IllegalStateException.class);
    }

    // Failures

    @Test
    void a_refusal_is_its_problem() {
        var answer = web.get("/api/v1/boats/refused", token);

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.problem()).isEqualTo("boat-refused");
    }

    @Test
    void what_breaks_tells_nothing_of_its_inside() {
        for (String name : List.of("broken", "thrown")) {
            var answer = web.get("/api/v1/boats/" + name, "X-Request-Id", "the-id-4711", token[0], token[1]);

            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.problem()).isEqualTo("internal-error");
            assertThat(answer.text())
                    .contains("the-id-4711")
                    .doesNotContain("secret")
                    .doesNotContain("Exception")
                    .doesNotContain("java");
        }
    }

    @Test
    void what_passes_by_waiting_is_503_with_a_time_to_wait() {
        var answer = web.get("/api/v1/boats/away", token);

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.problem()).isEqualTo("metastore-unavailable");
        assertThat(answer.header("Retry-After")).isEqualTo("2");
    }

    @Test
    void heads_that_are_too_long_are_problems() throws IOException {
        assertThat(bare("GET /" + "a".repeat(10_000) + " HTTP/1.1\r\nHost: x\r\n\r\n"))
                .contains(" 414 ")
                .contains("request-head-too-large");
        assertThat(bare("GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + "a".repeat(20_000) + "\r\n\r\n"))
                .contains(" 431 ");
    }

    private static String bare(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", web.port())) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    // Watching it

    @Test
    void it_is_ready_when_every_check_is_well() throws IOException {
        var before = web.get("/health/ready");
        Files.createFile(home.resolve("rudder"));
        var after = web.get("/health/ready");
        Files.delete(home.resolve("rudder"));

        assertThat(before.status()).isEqualTo(503);
        assertThat(before.json().path("checks").path("rudder").asBoolean(true)).isFalse();
        assertThat(after.status()).isEqualTo(200);
    }

    @Test
    void requests_are_measured_by_operation() {
        web.get("/api/v1/boats/measured", token);

        assertThat(web.get("/metrics").text())
                .contains("fjord_http_requests_seconds_count{")
                .contains("operation=\"getBoat\"")
                .contains("service=\"boats\"")
                .contains("jvm_memory_used_bytes");
    }

    @Test
    void a_trace_goes_on() {
        assertThat(web.get("/api/v1/boats", "X-Request-Id", "abc", token[0], token[1])
                        .header("X-Request-Id"))
                .isEqualTo("abc");
        assertThat(web.get("/api/v1/boats", "X-Request-Id", "a b", token[0], token[1])
                        .header("X-Request-Id"))
                .hasSize(36);
    }

    // Document and handlers

    @Test
    void routes_and_document_agree_or_nothing_starts() {
        Api api = boats().on("listBoats", call -> Future.succeededFuture(Reply.noContent()))
                .on("flyBoat", call -> Future.succeededFuture(Reply.noContent()));

        assertThatThrownBy(() -> api.router(Web.VERTX, request -> Future.succeededFuture(new Actor("a"))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("operations without handler: [createBoat, foreign, getBoat,")
                .hasMessageContaining("handlers without operation: [flyBoat]");
    }
}
