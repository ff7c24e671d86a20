package io.fjord.platform.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.Origin;
import io.fjord.contract.Position;
import io.fjord.kernel.Ids;
import io.fjord.platform.http.Harbour.BoatCommand;
import io.fjord.platform.http.Web.Answer;
import io.fjord.testing.MemoryMetastore;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CommandRoutesTest {

    record Create(String name, String size) {}

    private Harbour harbour;
    private Web web;

    @BeforeEach
    void open() {
        harbour = new Harbour();
        CommandRoutes commands = harbour.routes();
        Api api = Api.load("boats")
                .on("createBoat", call -> {
                    Create body = call.body(Create.class);
                    Address subject = new Address(call.domain(), "boat", body.name());
                    return commands.submit(
                            call,
                            subject,
                            new BoatCommand.CreateBoat(body.size()),
                            event -> Future.succeededFuture(
                                    Reply.of(201, Map.of("name", body.name(), "event", event.id()))
                                            .version(event.version() == null ? 0 : event.version())));
                })
                .on(
                        "sinkBoat",
                        call -> commands.submit(
                                call,
                                new Address("default", "boat", call.path("name")),
                                new BoatCommand.PaintBoat("black"),
                                event -> Future.succeededFuture(Reply.of(201, Map.of()))))
                .transientWhen(harbour.metastore::isTransient);
        for (String other :
                List.of("listBoats", "getBoat", "writeLog", "hearHorn", "readOpen", "readEvents", "foreign")) {
            api.on(other, call -> Future.succeededFuture(Reply.noContent()));
        }
        web = new Web(api.router(
                Web.VERTX,
                Web.everybody(request -> Future.succeededFuture(
                        new Actor(request.getHeader("As") == null ? "user:a" : request.getHeader("As"))))));
    }

    @AfterEach
    void close() {
        web.close();
    }

    private static final String IDA = "{\"name\":\"ida\",\"size\":\"S\"}";

    private Answer create(String... headers) {
        return web.post("/api/v1/boats", IDA, headers);
    }

    private Position end() {
        return Web.await(harbour.metastore.position());
    }

    @Test
    void the_answer_is_202_with_an_operation_that_says_where_it_stands() {
        harbour.asleep = true;
        Answer answer = create();

        assertThat(answer.status()).isEqualTo(202);
        String id = answer.json().path("id").asText();
        assertThat(answer.json().path("state").asText()).isEqualTo("pending");
        assertThat(answer.json().path("subject").asText()).isEqualTo("default/boat/ida");
        assertThat(answer.header("Location")).isEqualTo("/api/v1/operations/" + id + "?at=0:0&service=boats");
        assertThat(answer.header("Preference-Applied")).isNull();
        assertThat(id.charAt(14)).isEqualTo('7');
    }

    @Test
    void who_waits_gets_the_resource() {
        Answer answer = create("Prefer", "respond-async, wait=10");

        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(answer.header("ETag")).isEqualTo("\"1\"");
        assertThat(answer.header("Fjord-Position")).isEqualTo("boats=1:1");
        assertThat(answer.header("Preference-Applied")).isEqualTo("wait=10");
    }

    @Test
    void who_waits_gets_the_refusal() {
        create("Prefer", "wait=10");
        Answer answer = create("Prefer", "wait=10");

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.problem()).isEqualTo("boat-already-exists");
        assertThat(answer.json().path("instance").asText()).startsWith("/api/v1/operations/");
        assertThat(answer.header("Fjord-Position")).isEqualTo("boats=1:2");
    }

    @Test
    void nothing_to_change_is_200() {
        String[] wait = {"Prefer", "wait=10"};
        assertThat(web.send("DELETE", "/api/v1/boats/ida", null, wait).status()).isEqualTo(201);
        assertThat(web.send("DELETE", "/api/v1/boats/ida", null, wait).status()).isEqualTo(200);
    }

    @Test
    void when_the_time_is_up_it_is_202() {
        harbour.asleep = true;
        Answer answer = create("Prefer", "wait=1");

        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.header("Preference-Applied")).isEqualTo("wait=1");
    }

    @Test
    void what_the_relay_does_not_tell_the_journal_does() {
        harbour.relayDown = true;

        assertThat(create("Prefer", "wait=1").status()).isEqualTo(201);
    }

    @Test
    void a_hundred_retries_under_one_key_are_one_event_and_one_answer() {
        List<CompletableFuture<Answer>> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            all.add(web.postLater("/api/v1/boats", IDA, "Prefer", "wait=20", "Idempotency-Key", "k1"));
        }
        List<Answer> answers = all.stream().map(Web::await).toList();

        assertThat(answers).allSatisfy(answer -> assertThat(answer.status()).isEqualTo(201));
        assertThat(answers.stream().map(Answer::text).distinct()).hasSize(1);
        assertThat(end()).isEqualTo(new Position(1, 1));
    }

    @Test
    void a_retry_of_what_was_decided_sends_nothing() {
        Answer first = create("Prefer", "wait=10", "Idempotency-Key", "\"k1\"");
        Answer again = create("Prefer", "wait=10", "Idempotency-Key", "k1");

        assertThat(again.status()).isEqualTo(201);
        assertThat(again.text()).isEqualTo(first.text());
        assertThat(harbour.logged()).isEqualTo(1);
    }

    @Test
    void retries_without_waiting_get_the_same_202() {
        Answer first = create("Idempotency-Key", "k1", "X-Request-Id", "r1");
        org.awaitility.Awaitility.await().until(() -> end().n() == 1);
        Answer again = create("Idempotency-Key", "k1", "X-Request-Id", "r1");

        assertThat(again.status()).isEqualTo(202);
        assertThat(again.text()).isEqualTo(first.text());
        assertThat(harbour.logged()).isEqualTo(1);
    }

    @Test
    void the_same_key_with_another_body_is_refused() {
        create("Prefer", "wait=10", "Idempotency-Key", "k1");
        Answer decided = web.post("/api/v1/boats", "{\"name\":\"ida\",\"size\":\"XS\"}", "Idempotency-Key", "k1");
        harbour.asleep = true;
        create("Idempotency-Key", "k2");
        Answer pending = web.post("/api/v1/boats", "{\"name\":\"ida\",\"size\":\"XS\"}", "Idempotency-Key", "k2");

        assertThat(decided.status()).isEqualTo(422);
        assertThat(decided.problem()).isEqualTo("idempotency-key-reused");
        assertThat(pending.status()).isEqualTo(422);
    }

    @Test
    void two_actors_and_two_domains_with_one_key_do_not_meet() {
        harbour.asleep = true;
        List<String> ids = List.of(
                create("Idempotency-Key", "k").json().path("id").asText(),
                create("Idempotency-Key", "k", "As", "user:b").json().path("id").asText(),
                web.post("/api/v1/boats?domain=other", IDA, "Idempotency-Key", "k")
                        .json()
                        .path("id")
                        .asText());

        assertThat(ids).doesNotHaveDuplicates();
    }

    @Test
    void a_silent_broker_is_503_with_the_key_to_retry_with() {
        harbour.brokerSilent = true;
        Answer lost = create("Prefer", "wait=5");

        assertThat(lost.status()).isEqualTo(503);
        assertThat(lost.problem()).isEqualTo("not-acknowledged");
        assertThat(lost.header("Retry-After")).isEqualTo("3");
        String key = lost.header("Idempotency-Key");
        assertThat(lost.json().path("detail").asText()).contains(key);

        harbour.brokerSilent = false;
        Answer again = create("Prefer", "wait=10", "Idempotency-Key", key);
        assertThat(again.status()).as(again.text()).isEqualTo(201);
        assertThat(end()).as("acted on once").isEqualTo(new Position(1, 1));
        assertThat(lost.json().path("instance").asText())
                .as("it is the same command")
                .endsWith(harbour.log.get(0).id());
        assertThat(create("Prefer", "wait=10", "Idempotency-Key", key, "As", "user:b")
                        .problem())
                .as("the key of one means nothing in the hands of another")
                .isEqualTo("boat-already-exists");
    }

    @Test
    void a_silent_broker_under_a_key_is_retried_under_that_key() {
        harbour.brokerSilent = true;
        Answer lost = create("Prefer", "wait=5", "Idempotency-Key", "mine");
        harbour.brokerSilent = false;
        Answer again = create("Prefer", "wait=10", "Idempotency-Key", "mine");

        assertThat(lost.header("Idempotency-Key")).isEqualTo("mine");
        assertThat(again.status()).isEqualTo(201);
        assertThat(end()).isEqualTo(new Position(1, 1));
    }

    @Test
    void a_version_can_be_demanded() {
        assertThat(create("Prefer", "wait=10", "If-Match", "\"0\"").status()).isEqualTo(201);
        Answer stale = create("Prefer", "wait=10", "If-Match", "\"0\"");

        assertThat(stale.status()).isEqualTo(412);
        assertThat(stale.json().path("detail").asText()).contains("BoatCreated by user:a");
        assertThat(create("If-Match", "*").status()).isEqualTo(202);
        for (String garbled :
                List.of("W/\"7\"", "7", "\"\"", "\"7", "\"-1\"", "\"7\", \"8\"", "\"99999999999999999999\"")) {
            assertThat(create("If-Match", garbled).faults())
                    .as(garbled)
                    .containsExactly("If-Match: must be one ETag as it was given, in quotes, for instance \"7\"; or *");
        }
    }

    @Test
    void a_dry_run_says_what_would_happen_and_writes_nothing() {
        Answer dry = web.post("/api/v1/boats?dryRun=true", IDA, "Idempotency-Key", "k");
        assertThat(dry.status()).isEqualTo(200);
        assertThat(dry.json().path("outcome").asText()).isEqualTo("accepted");
        assertThat(dry.json().path("position").asText()).isEqualTo("1:0");
        assertThat(dry.json().path("events").path(0).path("type").asText())
                .isEqualTo("fjord.boats.boat.BoatCreated.v1");
        assertThat(dry.json().path("events").path(0).path("data").path("size").asText())
                .isEqualTo("S");
        assertThat(harbour.logged()).isZero();
        assertThat(end()).isEqualTo(new Position(1, 0));

        harbour.asleep = true;
        create();
        Answer behind = web.post("/api/v1/boats?dryRun=true", IDA);
        assertThat(behind.json().path("unread").asInt()).isEqualTo(1);
        assertThat(behind.json().path("outcome").asText()).isEqualTo("rejected");
        assertThat(behind.json().path("problem").path("status").asInt()).isEqualTo(409);
        assertThat(behind.json().path("problem").has("instance")).isFalse();
    }

    @Test
    void an_absent_database_is_no_lost_wish() {
        harbour.asleep = true;
        harbour.metastore.fail(step -> new MemoryMetastore.Unavailable("away"));

        assertThat(create().status()).isEqualTo(202);
        assertThat(create("Prefer", "wait=1").status()).as("it is on the log").isEqualTo(202);
        assertThat(create("Idempotency-Key", "k").problem())
                .as("whether it was acted on cannot be known")
                .isEqualTo("metastore-unavailable");
        harbour.metastore.fail(MemoryMetastore.Faults.NONE);
    }

    @Test
    void the_envelope_carries_who_and_why() {
        harbour.asleep = true;
        create("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "X-Request-Id", "r-1");
        var command = harbour.log.get(0);

        assertThat(command.actor()).isEqualTo("user:a");
        assertThat(command.correlationId()).isEqualTo("r-1");
        assertThat(command.traceparent())
                .startsWith("00-0af7651916cd43dd8448eb211c80319c-")
                .endsWith("-01")
                .doesNotContain("b7ad6b7169203331");
        assertThat(command.source()).isEqualTo("boats");
        create("traceparent", "garbled");
        assertThat(harbour.log.get(1).traceparent()).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
    }

    @Test
    void what_guardrails_warn_of_stands_in_the_outcome() {
        var made = web.post("/api/v1/boats", "{\"name\":\"ida\",\"size\":\"XS\"}", "Prefer", "wait=10");

        assertThat(made.status()).isEqualTo(201);
        assertThat(made.header("Fjord-Warnings")).isEqualTo("1");
        String id = harbour.log.get(0).id();
        assertThat(made.header("Link")).contains("/api/v1/operations/" + id);
        var outcome = Web.await(harbour.metastore.outcome(id)).orElseThrow();
        assertThat(outcome.clearance().policyPosition()).isEqualTo("iam=1:7");
        Operation operation = Operation.decided(outcome, null);
        assertThat(operation.policyPosition()).isEqualTo("iam=1:7");
        assertThat(operation.warnings())
                .singleElement()
                .satisfies(warning -> assertThat(warning.message()).isEqualTo("Tiny."));
    }

    @Test
    void a_dry_run_says_what_guardrails_would_say() {
        var foreseen = web.post("/api/v1/boats?dryRun=true", "{\"name\":\"ida\",\"size\":\"XS\"}");

        assertThat(foreseen.json().at("/warnings/0/mode").asText()).isEqualTo("AUDIT");
        assertThat(foreseen.json().path("policyPosition").asText()).isEqualTo("iam=1:7");
    }

    @Test
    void the_envelope_carries_where_it_was_wished() {
        harbour.asleep = true;
        create("Fjord-Purpose", " regatta ");

        assertThat(harbour.log.get(0).origin()).isEqualTo(new Origin("127.0.0.1", "regatta", null));
        var tooLong = create("Fjord-Purpose", "x".repeat(201));
        assertThat(tooLong.status()).isEqualTo(400);
        assertThat(tooLong.json().path("errors").toString()).contains("Fjord-Purpose");
        assertThat(harbour.log).hasSize(1);
    }

    @Test
    void the_id_under_a_key_is_the_same_everywhere() {
        harbour.asleep = true;
        create("Idempotency-Key", "k");

        assertThat(harbour.log.get(0).id()).isEqualTo(Ids.of("default", "user:a", "POST", "/api/v1/boats", "k"));
    }
}
