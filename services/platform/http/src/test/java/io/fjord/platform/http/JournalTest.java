package io.fjord.platform.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Outcome;
import io.fjord.contract.Position;
import io.fjord.kernel.NewEvent;
import io.fjord.testing.MemoryMetastore;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class JournalTest {

    private static final String DATA = "{\"z\":1.10,\"a\":[12345678901234567890,1e3],\"text\":\"ä\\\"\"}";

    private static final MemoryMetastore METASTORE = new MemoryMetastore("boats");
    private static Web web;

    @BeforeAll
    static void listen() {
        Web.await(METASTORE.transaction(tx -> METASTORE.append(
                tx, List.of(event("1", null), event("2", Outcome.ACCEPTED), event("3", null)), Instant.now())));
        Reads reads = Reads.of(Web.VERTX, METASTORE).patience(java.time.Duration.ofMillis(300));
        Api api = Api.load("boats")
                .on(
                        "listBoats",
                        call -> reads.reached(asked(call))
                                .compose(ok -> reads.asOf(call, METASTORE))
                                .map(asOf -> Reply.ok(Map.of(
                                        "asOf", asOf.map(Position::toString).orElse("now")))));
        new JournalRoutes(METASTORE).install(api);
        for (String other :
                List.of("createBoat", "getBoat", "sinkBoat", "writeLog", "hearHorn", "readOpen", "foreign")) {
            api.on(other, call -> Future.succeededFuture(Reply.noContent()));
        }
        web = new Web(api.router(
                Web.VERTX,
                Web.everybody(request -> "Bearer right".equals(request.getHeader("Authorization"))
                        ? Future.succeededFuture(new Actor("user:a"))
                        : Future.failedFuture(HttpProblems.notAuthenticated("No")))));
    }

    private static Call asked(Call call) {
        call.those();
        return call;
    }

    private static NewEvent event(String id, Outcome outcome) {
        return new NewEvent(
                id,
                "fjord.boats.boat.BoatCreated.v1",
                new Address("default", "boat", "ida/" + id),
                outcome == null ? null : 4L,
                "user:a",
                "corr",
                outcome == null ? null : "cause",
                outcome == null ? null : "command-2",
                outcome,
                outcome == null ? null : "digest",
                outcome == null ? null : "00-x",
                DATA);
    }

    @AfterAll
    static void close() {
        web.close();
    }

    private static Web.Answer get(String path, String... headers) {
        String[] all = new String[headers.length + 2];
        System.arraycopy(headers, 0, all, 0, headers.length);
        all[headers.length] = "Authorization";
        all[headers.length + 1] = "Bearer right";
        return web.get(path, all);
    }

    @Test
    void what_is_refilled_equals_the_journal() {
        HttpJournals journals = new HttpJournals(Web.VERTX, web.address(), () -> "right");

        List<EventEnvelope<byte[]>> read = Web.await(journals.after("boats", Position.START, 100));
        List<EventEnvelope<String>> journal = Web.await(METASTORE.journal(Position.START, 100));

        assertThat(read.stream()
                        .map(event ->
                                event.with(new String(event.data(), StandardCharsets.UTF_8).replace("1E+3", "1e3"))))
                .isEqualTo(journal);
        assertThat(Web.await(journals.after("boats", new Position(1, 1), 1)))
                .singleElement()
                .satisfies(event -> assertThat(event.position()).isEqualTo(new Position(1, 2)));
        assertThat(Web.await(journals.after("boats", new Position(1, 3), 1))).isEmpty();
        assertThatThrownBy(() -> Web.await(
                        new HttpJournals(Web.VERTX, web.address(), () -> "wrong").after("boats", Position.START, 1)))
                .hasMessageContaining("401");
    }

    @Test
    void a_page_is_cloudevents_and_says_where_the_journal_ends() {
        var answer = get("/api/v1/events?service=boats&limit=2");

        assertThat(answer.json().path("end").asText()).isEqualTo("1:3");
        assertThat(answer.header("Fjord-Position")).isEqualTo("boats=1:3");
        assertThat(answer.json().path("events")).hasSize(2);
        assertThat(answer.json().path("events").path(0).path("specversion").asText())
                .isEqualTo("1.0");
        assertThat(get("/api/v1/events?service=ships").problem()).isEqualTo("no-such-service");
        assertThat(get("/api/v1/events?service=boats&from=x&limit=0").faults()).hasSize(2);
        assertThat(get("/api/v1/events").faults()).containsExactly("service: `service` is missing");
    }

    // As of when, and not before what

    @Test
    void a_read_can_demand_a_position() {
        assertThat(get("/api/v1/boats", "Fjord-Min-Position", "boats=1:3").status())
                .isEqualTo(200);
        assertThat(get("/api/v1/boats", "Fjord-Min-Position", "boats=1:99").problem())
                .isEqualTo("position-not-reached");
        assertThat(get("/api/v1/boats", "Fjord-Min-Position", "boats=1:99").header("Retry-After"))
                .isEqualTo("1");
        assertThat(get("/api/v1/boats", "Fjord-Min-Position", "ships=1:1").faults())
                .containsExactly("Fjord-Min-Position: 'ships' has no part in this answer; boats has");
        assertThat(get("/api/v1/boats", "Fjord-Min-Position", "1:3").status()).isEqualTo(400);
    }

    @Test
    void a_read_can_demand_an_operation() {
        String unknown = "00000000-0000-0000-0000-000000000000";
        assertThat(get("/api/v1/boats", "Fjord-Min-Position", unknown).problem())
                .isEqualTo("position-not-reached");
    }

    @Test
    void a_read_that_waits_goes_on_when_it_can() {
        MemoryMetastore metastore = new MemoryMetastore("boats");
        Reads reads = Reads.of(Web.VERTX, metastore);
        Api api = Api.load("boats")
                .on("listBoats", call -> reads.reached(asked(call)).map(ok -> Reply.noContent()));
        for (String other : List.of(
                "createBoat", "getBoat", "sinkBoat", "writeLog", "hearHorn", "readOpen", "foreign", "readEvents")) {
            api.on(other, call -> Future.succeededFuture(Reply.noContent()));
        }
        try (Web slow =
                new Web(api.router(Web.VERTX, Web.everybody(request -> Future.succeededFuture(new Actor("user:a")))))) {
            var waiting = java.util.concurrent.CompletableFuture.supplyAsync(
                    () -> slow.get("/api/v1/boats", "Fjord-Min-Position", "boats=1:1"));
            Web.await(metastore.transaction(tx -> metastore.append(tx, List.of(event("9", null)), Instant.now())));
            reads.moved();

            assertThat(Web.await(waiting).status()).isEqualTo(204);
        }
    }

    @Test
    void as_of_is_a_position_or_a_time() {
        assertThat(get("/api/v1/boats?asOf=1:2").json().path("asOf").asText()).isEqualTo("1:2");
        assertThat(get("/api/v1/boats?asOf=2000-01-01T00:00:00Z")
                        .json()
                        .path("asOf")
                        .asText())
                .isEqualTo("1:0");
        assertThat(get("/api/v1/boats?asOf=2000-01-01T00:00:00%2B01:00").status())
                .isEqualTo(200);
        assertThat(get("/api/v1/boats").json().path("asOf").asText()).isEqualTo("now");
        assertThat(get("/api/v1/boats?asOf=1:99").problem()).isEqualTo("position-not-reached");
        assertThat(get("/api/v1/boats?asOf=2999-01-01T00:00:00Z").faults())
                .containsExactly("asOf: lies in the future; what will be is not known");
        for (String garbled : List.of("yesterday", "0:1", "2026-13-45T00:00:00Z", "1:2:3")) {
            assertThat(get("/api/v1/boats?asOf=" + garbled).status())
                    .as(garbled)
                    .isEqualTo(400);
        }
    }
}
